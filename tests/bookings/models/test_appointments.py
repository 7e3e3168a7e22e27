"""Questions the rows answer by themselves, and what the database refuses about them."""

import datetime as dt

import pytest
from django.core.exceptions import FieldError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from bookings.intervals import to_minute
from bookings.models import Appointment, Hold
from bookings.models.appointments import REFERENCE_ALPHABET, new_reference
from tests import factories
from tests.cast import at, open_clinic
from tests.diary import past_the_verbs, put_appointment, put_hold

pytestmark = [pytest.mark.django_db, pytest.mark.engine]

NINE = to_minute(at("2026-03-04", "09:00"))


@pytest.fixture
def clinic():
    return open_clinic()


def refused(write):
    try:
        with transaction.atomic():
            write()
    except IntegrityError:
        return True
    return False


STATUSES = ["requested", "booked", "arrived", "in_room", "with_clinician", "done", "cancelled", "missed"]


def test_all_but_cancelled_and_missed_keep_their_time(clinic):
    made = {status: put_appointment(clinic, NINE, NINE + 30, status=status) for status in STATUSES}

    assert set(Appointment.objects.keeping_time()) == {made[status] for status in STATUSES[:6]}
    assert [made[status].keeps_time for status in STATUSES] == [True] * 6 + [False] * 2


def test_requested_and_booked_are_expected(clinic):
    made = {status: put_appointment(clinic, NINE, NINE + 30, status=status) for status in STATUSES}

    assert set(Appointment.objects.expected()) == {made["requested"], made["booked"]}


def test_a_span_begins_with_its_first_instant_and_ends_before_its_last(clinic):
    first = put_appointment(clinic, NINE, NINE + 30)
    put_appointment(clinic, NINE + 60, NINE + 90)

    assert list(Appointment.objects.starting_in(at("2026-03-04", "09:00"), at("2026-03-04", "10:00"))) == [first]


@pytest.mark.parametrize(
    ("time", "date"),
    [("00:00", "2026-03-04"), ("23:59", "2026-03-04"), ("20:00", "2026-03-04"), ("00:00", "2026-03-05")],
)
def test_a_visit_belongs_to_the_date_on_the_wall_where_it_starts(clinic, time, date):
    start = to_minute(at(date, time))
    made = put_appointment(clinic, start, start + 45)

    assert list(Appointment.objects.on_dates(dt.date.fromisoformat(date))) == [made]


def test_each_place_has_its_own_dates(clinic):
    madrid = factories.LocationFactory(time_zone="Europe/Madrid")
    start = to_minute(at("2026-03-04", "20:00"))  # 2 o'clock on the 5th in Madrid
    here = put_appointment(clinic, start, start + 30)
    clinic.house = madrid
    there = put_appointment(clinic, start, start + 30)

    assert list(Appointment.objects.on_dates(dt.date(2026, 3, 4))) == [here]
    assert list(Appointment.objects.on_dates(dt.date(2026, 3, 5))) == [there]
    assert list(Appointment.objects.on_dates(dt.date(2026, 3, 4), days=2)) == [here, there]


def test_a_date_takes_two_statements_however_many_places(clinic, django_assert_num_queries):
    factories.LocationFactory(time_zone="Europe/Madrid")

    with django_assert_num_queries(2):
        list(Appointment.objects.on_dates(dt.date(2026, 3, 4)))


def test_a_hold_is_live_until_its_end_and_then_it_is_over(clinic):
    end = at("2026-03-02", "08:10")
    hold = put_hold(clinic, NINE, NINE + 30, expires_at=end)
    second = dt.timedelta(seconds=1)

    assert list(Hold.objects.live(now=end - second)) == list(Hold.objects.expired(now=end)) == [hold]
    assert list(Hold.objects.live(now=end)) == list(Hold.objects.expired(now=end - second)) == []


def test_a_visit_ends_after_its_start_and_begins_with_the_arrival(clinic):
    made = put_appointment(clinic, NINE, NINE + 30)
    rows = Appointment.objects.filter(pk=made.pk)

    assert refused(lambda: rows.compare_and_set(end=made.start))
    assert refused(lambda: rows.compare_and_set(arrive_at=made.end))
    assert refused(lambda: rows.compare_and_set(status="lost"))


def test_a_session_has_one_hold(clinic):
    end = at("2026-03-02", "08:10")
    put_hold(clinic, NINE, NINE + 30, expires_at=end, session_key="mine")

    assert refused(lambda: put_hold(clinic, NINE, NINE + 30, expires_at=end, session_key="mine"))


def test_a_reference_can_be_read_out_over_the_phone():
    references = {new_reference() for _number in range(500)}

    assert len(references) == 500
    assert {len(reference) for reference in references} == {8}
    assert set("".join(references)) == set(REFERENCE_ALPHABET)
    assert not set(REFERENCE_ALPHABET) & set("01ILOU")


def test_an_appointment_with_a_history_cannot_be_deleted(clinic):
    made = put_appointment(clinic, NINE, NINE + 30)
    made.events.create(verb="book", at=made.start, actor="system", status_after="booked", revision=0)

    with pytest.raises(FieldError, match="never deleted"):
        made.delete()
    with pytest.raises(ProtectedError):
        past_the_verbs(Appointment).filter(pk=made.pk).delete()
