"""Walk-ins: somebody stands at the counter without an appointment."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from bookings import availability
from bookings.models import Appointment, Patient
from bookings.models.appointments import Status
from bookings.scheduling.booking import book, unsaved_when_refused
from bookings.scheduling.parties import By, Slot
from bookings.scheduling.refusals import NotOffered, Taken, diary_transaction
from bookings.scheduling.visits import check_in
from treatments.models import Clinician, Location, Treatment

# Times that somebody else takes this moment, before we say that none is left.
MOST_TRIES = 5


def walk_in(
    treatment: Treatment,
    location: Location,
    *,
    patient: Patient,
    by: By,
    now: dt.datetime,
    clinician: Clinician | None = None,
    reason: str = "",
    **answers: Any,
) -> Appointment:
    """Book the next free time of today and say that the patient is here. Nothing is sent: they are here.

    `answers`: form_token and form_digest, so that a form sent twice makes one walk-in.
    Raises NotOffered when nothing is free any more today, and as `book`.
    """
    for time in _times_left(treatment, location, clinician, now=now)[:MOST_TRIES]:
        slot = Slot(treatment, time.start, location, clinician)
        try:
            with unsaved_when_refused(patient), diary_transaction():
                source = Appointment.Source.WALK_IN
                answers |= {"source": source, "reason": reason, "notify": False}
                visit = book(slot, patient=patient, by=by, now=now, **answers)
                return check_in(visit, by=by, now=now) if visit.status == Status.BOOKED else visit
        except Taken:
            continue
    raise NotOffered(_("Nothing is free any more today. You can overbook on purpose, or offer another day."))


def _times_left(treatment, location, clinician, *, now: dt.datetime) -> list[availability.FreeTime]:
    """Return today's free times from now on with different starts, in order of time."""
    today = now.astimezone(location.zone).date()
    where = {"location": location, "clinician": clinician, "by_staff": True}
    days = availability.free_times(treatment, first=today, days=1, now=now, **where)
    times = {time.start_minute: time for day in days for time in day.times if time.start >= now}
    return [times[minute] for minute in sorted(times)]
