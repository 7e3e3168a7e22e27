"""What an appointment must still be for a message about it to be true."""

from bookings.models import Appointment, Message, NextStep
from bookings.models.appointments import Status

TRUE_WHILE = {
    Message.Kind.CONFIRMATION: {Status.BOOKED},
    Message.Kind.REQUEST_RECEIVED: {Status.REQUESTED},
    Message.Kind.APPROVED: {Status.BOOKED},
    Message.Kind.DECLINED: {Status.CANCELLED},
    Message.Kind.MOVED: {Status.BOOKED, Status.REQUESTED},
    Message.Kind.CANCELLED: {Status.CANCELLED},
    Message.Kind.CANCELLED_BY_CLINIC: {Status.CANCELLED},
    Message.Kind.REMINDER: {Status.BOOKED},
    Message.Kind.OFFERED: {Status.REQUESTED},
    Message.Kind.DELAYED: {Status.BOOKED},
    Message.Kind.PREPARATION: {Status.BOOKED},
    Message.Kind.MISSED: {Status.MISSED},
    Message.Kind.AFTERCARE: {Status.DONE},
    Message.Kind.INVITATION: {Status.DONE},
    Message.Kind.LINK: set(Status),
}


def is_true(message: Message) -> bool:
    """Whether the appointment is still as this message says. A link is always true: it opens what there is."""
    appointment = message.appointment
    if appointment is None:
        return True
    if message.kind == Message.Kind.INVITATION and not _still_wanted(appointment):
        return False
    same = message.kind == Message.Kind.LINK or appointment.revision == message.revision
    return same and appointment.status in TRUE_WHILE[Message.Kind(message.kind)]


def _still_wanted(appointment: Appointment) -> bool:
    """Whether what was wanted after a visit has no time yet: the desk often books it before the patient has left, or settles it."""
    return NextStep.objects.open().filter(appointment=appointment).exists()
