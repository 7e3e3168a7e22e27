"""Whom a clinician's wish about their own time would leave without them."""

import datetime as dt
import hashlib

from bookings.models import Appointment, TimeOff, TimeRequest, WorkingHours
from bookings.models.resources import minutes_of
from bookings.scheduling.closures import hit_by

Kind = TimeRequest.Kind
# A session runs on for ever; nobody books that far ahead.
LOOK_AHEAD = dt.timedelta(days=730)


def hit_by_request(asked: TimeRequest, *, now: dt.datetime) -> list[Appointment]:
    """Return the visits to come that what is asked for would leave without their clinician, in order of start.

    `asked` may be unsaved. One statement, and one more for a session.
    """
    if asked.kind == Kind.LEAVE:
        start, end = span_of(asked)
        rows = hit_by(TimeOff(resource=asked.clinician.resource, start=start, end=end))
        return list(rows.filter(end__gt=now).order_by("start", "pk"))
    if asked.kind == Kind.SESSION and asked.session is not None:
        return [visit for visit in _in_session(asked.session, asked, now=now) if not _still_fits(asked, visit)]
    return []


def mark_of(asked: TimeRequest, hit: list[Appointment]) -> str:
    """Return a mark of what was asked and whom it hits: it changes when either does."""
    span = [each and each.astimezone(dt.UTC) for each in (asked.start, asked.end)]
    what = (str(asked.kind), span, asked.date, asked.location_id, asked.session_id)
    visits = [(visit.pk, visit.revision) for visit in hit]
    return hashlib.sha256(repr((what, asked.opens, asked.closes, visits)).encode()).hexdigest()[:32]


def _in_session(session: WorkingHours, asked: TimeRequest, *, now: dt.datetime) -> list[Appointment]:
    """Return the visits to come that begin within the session as it is, from the date of the change on."""
    first = max(now, dt.datetime.combine(date_of(asked), dt.time(0), tzinfo=session.location.zone))
    visits = Appointment.objects.keeping_time().filter(
        clinician=asked.clinician, location=session.location, start__gte=first, start__lt=first + LOOK_AHEAD
    )
    rows = visits.select_related("patient", "treatment", "clinician", "location").order_by("start", "pk")
    return [visit for visit in rows if _is_of(session, visit)]


def _is_of(session: WorkingHours, visit: Appointment) -> bool:
    date = visit.local_start.date()
    if session.valid_until is not None and date > session.valid_until:
        return False
    opens, closes = minutes_of(session.start), minutes_of(session.end, is_end=True)
    return date.weekday() == session.weekday and opens <= minutes_of(visit.local_start.time()) < closes


def _still_fits(asked: TimeRequest, visit: Appointment) -> bool:
    if asked.opens is None or asked.closes is None:
        return False
    starts, ends = minutes_of(visit.local_start.time()), minutes_of(visit.local_end.time(), is_end=True)
    return minutes_of(asked.opens) <= starts and ends <= minutes_of(asked.closes, is_end=True)


# What the database keeps together by kind, for those who read the code and its types.


def span_of(asked: TimeRequest) -> tuple[dt.datetime, dt.datetime]:
    assert asked.start is not None and asked.end is not None  # noqa: PT018, S101
    return asked.start, asked.end


def date_of(asked: TimeRequest) -> dt.date:
    assert asked.date is not None  # noqa: S101
    return asked.date


def times_of(asked: TimeRequest) -> tuple[dt.time, dt.time]:
    assert asked.opens is not None and asked.closes is not None  # noqa: PT018, S101
    return asked.opens, asked.closes
