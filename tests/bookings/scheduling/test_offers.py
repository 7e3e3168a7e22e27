"""A request is answered with another time; the patient says yes, or somebody decides when they say nothing."""

import pytest

from bookings import scheduling
from bookings.scheduling import NotAllowed
from tests.bookings.scheduling.asking import HOUR, PATIENT, book, desk, messages_of, refused, slot, taken_by
from tests.cast import NOW, at, open_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
DAY = "2026-03-04"


@pytest.fixture
def clinic():
    return open_clinic()


@pytest.fixture
def asked(clinic):
    return scheduling.request(slot(clinic), patient=clinic.ada, by=PATIENT, now=NOW, source="web")


def test_an_offer_keeps_the_other_time_and_frees_the_first(clinic, asked):
    offered = scheduling.offer(asked, slot(clinic, "13:00"), by=desk(), now=NOW + HOUR)

    assert (offered.status, offered.offered_at, offered.decide_by) == ("requested", NOW + HOUR, NOW + 25 * HOUR)
    assert taken_by(offered)[0] == ("Tess Lindqvist", "04 13:00", "04 13:45")
    assert messages_of(offered) == ["request void", "offered due"]


def test_the_patient_says_yes_and_is_booked(clinic, asked):
    offered = scheduling.offer(asked, slot(clinic, "13:00"), by=desk(), now=NOW)
    booked = scheduling.accept(offered, by=PATIENT, now=NOW + HOUR)

    assert (booked.status, booked.local_start, booked.offered_at) == ("booked", at(DAY, "13:00"), None)
    assert (booked.confirmed_at, booked.decide_by) == (NOW + HOUR, None)
    assert messages_of(booked)[-2:] == ["approved due", "reminder due"]


def test_nothing_can_be_accepted_that_was_not_offered(asked):
    with refused(NotAllowed):
        scheduling.accept(asked, by=PATIENT, now=NOW)


def test_what_is_offered_is_not_ours_to_approve_on_a_list(clinic, asked):
    offered = scheduling.offer(asked, slot(clinic, "13:00"), by=desk(), now=NOW)

    assert scheduling.allowed(asked) == ["approve", "decline", "cancel"]
    assert scheduling.allowed(offered) == ["decline", "accept", "cancel"]


def test_a_booked_visit_is_moved_and_not_offered(clinic):
    booked = book(clinic)
    with refused(NotAllowed):
        scheduling.offer(booked, slot(clinic, "13:00"), by=desk(), now=NOW)


def test_a_request_moved_after_an_offer_is_offered_no_more(clinic, asked):
    offered = scheduling.offer(asked, slot(clinic, "13:00"), by=desk(), now=NOW)
    moved = scheduling.move(offered, slot(clinic, "14:00"), by=desk(), now=NOW)

    assert (moved.status, moved.offered_at) == ("requested", None)


def test_who_has_confirmed_is_not_asked_again(clinic):
    booked = book(clinic)
    confirmed = scheduling.confirm(booked, by=PATIENT, now=NOW)

    assert [("confirm" in scheduling.allowed(visit)) for visit in (booked, confirmed)] == [True, False]
