"""A new entry that looks like somebody known is a question for the desk, never an answer."""

import datetime as dt

import pytest

from bookings.matching import MOST_MATCHES, note_possible_matches
from bookings.models import PossibleMatch
from tests.cast import NOW
from tests.factories import PatientFactory

pytestmark = pytest.mark.django_db

BORN = dt.date(1975, 2, 3)
KNOWN = {
    "first_name": "Ada",
    "last_name": "Vale",
    "date_of_birth": BORN,
    "email": "ada@example.com",
    "phone": "+12125550101",
}


@pytest.fixture
def known():
    return PatientFactory(**KNOWN)


def noted(**details):
    nobody = {"first_name": "Zoe", "last_name": "", "date_of_birth": None, "email": "", "phone": ""}
    new = PatientFactory(**nobody | details)
    note_possible_matches(new, now=NOW)
    return list(PossibleMatch.objects.filter(patient=new).values_list("known", "reason", "created_at"))


@pytest.mark.parametrize(
    ("details", "reason"),
    [
        ({"email": "ADA@Example.com"}, "email"),
        ({"phone": "+12125550101"}, "phone"),
        ({"last_name": "vale", "date_of_birth": BORN}, "date of birth, last name"),
        (KNOWN | {"first_name": "Addie"}, "date of birth, last name, email, phone"),
        ({"last_name": "Vale", "email": "ada@example.com"}, "last name, email"),
    ],
)
def test_what_is_shared_is_named_and_never_repeated(known, details, reason):
    assert noted(**details) == [(known.pk, reason, NOW)]


@pytest.mark.parametrize(
    "details",
    [
        {},
        {"last_name": "Vale"},
        {"date_of_birth": BORN},
        {"first_name": "Ada"},
        {"last_name": "Vale", "date_of_birth": dt.date(1975, 2, 4)},
        {"email": "ben@example.com", "phone": "+12125550102"},
    ],
)
def test_too_little_in_common_is_nothing(known, details):
    assert noted(**details) == []


def test_empty_details_are_not_shared():
    PatientFactory(email="", phone="", last_name="", date_of_birth=None)

    assert noted() == []


def test_there_are_never_too_many():
    for _number in range(MOST_MATCHES + 2):
        PatientFactory(email="family@example.com")

    assert len(noted(email="family@example.com")) == MOST_MATCHES


def test_both_entries_stay_as_they_are(known):
    noted(email="ada@example.com", first_name="Addie")

    known.refresh_from_db()
    assert known.first_name == "Ada"
