"""The patient's own second thoughts: what they have just canceled or moved themselves can be taken back for a while."""

import datetime as dt

from django.utils.translation import gettext as _

from bookings.models import Appointment, AppointmentEvent
from bookings.models.appointments import Status
from bookings.scheduling.booking import move_back
from bookings.scheduling.parties import By
from bookings.scheduling.refusals import NotAllowed, NotOffered, Taken
from bookings.scheduling.undoing import slot_before, undo_step
from bookings.scheduling.writing import changed

TAKE_BACK_FOR = dt.timedelta(minutes=30)


def take_back(appointment: Appointment, *, by: By, now: dt.datetime, version: int | None = None) -> Appointment:
    """Take back the patient's own last cancel or move: the visit is as it was, at the time it had.

    Raises NotAllowed when there is nothing of theirs to take back or the half hour is over, Taken when the time went to
    somebody else, NotOffered when it is ours to give no more. The patient hears of it only if they heard of the change.
    """
    last = appointment.events.last()
    if (last is not None and last.revision > appointment.revision) or version not in (None, appointment.version):
        raise changed(appointment)
    by_patient = by.actor == AppointmentEvent.Actor.PATIENT
    if last is None or not by_patient or not may_take_back(appointment, last, now=now):
        raise NotAllowed(_("It is too late to undo this. You can book another time, or call us."))
    # What was read above must still be so under the lock.
    seen = appointment.version
    try:
        if last.verb == "move":
            return move_back(appointment, slot_before(appointment, last), by=by, now=now, version=seen)
        return undo_step(appointment, by=by, now=now, version=seen)
    except Taken as refusal:
        raise Taken(_("Somebody else has taken that time since.")) from refusal
    except NotOffered as refusal:
        raise NotOffered(_("We cannot offer that time any more.")) from refusal


def may_take_back(appointment: Appointment, last: AppointmentEvent | None, *, now: dt.datetime) -> bool:
    """Whether `last`, the newest event of this appointment, is the patient's own and can still be taken back."""
    until = take_back_until(appointment, last)
    return until is not None and now < until


def take_back_until(appointment: Appointment, last: AppointmentEvent | None) -> dt.datetime | None:
    """Return until when the patient may take back what they did last: half an hour, and before the time itself has come.

    None when it is not theirs, or nothing that frees a time.
    """
    if last is None or last.actor != AppointmentEvent.Actor.PATIENT:
        return None
    if last.verb == "cancel" and appointment.status == Status.CANCELLED:
        start = appointment.start
    elif last.verb == "move" and appointment.status in (Status.REQUESTED, Status.BOOKED):
        start = dt.datetime.fromisoformat(last.detail["was"]["start"])
    else:
        return None
    return min(last.at + TAKE_BACK_FOR, start)
