"""The edges of what is offered, one by one."""

import datetime as dt

import pytest

from bookings import availability, scheduling
from bookings.models import ExtraHours, SessionLimit, TimeOff, WorkingHours
from bookings.scheduling import By, Slot
from tests import factories
from tests.cast import NOW, TODAY, at, open_clinic, work

pytestmark = pytest.mark.django_db

SECOND = dt.timedelta(seconds=1)
WEDNESDAY = dt.date(2026, 3, 4)


@pytest.fixture
def clinic():
    return open_clinic()


def times_of(treatment, first=WEDNESDAY, days=1, now=NOW, **options):
    """Return the local starts as text, each once."""
    found = availability.free_times(treatment, first=first, days=days, now=now, **options)
    return sorted({f"{time.local_start:%m-%d %H:%M}" for day in found for time in day.times})


def test_a_day_begins_and_ends_with_the_hours(clinic):
    times = times_of(clinic.therapy)

    assert (times[0], times[-1], len(times)) == ("03-04 09:00", "03-04 16:15", 30)


# --- Notice and horizon ----------------------------------------------------------------------------------------------


def test_exactly_the_notice_ahead_is_offered(clinic):
    assert times_of(clinic.therapy, first=TODAY, now=at("2026-03-02", "09:00"))[0] == "03-02 11:00"


def test_one_second_less_is_not(clinic):
    assert times_of(clinic.therapy, first=TODAY, now=at("2026-03-02", "09:00") + SECOND)[0] == "03-02 11:15"


def test_notice_counts_real_hours_when_the_clock_changes(clinic):
    work(clinic.lindqvist.resource, clinic.house, [6], "00:00", "12:00")
    clinic.therapy.notice_hours = 4

    # 23:00 in winter and four hours: 4:00 in summer, since 2:00 to 3:00 does not exist.
    assert times_of(clinic.therapy, first=dt.date(2026, 3, 8), now=at("2026-03-07", "23:00"))[0] == "03-08 04:00"


def test_the_last_date_of_the_horizon_is_offered_whole(clinic):
    clinic.therapy.horizon_days = 2

    assert {time[:5] for time in times_of(clinic.therapy, first=TODAY, days=5)} == {"03-02", "03-03", "03-04"}
    assert times_of(clinic.therapy, first=TODAY, days=5)[-1] == "03-04 16:15"


def test_the_horizon_counts_local_dates(clinic):
    clinic.therapy.horizon_days = 1
    late = at("2026-03-02", "23:30")  # already 3 March in UTC

    assert {time[:5] for time in times_of(clinic.therapy, first=TODAY, days=5, now=late)} == {"03-03"}


# --- The calendar ----------------------------------------------------------------------------------------------------


def test_hours_until_midnight_offer_the_last_visit_before_it(clinic):
    work(clinic.lindqvist.resource, clinic.house, [2], "22:00", "00:00")

    assert times_of(clinic.therapy)[-1] == "03-04 23:15"


def test_hours_that_meet_at_midnight_are_one(clinic):
    work(clinic.lindqvist.resource, clinic.house, [2], "22:00", "00:00")
    work(clinic.lindqvist.resource, clinic.house, [3], "00:00", "01:00")

    assert times_of(clinic.therapy)[-1] == "03-04 23:45"
    assert times_of(clinic.therapy, first=dt.date(2026, 3, 5))[0] == "03-05 00:00"


def test_the_29th_of_february_is_a_day_like_any_other(clinic):
    times = times_of(clinic.therapy, first=dt.date(2028, 2, 28), days=3, now=at("2028-02-27", "08:00"))

    assert {time[:5] for time in times} == {"02-28", "02-29", "03-01"}


@pytest.mark.parametrize(
    ("sunday", "hour_in_utc"), [(dt.date(2026, 3, 1), 14), (dt.date(2026, 3, 8), 13), (dt.date(2026, 11, 1), 14)]
)
def test_nine_o_clock_stays_nine_o_clock_when_the_clock_changes(clinic, sunday, hour_in_utc):
    work(clinic.lindqvist.resource, clinic.house, [6], "09:00", "10:00")
    midnight = at(sunday.isoformat(), "00:00")
    clinic.therapy.notice_hours = 0
    found = list(availability.free_times(clinic.therapy, first=sunday, days=1, now=midnight))

    assert [time.local_start.hour for time in found[0].times][0] == 9
    assert found[0].times[0].start.hour == hour_in_utc


def test_the_hour_that_does_not_exist_is_not_offered(clinic):
    work(clinic.lindqvist.resource, clinic.house, [6], "01:00", "05:00")
    times = times_of(clinic.therapy, first=dt.date(2026, 3, 8))

    assert [time for time in times if "02:" in time] == []
    assert times[3:5] == ["03-08 01:45", "03-08 03:00"]


def test_the_hour_that_comes_twice_is_offered_twice(clinic):
    work(clinic.lindqvist.resource, clinic.house, [6], "00:00", "04:00")
    clinic.therapy.horizon_days = 300
    found = list(availability.free_times(clinic.therapy, first=dt.date(2026, 11, 1), days=1, now=NOW))

    assert [f"{time.local_start:%H:%M %Z}" for time in found[0].times if time.local_start.hour == 1] == [
        "01:00 EDT", "01:15 EDT", "01:30 EDT", "01:45 EDT", "01:00 EST", "01:15 EST", "01:30 EST", "01:45 EST",
    ]  # fmt: skip


def test_the_grid_counts_from_local_midnight(clinic):
    clinic.therapy.start_every = 50

    assert times_of(clinic.therapy)[:3] == ["03-04 09:10", "03-04 10:00", "03-04 10:50"]


# --- Hours, sessions, leave ------------------------------------------------------------------------------------------


def test_a_session_for_other_treatments_is_not_offered(clinic):
    session = WorkingHours.objects.get(resource=clinic.lindqvist.resource, weekday=2)
    session.only_treatments.add(clinic.consultation)

    assert times_of(clinic.therapy) == []


def test_a_session_takes_at_most_so_many(clinic):
    session = WorkingHours.objects.get(resource=clinic.lindqvist.resource, weekday=2)
    SessionLimit.objects.create(hours=session, treatment=clinic.therapy, at_most=1)
    slot = Slot(clinic.therapy, at("2026-03-04", "09:00"), clinic.house)
    made = scheduling.book(slot, patient=clinic.ada, by=By.patient(), now=NOW, source="web")

    assert times_of(clinic.therapy) == []
    assert times_of(clinic.therapy, first=dt.date(2026, 3, 5)) != []
    scheduling.cancel(made, by=By.patient(), now=NOW, reason="time")
    assert len(times_of(clinic.therapy)) == 30


def test_extra_hours_hold_on_their_date_only(clinic):
    saturday = dt.date(2026, 3, 7)
    times = {"start": dt.time(10), "end": dt.time(11)}
    ExtraHours.objects.create(resource=clinic.lindqvist.resource, location=clinic.house, date=saturday, **times)

    assert times_of(clinic.therapy, first=saturday, days=8, clinician=clinic.lindqvist)[:2] == [
        "03-07 10:00",
        "03-07 10:15",
    ]
    assert times_of(clinic.therapy, first=dt.date(2026, 3, 14)) == []


def test_a_visit_may_not_reach_into_leave(clinic):
    TimeOff.objects.create(
        resource=clinic.lindqvist.resource, start=at("2026-03-04", "10:00"), end=at("2026-03-04", "16:00")
    )

    assert times_of(clinic.therapy) == ["03-04 09:00", "03-04 09:15", "03-04 16:00", "03-04 16:15"]


def test_a_closed_place_is_closed(clinic):
    TimeOff.objects.create(
        location=clinic.house, start=at("2026-03-04", "00:00"), end=at("2026-03-05", "00:00"), kind="holiday"
    )

    assert times_of(clinic.therapy, days=2)[0] == "03-05 09:00"


def test_a_room_out_of_order_takes_its_treatment_away(clinic):
    TimeOff.objects.create(resource=clinic.c_arm, start=at("2026-03-04", "00:00"), end=at("2026-03-05", "00:00"))

    assert times_of(clinic.injection) == []
    assert times_of(clinic.consultation) != []


def test_cleaning_minutes_may_lie_outside_the_hours_but_not_on_other_visits(clinic):
    clinic.therapy.needs.filter(capability__slug="gym").update(minutes_after=30)
    slot = Slot(clinic.therapy, at("2026-03-04", "09:00"), clinic.house)
    scheduling.book(slot, patient=clinic.ada, by=By.patient(), now=NOW, source="web")

    times = times_of(clinic.therapy)

    # 9:00 to 9:45 and half an hour of cleaning; the last visit still ends with the hours.
    assert (times[0], times[-1]) == ("03-04 10:15", "03-04 16:15")


@pytest.mark.parametrize("skill", ["gym", "clinician"])
@pytest.mark.parametrize("extra", ["minutes_before", "minutes_after"])
def test_extra_minutes_keep_two_visits_apart_on_either_side(clinic, skill, extra):
    slot = Slot(clinic.therapy, at("2026-03-04", "09:00"), clinic.house)
    clinic.therapy.needs.filter(capability__slug=skill).update(**{extra: 30})
    scheduling.book(slot, patient=clinic.ada, by=By.patient(), now=NOW, source="web")

    # 9:45 and half an hour, whichever of the two visits asks for it.
    assert times_of(clinic.therapy)[0] == "03-04 10:15"


@pytest.mark.parametrize("extra", ["minutes_before", "minutes_after"])
def test_a_room_s_extra_minutes_lie_outside_of_what_it_is_off(clinic, extra):
    clinic.therapy.needs.filter(capability__slug="gym").update(**{extra: 30})
    TimeOff.objects.create(resource=clinic.gym, start=at("2026-03-04", "11:00"), end=at("2026-03-04", "12:00"))
    TimeOff.objects.create(location=clinic.house, start=at("2026-03-04", "17:00"), end=at("2026-03-04", "18:00"))
    times = times_of(clinic.therapy)

    around_eleven = [time for time in times if "09:30" < time[6:] < "12:45"]
    ends = {"minutes_before": ("03-04 16:15", ["03-04 09:45", "03-04 10:00", "03-04 10:15", "03-04 12:30"])}
    ends["minutes_after"] = ("03-04 15:45", ["03-04 09:45", "03-04 12:00", "03-04 12:15", "03-04 12:30"])
    assert (times[-1], around_eleven) == ends[extra]


def test_the_clinician_s_own_length_counts(clinic):
    clinic.lindqvist.offers.update(minutes=60)

    assert times_of(clinic.therapy)[-1] == "03-04 16:00"


@pytest.mark.parametrize("what", ["lindqvist", "gym", "house", "therapy"])
def test_what_is_inactive_is_not_offered(clinic, what):
    row = getattr(clinic, what)
    row.active = False
    row.save()

    assert times_of(clinic.therapy) == []


def test_two_places_in_two_zones_each_keep_their_own_date(clinic):
    madrid = factories.LocationFactory(time_zone="Europe/Madrid")
    gym = factories.CapabilityFactory(slug="gym")
    factories.ResourceFactory(location=madrid, capabilities=[gym])
    traveler = factories.ClinicianFactory()
    factories.ClinicianTreatmentFactory(clinician=traveler, treatment=clinic.therapy)
    work(factories.ResourceFactory(clinician=traveler), madrid, [2], "09:00", "10:00")
    days = list(availability.free_times(clinic.therapy, first=WEDNESDAY, days=1, now=NOW))

    first = days[0].times[0]
    assert (days[0].date, first.location.pk, first.start.hour) == (WEDNESDAY, madrid.pk, 8)
    assert len(days[0].times) == 2 + 30


# --- Holds -----------------------------------------------------------------------------------------------------------


def test_a_hold_is_free_for_its_own_session_only_and_over_at_its_last_second(clinic):
    nine = Slot(clinic.therapy, at("2026-03-04", "09:00"), clinic.house)
    held = scheduling.hold(nine, session_key="mine", now=NOW)

    assert times_of(clinic.therapy)[0] == "03-04 09:45"
    assert times_of(clinic.therapy, session_key="mine")[0] == "03-04 09:00"
    assert times_of(clinic.therapy, now=held.expires_at - SECOND)[0] == "03-04 09:45"
    assert times_of(clinic.therapy, now=held.expires_at)[0] == "03-04 09:00"
