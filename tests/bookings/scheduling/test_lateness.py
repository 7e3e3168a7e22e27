"""Running late: said once, told to those still to come, and taken back."""

import datetime as dt

import pytest

from bookings import scheduling
from bookings.models import Delay, Message
from bookings.scheduling import NotAllowed
from tests.bookings.scheduling.asking import book, desk, refused
from tests.cast import at, open_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
TODAY = "2026-03-02"
TEN = at(TODAY, "10:00")


@pytest.fixture
def clinic():
    return open_clinic()


@pytest.fixture
def day(clinic):
    """Four visits of one clinician: one is here, two come within three hours, one later."""
    times = {"here": "10:00", "next": "10:30", "noon": "12:30", "late": "15:00"}
    visits = {
        name: book(clinic, time, date=TODAY, treatment=clinic.consultation, clinician=clinic.ortiz, patient=who)
        for (name, time), who in zip(times.items(), [clinic.ben, clinic.ada, clinic.ben, clinic.ada], strict=True)
    }
    visits["here"] = scheduling.check_in(visits["here"], by=desk(), now=TEN)
    return visits


def delayed(**where):
    return list(Message.objects.filter(kind="delayed", **where).order_by("pk"))


def late(clinic, minutes, *, now=TEN, **options):
    return scheduling.run_late(clinic.ortiz, clinic.house, minutes, by=desk(), now=now, **options)


def test_those_still_to_come_in_three_hours_are_told_after_two_minutes(clinic, day):
    said = late(clinic, 20)

    assert [visit.pk for visit in said.told] == [day["next"].pk, day["noon"].pk]
    assert [row.due_at for row in delayed()] == [TEN + dt.timedelta(minutes=2)] * 2
    assert scheduling.delays_of(clinic.house, TEN.date()) == {clinic.ortiz.pk: 20}


def test_the_visits_keep_their_times_and_revisions(clinic, day):
    late(clinic, 20)
    day["next"].refresh_from_db()

    assert (day["next"].local_start, day["next"].revision) == (at(TODAY, "10:30"), 0)


def test_who_cannot_be_reached_is_named(clinic, day):
    clinic.ada.email = ""
    clinic.ada.save()
    said = late(clinic, 20)

    assert ([visit.pk for visit in said.told], [visit.pk for visit in said.not_told]) == (
        [day["noon"].pk],
        [day["next"].pk],
    )


def test_nobody_is_told_when_the_desk_says_so(clinic, day):
    said = late(clinic, 20, notify=False)

    assert (said.told, delayed()) == ([], [])


def test_a_new_word_takes_back_what_was_not_yet_sent(clinic, day):
    late(clinic, 20)
    late(clinic, 35, now=TEN + dt.timedelta(minutes=1))

    assert [row.state for row in delayed(appointment=day["next"])] == ["void", "due"]
    assert Delay.minutes_of(day["next"]) == 35


def test_on_time_again_withdraws_and_says_nothing(clinic, day):
    late(clinic, 20)
    said = late(clinic, 0, now=TEN + dt.timedelta(minutes=1))

    assert (said.told, said.not_told) == ([], [])
    assert [row.state for row in delayed()] == ["void", "void"]
    assert scheduling.delays_of(clinic.house, TEN.date()) == {}


@pytest.mark.parametrize("minutes", [-1, 241])
def test_minutes_out_of_range_are_refused(clinic, day, minutes):
    with refused(NotAllowed):
        late(clinic, minutes)


def test_the_delay_of_yesterday_is_not_of_today(clinic, day):
    late(clinic, 20, now=TEN - dt.timedelta(days=1))

    assert scheduling.delays_of(clinic.house, TEN.date()) == {}
