"""Which times come next, which are near, and how many statements each answer takes."""

import datetime as dt

import pytest

from bookings import availability, scheduling
from bookings.intervals import to_minute
from bookings.models import Occupancy, SessionLimit, TimeOff, WorkingHours
from bookings.scheduling import By, Slot
from tests import factories
from tests.cast import NOW, TODAY, at, open_clinic, work
from tests.diary import put_appointment

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    return open_clinic()


def shown(times):
    return [f"{time.local_start:%m-%d %H:%M}" for time in times]


# --- Next and near ---------------------------------------------------------------------------------------------------


def test_the_next_times_have_different_starts(clinic):
    found = availability.next_times([clinic.consultation, clinic.therapy], count=3, now=NOW)

    assert {pk: shown(times) for pk, times in found.items()} == {
        clinic.consultation.pk: ["03-02 10:00", "03-02 10:15", "03-02 10:30"],
        clinic.therapy.pk: ["03-02 10:00", "03-02 10:15", "03-02 10:30"],
    }


def test_next_times_look_past_a_long_closure(clinic):
    TimeOff.objects.create(location=clinic.house, start=NOW, end=at("2026-04-20", "00:00"), kind="closure")
    found = availability.next_times([clinic.therapy], count=2, now=NOW)

    assert shown(found[clinic.therapy.pk]) == ["04-20 09:00", "04-20 09:15"]


def test_next_times_end_where_the_horizon_ends(clinic):
    TimeOff.objects.create(location=clinic.house, start=NOW, end=at("2027-04-20", "00:00"), kind="closure")

    assert availability.next_times([clinic.therapy], count=2, now=NOW) == {clinic.therapy.pk: []}


def test_next_times_of_nothing_are_nothing():
    assert availability.next_times([], count=3, now=NOW) == {}


def test_the_nearest_times_lie_around_the_one_that_was_taken(clinic):
    slot = Slot(clinic.therapy, at("2026-03-04", "11:00"), clinic.house)
    scheduling.book(slot, patient=clinic.ada, by=By.patient(), now=NOW, source="web")

    times = availability.nearest(clinic.therapy, start=slot.start, now=NOW)

    assert shown(times) == ["03-04 10:00", "03-04 10:15", "03-04 11:45"]


def test_the_nearest_times_are_searched_far_when_the_week_is_full(clinic):
    TimeOff.objects.create(location=clinic.house, start=NOW, end=at("2026-03-23", "00:00"), kind="closure")

    times = availability.nearest(clinic.therapy, start=at("2026-03-04", "11:00"), now=NOW)

    assert shown(times) == ["03-23 09:00", "03-23 09:15", "03-23 09:30"]


def test_the_nearest_times_to_the_past_are_the_next_ones(clinic):
    assert shown(availability.nearest(clinic.therapy, start=at("2026-01-05", "11:00"), now=NOW)) == [
        "03-02 10:00", "03-02 10:15", "03-02 10:30",
    ]  # fmt: skip


# --- Statements ------------------------------------------------------------------------------------------------------


def more_clinicians(clinic, count):
    for _number in range(count):
        clinician = factories.ClinicianFactory()
        factories.ClinicianTreatmentFactory(clinician=clinician, treatment=clinic.consultation)
        work(factories.ResourceFactory(clinician=clinician), clinic.house, range(5), "09:00", "17:00")


def many_visits(clinic, count):
    owner = put_appointment(clinic, 0, 30)
    start = to_minute(at("2026-03-03", "09:00"))
    Occupancy.objects.bulk_create(
        Occupancy(resource=clinic.ortiz.resource, start=minute, end=minute + 30, appointment=owner)
        for minute in range(start, start + count * 30, 30)
    )


@pytest.mark.parametrize("days", [1, 62])
@pytest.mark.parametrize("clinicians", [0, 9])
@pytest.mark.parametrize("visits", [0, 300])
def test_free_times_take_four_statements_whatever_is_asked(clinic, django_assert_num_queries, days, clinicians, visits):
    more_clinicians(clinic, clinicians)
    many_visits(clinic, visits)

    with django_assert_num_queries(4):
        assert list(availability.free_times(clinic.consultation, first=TODAY, days=days, now=NOW)) != []


def test_a_limit_takes_one_statement_more(clinic, django_assert_num_queries):
    for session in WorkingHours.objects.all():
        SessionLimit.objects.create(hours=session, treatment=clinic.consultation, at_most=3)

    with django_assert_num_queries(5):
        list(availability.free_times(clinic.consultation, first=TODAY, days=62, now=NOW))


def test_next_times_of_many_treatments_take_as_many_statements_as_of_one(clinic, django_assert_num_queries):
    with django_assert_num_queries(4):
        availability.next_times([clinic.consultation, clinic.therapy, clinic.injection], count=3, now=NOW)


def test_looking_ahead_in_vain_is_bounded(clinic, django_assert_num_queries):
    WorkingHours.objects.all().delete()

    # 90 days by windows of 7, 14, 28 and 56 dates
    with django_assert_num_queries(4 * 4):
        availability.next_times([clinic.therapy], count=3, now=NOW)


def test_the_first_day_is_answered_without_the_others(clinic):
    days = availability.free_times(clinic.consultation, first=TODAY, days=62, now=NOW)

    assert next(days).date == dt.date(2026, 3, 2)
