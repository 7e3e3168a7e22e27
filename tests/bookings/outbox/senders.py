"""What the tests of messages run in processes of their own. Importable by name."""

import os
import time

from django.test import override_settings
from django.utils import timezone

from bookings import outbox, scheduling
from bookings.models import Message
from clinic.models import User
from tests import cast, factories
from treatments.models import Location, Treatment


def send():
    """Send what is due; return how many went out."""
    return outbox.send_due(now=cast.NOW)["sent"]


def claim_and_die():
    """Take the rows and be killed before anything is sent."""
    outbox.claim(now=cast.NOW)
    os._exit(9)


def send_and_die():
    """Be killed right after the mail server has taken the first message."""
    with override_settings(EMAIL_BACKEND="tests.bookings.outbox.backends.SendAndDie"):
        outbox.send_due(now=cast.NOW)


def claim_now():
    """Take the rows as a sender of today does, and never send them."""
    return len(outbox.claim(now=timezone.now()))


def book_at(*, treatment, location, date, time_of_day):
    """Book for somebody new; return how many seconds it took, the nudge included."""
    place = Location.objects.get(pk=location)
    slot = scheduling.Slot(Treatment.objects.get(pk=treatment), cast.at(date, time_of_day), place)
    patient = factories.PatientFactory.build(email=f"somebody-at-{time_of_day[:2]}@example.com")
    began = time.monotonic()
    scheduling.book(slot, patient=patient, by=scheduling.By.patient(), now=timezone.now(), source="web")
    return time.monotonic() - began


def press_again(*, message, user):
    """Ask for one message again, as the desk does."""
    try:
        row = Message.objects.get(pk=message)
        outbox.send_again(row, reason="They lost it", user=User.objects.get(pk=user), now=cast.NOW)
    except outbox.NotSendable:
        return "waits"
    return "sent"


def reconcile():
    """Write what is missing; return how many rows."""
    return outbox.reconcile(now=cast.NOW)
