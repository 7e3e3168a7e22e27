"""What stands where, and when: what the database refuses."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from bookings.models import ExtraHours, Resource, TimeOff, WorkingHours
from bookings.models.resources import minutes_of
from tests.cast import NOW, open_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.engine]

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def clinic():
    return open_clinic()


def is_refused(model, **fields):
    try:
        with transaction.atomic():
            model.objects.create(**fields)
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize(
    ("kind", "person", "place"), [("clinician", False, False), ("room", False, False), ("room", True, True)]
)
def test_a_resource_is_a_clinician_or_has_a_place(clinic, kind, person, place):
    clinic.ortiz.resource.delete()
    who, where = clinic.ortiz if person else None, clinic.house if place else None

    assert is_refused(Resource, kind=kind, name="Odd", clinician=who, location=where)


def test_a_clinician_s_place_comes_from_their_hours(clinic):
    clinic.ortiz.resource.delete()

    assert is_refused(Resource, kind="clinician", name="Odd", clinician=clinic.ortiz, location=clinic.house)
    assert not is_refused(Resource, kind="clinician", name="Amara Ortiz", clinician=clinic.ortiz)


@pytest.mark.parametrize(
    ("start", "end", "refused"),
    [("09:00", "09:00", True), ("09:00", "08:00", True), ("09:00", "00:00", False), ("00:00", "00:00", False)],
)
def test_hours_end_after_they_begin_or_at_midnight(clinic, start, end, refused):
    times = {"start": dt.time.fromisoformat(start), "end": dt.time.fromisoformat(end)}
    where = {"resource": clinic.ortiz.resource, "location": clinic.house}

    assert is_refused(WorkingHours, weekday=5, **times, **where) is refused
    assert is_refused(ExtraHours, date=dt.date(2026, 3, 7), **times, **where) is refused


def test_there_are_seven_weekdays(clinic):
    times = {"start": dt.time(9), "end": dt.time(10), "resource": clinic.ortiz.resource, "location": clinic.house}

    assert is_refused(WorkingHours, weekday=7, **times)


def test_time_off_is_of_one_resource_or_of_a_whole_place(clinic):
    times = {"start": NOW, "end": NOW + HOUR}

    assert is_refused(TimeOff, **times)
    assert is_refused(TimeOff, resource=clinic.gym, location=clinic.house, **times)
    assert is_refused(TimeOff, resource=clinic.gym, start=NOW, end=NOW)


@pytest.mark.parametrize(
    ("time", "is_end", "minutes"), [("00:00", False, 0), ("00:00", True, 1440), ("09:30", True, 570)]
)
def test_midnight_as_an_end_is_24_o_clock(time, is_end, minutes):
    assert minutes_of(dt.time.fromisoformat(time), is_end=is_end) == minutes
