"""Short ways to ask the diary's verbs in tests. The visit of most stories is on Wednesday 4 March 2026."""

import datetime as dt
from contextlib import contextmanager

import pytest

from bookings import scheduling
from bookings.intervals import from_minute
from bookings.models import Appointment, AppointmentEvent, Hold, Message, Occupancy, Patient, TimeOff
from bookings.scheduling import By, Slot
from tests import factories
from tests.cast import NOW, at

DAY = "2026-03-04"
SYSTEM, PATIENT = By.system(), By.patient()
HOUR = dt.timedelta(hours=1)


def desk(**fields):
    """Somebody at the front desk who may overbook (a superuser, so that roles do not matter here)."""
    return By.staff(factories.UserFactory(is_superuser=True, **fields))


def slot(clinic, time="09:00", treatment=None, clinician=None, date=DAY):
    return Slot(treatment or clinic.therapy, at(date, time), clinic.house, clinician)


def book(
    clinic, time="09:00", *, patient=None, by=PATIENT, now=NOW, treatment=None, clinician=None, date=DAY, **answers
):
    asked = slot(clinic, time, treatment, clinician, date)
    return scheduling.book(asked, patient=patient or clinic.ada, by=by, now=now, source="web", **answers)


def newcomer(**fields):
    """Somebody unknown, not saved yet, as a form makes them."""
    details = {
        "first_name": "Cleo",
        "last_name": "Marsh",
        "date_of_birth": dt.date(1975, 2, 3),
        "email": "cleo@example.com",
    }
    return Patient(**details | fields)


def taken_by(appointment=None, hold=None):
    """Return (resource name, start, end) of what is occupied, as local text."""
    rows = Occupancy.objects.filter(appointment=appointment) if appointment else Occupancy.objects.filter(hold=hold)
    return [
        (
            row.resource.name,
            *(f"{from_minute(minute).astimezone(NOW.tzinfo):%d %H:%M}" for minute in (row.start, row.end)),
        )
        for row in rows.select_related("resource").order_by("resource")
    ]


def everything():
    """Return every row of the diary, to tell that nothing was written."""
    models = (Appointment, AppointmentEvent, Hold, Message, Occupancy, Patient, TimeOff)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


@contextmanager
def refused(refusal):
    """The block is refused with exactly this, and leaves the diary as it was."""
    before = everything()
    with pytest.raises(scheduling.Refused) as caught:
        yield caught
    assert type(caught.value) is refusal
    assert str(caught.value.message)
    assert everything() == before


def verbs_of(appointment):
    return list(appointment.events.values_list("verb", flat=True))


def messages_of(appointment):
    """Return "kind state" of every message row, oldest first."""
    return [f"{row.kind} {row.state}" for row in appointment.messages.order_by("pk")]
