"""The one table of moves: which verb takes an appointment from which status to which, and who may ask."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bookings.models import Appointment
from bookings.models.appointments import Status


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
    "clinician_away": _("The clinician is away"),
    "closed": _("The location is closed"),
    "declined": _("The request was declined"),
    "duplicate": _("It was booked twice"),
    "left": _("Left without being seen"),
    "no_contact": _("We could not reach the patient"),
}


def allowed(appointment: Appointment) -> list[str]:
    """Return the verbs the table allows for this appointment now, in the table's order."""
    return [verb for verb, move in MOVES.items() if appointment.status in move.before]
