"""Somebody at the counter without an appointment gets the next free time of today, and is here."""

import pytest

from bookings import scheduling
from bookings.models import Patient
from bookings.scheduling import NotOffered
from tests.bookings.scheduling.asking import book, desk, messages_of, refused, verbs_of
from tests.cast import NOW, at, open_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
TODAY = "2026-03-02"


@pytest.fixture
def clinic():
    return open_clinic()


def walk_in(clinic, *, now, patient=None, clinician=None, treatment=None):
    who = patient or Patient(first_name="Nobody", last_name="Yet")
    return scheduling.walk_in(
        treatment or clinic.consultation, clinic.house, patient=who, by=desk(), now=now, clinician=clinician
    )


def test_a_walk_in_with_a_name_only_takes_the_next_free_time_and_is_here(clinic):
    visit = walk_in(clinic, now=at(TODAY, "10:07"))

    assert (visit.local_start, visit.status, visit.source) == (at(TODAY, "10:15"), "arrived", "walk_in")
    assert (str(visit.patient), verbs_of(visit), messages_of(visit)) == ("Nobody Yet", ["book", "check_in"], [])


def test_a_walk_in_waits_for_who_was_asked_for(clinic):
    book(clinic, "10:15", treatment=clinic.consultation, clinician=clinic.ortiz, date=TODAY)
    visit = walk_in(clinic, now=at(TODAY, "10:07"), clinician=clinic.ortiz)

    assert visit.local_start == at(TODAY, "10:45")


def test_a_walk_in_when_nothing_is_left_is_refused_and_leaves_no_trace(clinic):
    who = Patient(first_name="Too", last_name="Late")
    with refused(NotOffered):
        walk_in(clinic, now=at(TODAY, "16:40"), patient=who)
    assert who.pk is None


def test_a_known_patient_who_is_elsewhere_then_is_refused(clinic):
    book(clinic, "10:15", date=TODAY)
    with refused(scheduling.NotAllowed):
        walk_in(clinic, now=at(TODAY, "10:07"), patient=clinic.ada)


def test_a_walk_in_by_mistake_is_taken_back_by_one_press(clinic):
    visit = walk_in(clinic, now=at(TODAY, "10:07"))
    undone = scheduling.undo(visit, by=desk(), now=at(TODAY, "10:09"))

    assert (undone.status, undone.cancel_reason, messages_of(undone)) == ("cancelled", "mistake", [])


def test_later_only_the_arrival_of_a_walk_in_is_taken_back(clinic):
    visit = walk_in(clinic, now=at(TODAY, "10:07"))

    assert scheduling.undo(visit, by=desk(), now=at(TODAY, "10:30")).status == "booked"


def test_a_walk_in_of_tomorrow_is_for_tomorrow(clinic):
    assert walk_in(clinic, now=NOW).local_start == at(TODAY, "09:00")
