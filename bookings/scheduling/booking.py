"""Taking a time for a patient: book, request, overbook, move."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext as _

from bookings import eligibility, matching, outbox
from bookings.availability import Choice
from bookings.intervals import from_minute, to_minute
from bookings.models import Appointment, AppointmentEvent, Hold, Message, Occupancy, Patient
from bookings.models.appointments import Status
from bookings.scheduling.moves import online_until, undo_until
from bookings.scheduling.next_steps import refuse_settled
from bookings.scheduling.parties import By, Slot
from bookings.scheduling.refusals import FormReused, NotAllowed, NotOffered, Taken, diary_transaction
from bookings.scheduling.times import (
    choose,
    decision_due,
    drop_expired,
    lock_for,
    look_at,
    occupy,
    refuse_elsewhere,
    refuse_impossible,
    refuse_merged,
    release,
)
from bookings.scheduling.writing import change, free, is_news, lock_appointment, record, tell


def book(slot: Slot, *, patient: Patient, by: By, now: dt.datetime, source: str, **answers: Any) -> Appointment:
    """Book a time, or request it where the treatment's policy says so.

    `patient` may be unsaved: it is saved with the appointment, and possible matches are noted for the desk. `answers`: reason,
    region, side, article, treatment_wanted, form_token, form_digest, session_key (whose hold is used up), notify, wish (the
    next step it is booked for). The same form token with the same digest returns what it made before. Raises Taken,
    NotOffered, NotAllowed, FormReused, and NextBooked when the wish has its visit already.
    """
    verdict = eligibility.answer(slot.treatment, patient=patient, now=now, by_staff=by.is_staff)
    if not verdict.allowed:
        raise NotOffered(verdict.reasons[0])
    status = Status.REQUESTED if verdict.outcome == eligibility.Outcome.REQUEST else Status.BOOKED
    return _book_once(slot, status, patient=patient, by=by, now=now, source=source, **answers)


def request(slot: Slot, *, patient: Patient, by: By, now: dt.datetime, source: str, **answers: Any) -> Appointment:
    """Keep the real time as a request for the desk to decide, whatever the policy. Raises as `book`."""
    return _book_once(slot, Status.REQUESTED, patient=patient, by=by, now=now, source=source, **answers)


def overbook(
    slot: Slot, *, patient: Patient, overbook_reason: str, by: By, now: dt.datetime, source: str, **answers: Any
) -> Appointment:
    """Book on purpose where the clinician is already taken or away. Rooms and devices are never overbooked.

    Raises NotAllowed without permission or reason, NotOffered when the clinician does not offer the treatment, Taken when a
    room or device is missing.
    """
    if not overbook_reason.strip():
        raise NotAllowed(_("Say why this time is overbooked."))
    if slot.clinician is None or not by.may_overbook:
        raise NotAllowed(_("You may not overbook."))
    answers |= {"pick": _overbooked_choice, "overbook_reason": overbook_reason}
    return _book_once(slot, Status.BOOKED, patient=patient, by=by, now=now, source=source, **answers)


def move(
    appointment: Appointment,
    slot: Slot,
    *,
    by: By,
    now: dt.datetime,
    version: int | None = None,
    notify: bool = True,
    **agreed: Any,
) -> Appointment:
    """Move to another time, clinician or place. The old time is freed only with the new one taken, and kept when that fails.

    Patients: not after the cut-off. `agreed`, of what was agreed elsewhere: `in_notice`, and `minutes` of another length.
    """
    with _moving(appointment, slot, version=version) as current:
        if current.status not in (Status.REQUESTED, Status.BOOKED):
            raise NotAllowed
        _refuse_late(current, by=by, now=now)
        unheard = notify and not outbox.can_tell(current)
        moved = _take_instead(current, slot, "move", by=by, now=now, phone_to_confirm=unheard, **agreed)
        tell(moved, Message.Kind.MOVED, by=by, now=now, notify=notify)
    return moved


def offer(appointment: Appointment, slot: Slot, *, by: By, now: dt.datetime, version: int | None = None) -> Appointment:
    """Answer a request with another time, which is kept until the patient says yes or `decide_by` has passed."""
    with _moving(appointment, slot, version=version) as current:
        if current.status != Status.REQUESTED:
            raise NotAllowed(_("Only a request can be answered with another time. Move this appointment instead."))
        offered = _take_instead(current, slot, "offer", by=by, now=now, offered_at=now)
        tell(offered, Message.Kind.OFFERED, by=by, now=now)
    return offered


def move_back(appointment: Appointment, slot: Slot, *, by: By, now: dt.datetime, version: int | None) -> Appointment:
    """Undo a move or an offer: take the time before it again, which was in good notice once.

    The patient hears of it only if they heard of the move.
    """
    with _moving(appointment, slot, version=version) as current:
        kind = Message.Kind.MOVED if is_news(current) else None
        back = _take_instead(current, slot, "undo", by=by, now=now, in_notice=True, undo_until=None)
        tell(back, kind, by=by, now=now)
    return back


@contextmanager
def _moving(appointment: Appointment, slot: Slot, *, version: int | None) -> Iterator[Appointment]:
    """Lock what the visit has and what it wants, and look again."""
    held = list(Occupancy.objects.filter(appointment=appointment).values_list("resource_id", flat=True))
    with diary_transaction():
        lock_for(slot, patient=appointment.patient, also=held)
        yield lock_appointment(appointment, version=version)


def _take_instead(
    current: Appointment,
    slot: Slot,
    verb: str,
    *,
    by: By,
    now: dt.datetime,
    in_notice: bool = False,
    minutes: int | None = None,
    **values: Any,
) -> Appointment:
    """Give the locked visit the slot instead of its own time, or refuse and leave it as it is.

    `in_notice`: it counts as asked for in time, whoever asks.
    """
    if slot.treatment.pk != current.treatment_id:
        raise NotOffered
    drop_expired(now=now)
    _refuse_past(slot, now=now)
    choice = choose(slot, minutes=minutes, now=now, without=current.pk, by_staff=by.is_staff or in_notice)
    refuse_elsewhere(current.patient, slot.start, from_minute(choice.end_minute), without=current.pk)
    was = {"start": current.start.isoformat(), "clinician": current.clinician_id, "location": current.location_id}
    free(current)
    due = decision_due(slot, now=now) if current.status == Status.REQUESTED else None
    values = {
        "confirmed_at": None,
        "decide_by": due,
        "offered_at": None,
        "undo_until": undo_until(by, now=now),
    } | values
    current = change(current, new_revision=True, **values, **_place_and_time(slot, choice))
    occupy(choice.resources, appointment=current)
    record(current, verb, by=by, now=now, before=current.status, was=was)
    return current


def _book_once(
    slot: Slot, status: str, *, patient: Patient, form_token: str | None = None, form_digest: str = "", **asked: Any
) -> Appointment:
    form_token = form_token or None
    try:
        with unsaved_when_refused(patient):
            return _book(slot, status, patient=patient, form_token=form_token, form_digest=form_digest, **asked)
    except IntegrityError:
        # The same form sent twice at the same instant for two times: the token's unique row was quicker.
        made = _made_by(form_token, form_digest)
        if made is None:
            raise
        return made


@contextmanager
def unsaved_when_refused(patient: Patient) -> Iterator[None]:
    """A new patient whose row was rolled back is new again, so that the same answers can be tried at another time."""
    is_new = patient.pk is None
    try:
        yield
    except Exception:
        if is_new:
            patient.pk, patient._state.adding = None, True  # noqa: SLF001  (Django's own note that a row is unsaved)
        raise


def _book(
    slot, status, *, patient, by, now, form_token, form_digest, session_key="", wish=None, pick=choose, **asked
) -> Appointment:
    with diary_transaction():
        lock_for(slot, patient=patient)
        made = _made_by(form_token, form_digest)
        if made is not None:
            return made
        if wish is not None:
            refuse_settled(wish)
        drop_expired(now=now)
        _refuse_past(slot, now=now)
        offered_at = now
        if session_key:
            offered_at = _offered_at(slot, session_key, now=now)
            release(session_key, now=now)
        choice = pick(slot, now=offered_at, by_staff=by.is_staff)
        asked |= {"form_token": form_token, "form_digest": form_digest}
        return _write(slot, choice, status, patient=patient, by=by, now=now, **asked)


def _offered_at(slot: Slot, session_key: str, *, now: dt.datetime) -> dt.datetime:
    """Return when this time was offered: a kept time was in good notice when it was kept, and stays so while it is."""
    held = Hold.objects.live(now=now).filter(session_key=session_key, treatment=slot.treatment, start=slot.start)
    return held.values_list("created_at", flat=True).first() or now


def _made_by(form_token: str | None, form_digest: str) -> Appointment | None:
    """Return what this form made before. Raises FormReused when it now says something else."""
    made = Appointment.objects.filter(form_token=form_token).first() if form_token else None
    if made is not None and made.form_digest != form_digest:
        raise FormReused
    return made


def _write(slot, choice, status, *, patient, by, now, source, notify=True, overbook_reason="", **asked) -> Appointment:
    if patient.pk is None:
        patient.created_at = now
        patient.save()
        matching.note_possible_matches(patient, now=now)
    else:
        refuse_merged(patient)
        refuse_elsewhere(patient, slot.start, from_minute(choice.end_minute))
    appointment = Appointment.objects.create(
        patient=patient,
        status=status,
        status_at=now,
        created_at=now,
        source=source,
        decide_by=decision_due(slot, now=now) if status == Status.REQUESTED else None,
        phone_to_confirm=notify and not outbox.can_reach(patient),
        undo_until=undo_until(by, now=now),
        **_place_and_time(slot, choice),
        treatment=slot.treatment,
        **asked,
    )
    overbooked = choice.clinician.resource if overbook_reason else None
    occupy(choice.resources, appointment=appointment, overbooked_resource=overbooked)
    detail = {"overbooked": overbook_reason} if overbook_reason else {}
    record(appointment, "request" if status == Status.REQUESTED else "book", by=by, now=now, **detail)
    kind = Message.Kind.REQUEST_RECEIVED if status == Status.REQUESTED else Message.Kind.CONFIRMATION
    tell(appointment, kind, by=by, now=now, notify=notify)
    return appointment


def _place_and_time(slot: Slot, choice: Choice) -> dict[str, Any]:
    return {
        "clinician_id": choice.clinician.pk,
        "location": slot.location,
        "start": slot.start,
        "end": from_minute(choice.end_minute),
        "arrive_at": slot.start - dt.timedelta(minutes=slot.treatment.arrive_early_minutes),
    }


def _overbooked_choice(slot: Slot, *, now: dt.datetime, by_staff: bool) -> Choice:
    refuse_impossible(slot)
    picture = look_at(slot, now=now, by_staff=by_staff)
    offers = picture.reference.offers[slot.treatment.pk]
    if not offers:
        raise NotOffered(_("This clinician does not offer that treatment."))
    person, minutes = offers[0]
    start = to_minute(slot.start)
    end = start + (minutes or slot.treatment.minutes)
    if picture.missing_needs(slot.treatment.pk, slot.location.pk, start, end):
        raise Taken(_("A room or device this treatment needs is taken then. Those are never overbooked."))
    return Choice(person, end, picture.resources_for(slot.treatment.pk, person, slot.location.pk, start, end))


def _refuse_late(current: Appointment, *, by: By, now: dt.datetime) -> None:
    own = by.actor == AppointmentEvent.Actor.PATIENT
    if own and (now > online_until(current) or now >= current.start):
        message = _("It is too late to move this online. Please call %(phone)s: we find another time together.")
        raise NotAllowed(message % {"phone": current.location.phone.as_national})


def _refuse_past(slot: Slot, *, now: dt.datetime) -> None:
    """The desk may write down a walk-in that began a little ago, but nothing before today."""
    zone = slot.location.zone
    if slot.start.astimezone(zone).date() < now.astimezone(zone).date():
        raise NotOffered(_("That day is over."))
