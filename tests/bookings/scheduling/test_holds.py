"""A time kept while somebody fills in a form."""

import datetime as dt

import pytest

from bookings import scheduling
from bookings.models import Hold, Occupancy
from bookings.scheduling import NotAllowed, NotOffered, Taken, TooMany
from tests.bookings.scheduling.asking import book, refused, slot, taken_by
from tests.cast import NOW, at, open_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.engine]

SECOND = dt.timedelta(seconds=1)
TEN_MINUTES = dt.timedelta(minutes=10)


@pytest.fixture
def clinic():
    return open_clinic()


def hold(clinic, time="09:00", session_key="mine", now=NOW, **options):
    return scheduling.hold(slot(clinic, time), session_key=session_key, now=now, **options)


def test_a_hold_keeps_the_time_for_ten_minutes(clinic):
    held = hold(clinic)

    assert (held.clinician, held.expires_at, held.extended) == (clinic.lindqvist, NOW + TEN_MINUTES, False)
    assert taken_by(hold=held) == [("Tess Lindqvist", "04 09:00", "04 09:45"), ("Gym", "04 09:00", "04 09:45")]
    with refused(Taken):
        book(clinic, now=NOW + TEN_MINUTES - SECOND)


def test_a_hold_is_over_at_its_last_second(clinic):
    hold(clinic)

    assert book(clinic, now=NOW + TEN_MINUTES).status == "booked"
    assert Hold.objects.count() == 0


def test_a_session_has_one_hold_and_the_new_one_takes_its_place(clinic):
    hold(clinic)
    hold(clinic, "11:00")

    assert Hold.objects.get().start == slot(clinic, "11:00").start
    assert book(clinic).status == "booked"


def test_when_the_new_hold_is_refused_the_old_one_stays(clinic):
    hold(clinic)
    book(clinic, "11:00")

    with refused(Taken):
        hold(clinic, "11:00")


def test_a_session_may_hold_its_own_time_again(clinic):
    first = hold(clinic)
    again = hold(clinic, now=NOW + TEN_MINUTES / 2)

    assert Hold.objects.get() == again != first
    assert again.expires_at == NOW + 1.5 * TEN_MINUTES


def test_the_hold_is_used_up_by_the_booking(clinic):
    hold(clinic)
    made = book(clinic, session_key="mine")

    assert (Hold.objects.count(), Occupancy.objects.count(), len(taken_by(made))) == (0, 2, 2)


def test_a_lapsed_hold_still_books_while_the_time_is_free(clinic):
    hold(clinic)

    assert book(clinic, session_key="mine", now=NOW + 3 * TEN_MINUTES).status == "booked"


def test_a_kept_time_stays_in_notice_while_it_is_kept(clinic):
    """The visit is in two hours and a minute when it is held, and the notice is two hours."""
    early = at("2026-03-04", "06:59")
    hold(clinic, now=early)
    later = early + TEN_MINUTES / 2

    with refused(NotOffered):
        book(clinic, "09:00", patient=clinic.ben, treatment=clinic.consultation, now=later)
    assert book(clinic, session_key="mine", now=later).status == "booked"


def test_a_lapsed_hold_does_not_book_what_somebody_else_took(clinic):
    hold(clinic)
    book(clinic, now=NOW + TEN_MINUTES)

    with refused(Taken):
        book(clinic, session_key="mine", patient=clinic.ben, now=NOW + 2 * TEN_MINUTES)


def test_a_refused_booking_keeps_the_session_s_hold(clinic):
    hold(clinic)
    book(clinic, "11:00")

    with refused(Taken):
        book(clinic, "11:00", patient=clinic.ben, session_key="mine")


def test_a_hold_is_extended_once(clinic):
    later = NOW + TEN_MINUTES / 2
    held = scheduling.extend(hold(clinic), now=later)

    assert (held.expires_at, held.extended) == (later + TEN_MINUTES, True)
    with refused(NotAllowed):
        scheduling.extend(held, now=later)


def test_a_hold_that_is_over_is_not_extended(clinic):
    held = hold(clinic)

    with refused(NotAllowed):
        scheduling.extend(held, now=NOW + TEN_MINUTES)


def test_a_released_time_is_free_at_once(clinic):
    hold(clinic)
    hold(clinic, "11:00", session_key="theirs")
    scheduling.release("mine", now=NOW)

    assert list(Hold.objects.values_list("session_key", flat=True)) == ["theirs"]
    assert book(clinic).status == "booked"


def test_one_address_holds_so_many_times_and_no_more(clinic, settings):
    settings.CLINIC_HOLDS_PER_ADDRESS = 2
    hold(clinic, "09:00", "one", address_hash="a")
    hold(clinic, "10:00", "two", address_hash="a")

    with refused(TooMany):
        hold(clinic, "11:00", "three", address_hash="a")
    # The own hold of before does not count, nor do those that are over, nor other addresses.
    assert hold(clinic, "11:00", "two", address_hash="a").address_hash == "a"
    assert hold(clinic, "12:00", "four", address_hash="b").address_hash == "b"
    assert hold(clinic, "13:00", "five", address_hash="a", now=NOW + TEN_MINUTES).address_hash == "a"


@pytest.mark.parametrize("time", ["03:00", "09:07", "16:30"])
def test_a_time_we_do_not_offer_is_not_held(clinic, time):
    with refused(NotOffered):
        hold(clinic, time)
