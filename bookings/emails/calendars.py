"""The calendar part of a mail: a booked visit enters the reader's calendar, one that is not booked any more leaves it."""

import datetime as dt

from django.core.mail import EmailMultiAlternatives
from django.db.models import Q

from bookings import ical
from bookings.models import Appointment, AppointmentEvent, Message
from bookings.models.appointments import Status

OUT = (Message.State.SENT, Message.State.SENDING)


def add_calendar(email: EmailMultiAlternatives, appointment: Appointment, *, name: str, now: dt.datetime) -> None:
    """Add the part that makes the reader's calendar true, as the last alternative; none where nothing can stand there.

    Mail programs that know calendars act on it, the others show the letter.
    """
    if appointment.status == Status.BOOKED:
        _add(email, ical.requested(appointment, name=name, now=now), "REQUEST")
    elif may_be_in_calendar(appointment):
        # Without it the entry would stay and keep reminding.
        _add(email, ical.cancelled(appointment, name=name, now=now), "CANCEL")


def may_be_in_calendar(appointment: Appointment) -> bool:
    """Whether the patient can have put this visit into a calendar: they were told that it is booked, or booked it themselves.

    A request never was: it has nothing to take out. Up to two statements.
    """
    booked = AppointmentEvent.objects.filter(appointment=appointment, status_after=Status.BOOKED)
    # What was tried may have arrived, whatever the row says.
    told = Message.objects.filter(Q(state__in=OUT) | Q(attempts__gt=0), appointment=appointment)
    if told.filter(revision__in=booked.values("revision")).exists():
        return True
    # The last page of the booking, and the patient's own page, offer the file at once.
    return booked.filter(actor=AppointmentEvent.Actor.PATIENT).exists()


def _add(email: EmailMultiAlternatives, file: bytes, method: str) -> None:
    email.attach_alternative(file.decode(), f"text/calendar; method={method}")
