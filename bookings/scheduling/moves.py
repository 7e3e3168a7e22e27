"""The one table of moves: which verb takes an appointment from which status to which, and who may ask."""

import datetime as dt
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bookings.models import Appointment
from bookings.models.appointments import Status
from bookings.scheduling.parties import By


class Move(NamedTuple):
    before: frozenset[str]
    after: str
    label: Promise
    patient_may: bool = False


def _from(*statuses: str) -> frozenset[str]:
    return frozenset(statuses)


MOVES: dict[str, Move] = {
    "approve": Move(_from(Status.REQUESTED), Status.BOOKED, _("Approve")),
    "decline": Move(_from(Status.REQUESTED), Status.CANCELLED, _("Decline")),
    "confirm": Move(_from(Status.BOOKED), Status.BOOKED, _("Confirmed"), patient_may=True),
    "check_in": Move(_from(Status.BOOKED), Status.ARRIVED, _("Arrived")),
    "room": Move(_from(Status.ARRIVED), Status.IN_ROOM, _("In room")),
    "start": Move(_from(Status.ARRIVED, Status.IN_ROOM), Status.WITH_CLINICIAN, _("With clinician")),
    "finish": Move(_from(Status.WITH_CLINICIAN), Status.DONE, _("Done")),
    "accept": Move(_from(Status.REQUESTED), Status.BOOKED, _("Patient said yes"), patient_may=True),
    "miss": Move(_from(Status.BOOKED), Status.MISSED, _("Missed")),
    "cancel": Move(
        _from(Status.REQUESTED, Status.BOOKED, Status.ARRIVED, Status.IN_ROOM),
        Status.CANCELLED,
        _("Cancel"),
        patient_may=True,
    ),
}

PATIENT_REASONS = {
    "time": _("The time does not suit me any more"),
    "better": _("I feel better"),
    "unwell": _("I am unwell"),
    "travel": _("I cannot get there"),
    "cost": _("Cost or insurance"),
    "elsewhere": _("I will be treated elsewhere"),
    "other": _("Another reason"),
}
CANCEL_REASONS = PATIENT_REASONS | {
    "mistake": _("It was booked by mistake"),
    "clinician_away": _("The clinician is away"),
    "closed": _("The location is closed"),
    "declined": _("The request was declined"),
    "duplicate": _("It was booked twice"),
    "left": _("Left without being seen"),
    "no_contact": _("We could not reach the patient"),
}


# How long the desk can take back what it has just done to a visit that is still to come.
UNDO_FOR = dt.timedelta(minutes=5)


def allowed(appointment: Appointment) -> list[str]:
    """Return the verbs the table allows for this appointment now, in the table's order."""
    # Once another time is offered, the question is no longer ours to answer; and nobody confirms twice.
    out = {"accept" if appointment.offered_at is None else "approve"} | (
        {"confirm"} if appointment.confirmed_at else set()
    )
    return [verb for verb, move in MOVES.items() if appointment.status in move.before and verb not in out]


def online_until(appointment: Appointment) -> dt.datetime:
    """Return until when patients cancel or move by themselves; after it they phone, so that somebody can take the time."""
    return appointment.start - dt.timedelta(hours=appointment.treatment.cancel_cutoff_hours)


def undo_until(by: By, *, now: dt.datetime) -> dt.datetime | None:
    """Return until when this deed can be taken back; patients have a page of their own for that."""
    return now + UNDO_FOR if by.is_staff else None


def may_undo(appointment: Appointment, *, now: dt.datetime) -> bool:
    """Whether the last change can be taken back: for five minutes, and a step of the visit's course on its own day."""
    if appointment.undo_until is not None and now <= appointment.undo_until:
        return True
    if appointment.status in (Status.REQUESTED, Status.BOOKED):
        return False
    zone = appointment.location.zone
    return appointment.status_at.astimezone(zone).date() == now.astimezone(zone).date()
