"""Whoever goes past the verbs is stopped with words, whichever way they try."""

import pytest
from django.core.exceptions import FieldError

from bookings import scheduling
from bookings.models import Appointment, AppointmentEvent, Hold, Occupancy
from tests.bookings.scheduling.asking import book, everything, slot
from tests.cast import NOW, at, open_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.engine]


@pytest.fixture
def visit():
    clinic = open_clinic()
    scheduling.hold(slot(clinic, "13:00"), session_key="somebody", now=NOW)
    return book(clinic)


def later(visit):
    visit.start, visit.end = at("2026-03-04", "16:00"), at("2026-03-04", "16:45")
    return visit


def done(visit):
    visit.status = "done"
    return visit


WAYS = {
    "update": lambda visit: Appointment.objects.filter(pk=visit.pk).update(status="done"),
    "update of the patient's visits": lambda visit: visit.patient.appointments.update(start=NOW),
    "update through the base manager": lambda visit: Appointment._base_manager.update(clinician=None),
    "bulk_update": lambda visit: Appointment.objects.bulk_update([done(visit)], ["status"]),
    "save": lambda visit: later(visit).save(),
    "save of one field": lambda visit: done(visit).save(update_fields=["status"]),
    "update_or_create": lambda visit: Appointment.objects.update_or_create(pk=visit.pk, defaults={"side": "left"}),
    "delete": lambda visit: visit.delete(),
    "delete of many": lambda visit: Appointment.objects.all().delete(),
    "update of occupancy": lambda visit: visit.occupancy.update(start=0),
    "bulk_update of occupancy": lambda visit: Occupancy.objects.bulk_update(visit.occupancy.all(), ["start"]),
    "save of occupancy": lambda visit: visit.occupancy.first().save(),
    "delete of occupancy": lambda visit: visit.occupancy.all().delete(),
    "update of a hold": lambda visit: Hold.objects.update(start=NOW),
    "bulk_update of holds": lambda visit: Hold.objects.bulk_update(Hold.objects.all(), ["start"]),
    "update of events": lambda visit: visit.events.update(verb="cancel"),
    "save of an event": lambda visit: visit.events.first().save(),
    "delete of events": lambda visit: AppointmentEvent.objects.all().delete(),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_diary_is_not_written_past_its_verbs(visit, way):
    before = everything()
    with pytest.raises(FieldError, match=r"bookings\.scheduling|append-only"):
        WAYS[way](visit)
    assert everything() == before


def test_what_is_not_the_diarys_may_be_written(visit):
    visit.outcome = "Better"
    visit.save(update_fields=["outcome"])
    Appointment.objects.filter(pk=visit.pk).update(phone_to_confirm=True)
    visit.refresh_from_db()

    assert (visit.outcome, visit.phone_to_confirm, visit.version) == ("Better", True, 0)
