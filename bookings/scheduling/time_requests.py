"""A clinician's own time: what they ask for, whom it would hit, and what becomes of it.

Approved, it is time off or hours like any other. Visits it hits stay until the desk has settled them.
"""

import datetime as dt

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from bookings.models import Appointment, DeskNote, ExtraHours, SessionLimit, TimeOff, TimeRequest, WorkingHours
from bookings.models.resources import minutes_of
from bookings.scheduling.closures import block, lock_against_bookings
from bookings.scheduling.parties import By
from bookings.scheduling.refusals import FormReused, NotAllowed, diary_transaction
from bookings.scheduling.time_hits import date_of, hit_by_request, mark_of, span_of, times_of
from treatments.templatetags.hours import short_moment

Kind, State = TimeRequest.Kind, TimeRequest.State
DAY = dt.timedelta(days=1)


class HitsChanged(NotAllowed):
    """Other visits are hit than those that were shown."""


class Decided(NotAllowed):
    """Somebody was quicker, and the request is not open any more."""


# --- Asking ---------------------------------------------------------------------------------------------------------


def ask_time(asked: TimeRequest, *, by: By, now: dt.datetime, mark: str) -> TimeRequest:
    """Write down what a clinician asks for; `mark` is what `mark_of` said of the visits they were shown.

    It waits for a manager, or takes effect at once where CLINIC_TIME_NEEDS_APPROVAL is off. The same form sent twice asks once.
    Raises HitsChanged when other visits are hit by now, NotAllowed for what was asked before or lies in the past.
    """
    with diary_transaction():
        lock_against_bookings(asked.clinician.resource, None)
        made = _asked_before(asked)
        if made is not None:
            return made
        _refuse_past(asked, now=now)
        _refuse_gone(asked)
        _refuse_twice(asked)
        _refuse_unseen(asked, mark, now=now)
        asked.asked_at, asked.asked_by, asked.state = now, by.user, State.ASKED
        made = _write(asked)
        return made if settings.CLINIC_TIME_NEEDS_APPROVAL else _take_effect(made, by=by, now=now)


def withdraw_time(asked: TimeRequest, *, by: By, now: dt.datetime) -> TimeRequest:
    """Take back what nobody has decided yet. Twice is the same as once."""
    with diary_transaction():
        current = _lock(asked)
        if current.state == State.WITHDRAWN:
            return current
        _refuse_decided(current)
        return _decide(current, State.WITHDRAWN, by=by, now=now)


def approve_time(asked: TimeRequest, *, by: By, now: dt.datetime, mark: str, answer: str = "") -> TimeRequest:
    """Say yes: time off or hours are written, and what is hit becomes the desk's work.

    Raises NotAllowed for one's own, Decided when somebody was quicker, HitsChanged when other visits are hit by now.
    """
    with diary_transaction():
        current = _lock(asked)
        _refuse_own(current, by)
        _refuse_decided(current)
        _refuse_gone(current)
        lock_against_bookings(current.clinician.resource, None)
        _refuse_unseen(current, mark, now=now)
        return _take_effect(current, by=by, now=now, answer=answer)


def decline_time(asked: TimeRequest, *, by: By, now: dt.datetime, answer: str = "") -> TimeRequest:
    """Say no; the clinician reads it with the answer. Raises as `approve_time`."""
    with diary_transaction():
        current = _lock(asked)
        _refuse_own(current, by)
        _refuse_decided(current)
        return _decide(current, State.DECLINED, by=by, now=now, answer=answer)


# --- Taking effect --------------------------------------------------------------------------------------------------


def _take_effect(asked: TimeRequest, *, by: By, now: dt.datetime, answer: str = "") -> TimeRequest:
    made: dict = {}
    if asked.kind == Kind.LEAVE:
        made["time_off"] = _block(asked, by=by, now=now)
    elif asked.kind == Kind.EXTRA:
        made["extra_hours"] = _add_hours(asked, by=by, now=now)
    else:
        hit = hit_by_request(asked, now=now)
        _change_session(asked, by=by, now=now)
        _tell_desk(asked, hit, by=by, now=now)
    return _decide(asked, State.APPROVED, by=by, now=now, answer=answer, **made)


def _block(asked: TimeRequest, *, by: By, now: dt.datetime) -> TimeOff:
    start, end = span_of(asked)
    who, kind = asked.clinician.resource, TimeOff.Kind.LEAVE
    off, _hit = block(resource=who, start=start, end=end, kind=kind, note=asked.note, by=by, now=now)
    return off


def _add_hours(asked: TimeRequest, *, by: By, now: dt.datetime) -> ExtraHours:
    opens, closes = times_of(asked)
    where = {"resource": asked.clinician.resource, "location": asked.location}
    hours = ExtraHours(**where, date=date_of(asked), start=opens, end=closes)
    return _save(hours, by=by, now=now)


def _change_session(asked: TimeRequest, *, by: By, now: dt.datetime) -> None:
    """End the session on the day before, and begin it anew with other times where it only changes."""
    session, date = asked.session, date_of(asked)
    assert session is not None  # noqa: S101  refused before
    if session.valid_from is not None and session.valid_from >= date:
        _replace(session, asked, by=by, now=now)  # it has not begun by then: nothing of it stays
        return
    if asked.opens is not None:
        _begin_anew(session, asked, by=by, now=now)
    session.valid_until = date - DAY
    _save(session, by=by, now=now)


def _replace(session: WorkingHours, asked: TimeRequest, *, by: By, now: dt.datetime) -> None:
    if asked.opens is None:
        vars(session).update(_history_user=by.user, _history_date=now)
        session.delete()
        asked.session = None
        return
    session.start, session.end = times_of(asked)
    _save(session, by=by, now=now)


def _begin_anew(session: WorkingHours, asked: TimeRequest, *, by: By, now: dt.datetime) -> None:
    """Write the same session with other times, its treatments and limits with it."""
    opens, closes = times_of(asked)
    same = {name: getattr(session, name) for name in ("resource_id", "location_id", "weekday", "valid_until")}
    later = WorkingHours(**same, start=opens, end=closes, valid_from=date_of(asked))
    _save(later, by=by, now=now)
    later.only_treatments.set(session.only_treatments.all())
    SessionLimit.objects.bulk_create(
        SessionLimit(hours=later, treatment_id=limit.treatment_id, at_most=limit.at_most)
        for limit in session.limits.all()
    )


def _tell_desk(asked: TimeRequest, hit: list[Appointment], *, by: By, now: dt.datetime) -> None:
    """Leave a line about each visit that lies outside the new hours: nobody is moved without being asked."""
    words = _("My hours have changed, and this visit is outside them. Please find another time.")
    DeskNote.objects.bulk_create(
        DeskNote(
            clinician=asked.clinician,
            appointment=visit,
            words=words,
            created_at=now,
            user=by.user,
            form_token=f"time-request {asked.pk} {visit.pk}",
        )
        for visit in hit
    )


def _save(row, *, by: By, now: dt.datetime):
    # simple-history looks for these names on the row it copies.
    vars(row).update(_history_user=by.user, _history_date=now)
    row.save()
    return row


# --- Looking again --------------------------------------------------------------------------------------------------


def _lock(asked: TimeRequest) -> TimeRequest:
    rows = TimeRequest.objects.select_related("clinician__resource", "location", "session__location")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(no_key=True, of=("self",))
    return rows.get(pk=asked.pk)


def _decide(current: TimeRequest, state: str, *, by: By, now: dt.datetime, **values) -> TimeRequest:
    vars(current).update(state=state, decided_at=now, decided_by_id=by.user and by.user.pk)
    for name, value in values.items():
        setattr(current, name, value)
    current.save()
    return current


def _write(asked: TimeRequest) -> TimeRequest:
    """Insert it. The token is unique: of two at the same instant the second finds what the first has written."""
    try:
        with transaction.atomic():
            asked.save(force_insert=True)
    except IntegrityError:
        made = _asked_before(asked)
        if made is None:
            raise
        return made
    return asked


def _asked_before(asked: TimeRequest) -> TimeRequest | None:
    made = TimeRequest.objects.filter(form_token=asked.form_token).first()
    if made is not None and (made.clinician_id != asked.clinician_id or mark_of(made, []) != mark_of(asked, [])):
        raise FormReused
    return made


def _refuse_past(asked: TimeRequest, *, now: dt.datetime) -> None:
    if _ends(asked) <= now:
        raise NotAllowed(_("That lies in the past."))


def _ends(asked: TimeRequest) -> dt.datetime:
    """Return when what is asked for is over; a change of a session, at the end of its first day."""
    if asked.kind == Kind.LEAVE:
        return span_of(asked)[1]
    place = asked.location or (asked.session and asked.session.location)
    zone = place.zone if place else timezone.get_default_timezone()
    return dt.datetime.combine(date_of(asked) + DAY, dt.time(0), tzinfo=zone)


def _refuse_gone(asked: TimeRequest) -> None:
    """Somebody may have ended or deleted the session since: it neither comes back nor grows longer."""
    if asked.kind != Kind.SESSION:
        return
    if asked.session is None:
        raise NotAllowed(_("The session this is about does not exist any more."))
    last = asked.session.valid_until
    if last is not None and last < date_of(asked):
        raise NotAllowed(_("This session ends before that date."))


def _refuse_twice(asked: TimeRequest) -> None:
    waiting = TimeRequest.objects.filter(clinician=asked.clinician, kind=asked.kind, state=State.ASKED)
    if any(_is_about_the_same(asked, other) for other in waiting):
        raise NotAllowed(
            _("You have asked for this already. Take that request back first, if it is to be another one.")
        )


def _is_about_the_same(asked: TimeRequest, other: TimeRequest) -> bool:
    if asked.kind == Kind.SESSION:
        return other.session_id == asked.session_id
    if asked.kind == Kind.LEAVE:
        (start, end), (others_start, others_end) = span_of(asked), span_of(other)
        return others_start < end and start < others_end
    mine, theirs = _minutes(asked), _minutes(other)
    return other.date == asked.date and theirs[0] < mine[1] and mine[0] < theirs[1]


def _minutes(asked: TimeRequest) -> tuple[int, int]:
    opens, closes = times_of(asked)
    return minutes_of(opens), minutes_of(closes, is_end=True)


def _refuse_unseen(asked: TimeRequest, mark: str, *, now: dt.datetime) -> None:
    if mark != mark_of(asked, hit_by_request(asked, now=now)):
        raise HitsChanged(_("The visits this hits have changed since the page was made. Please look at them again."))


def _refuse_own(current: TimeRequest, by: By) -> None:
    if by.user is None or by.user.pk in (current.asked_by_id, current.clinician.user_id):
        raise NotAllowed(_("Nobody decides about their own time. Please ask another manager."))


def _refuse_decided(current: TimeRequest) -> None:
    if current.state == State.ASKED:
        return
    if current.state == State.WITHDRAWN:
        raise Decided(_("This request has been taken back."))
    when = short_moment(timezone.localtime(current.decided_at))
    raise Decided(_("%(who)s decided this already, %(when)s.") % {"who": current.decided_by, "when": when})
