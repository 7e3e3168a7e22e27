"""May this treatment be booked: one answer, with reasons."""

import datetime as dt

import pytest

from bookings import eligibility
from bookings.models import Patient
from tests import factories
from tests.cast import NOW, at, open_clinic

ADULT = Patient(first_name="Ada", date_of_birth=dt.date(1980, 5, 17))
CHILD = Patient(first_name="Kit", date_of_birth=dt.date(2015, 5, 17))
NAMELESS = Patient(first_name="No birth date")


def outcome(patient=ADULT, now=NOW, by_staff=False, **fields):
    treatment = factories.TreatmentFactory.build(**fields)
    return eligibility.answer(treatment, patient=patient, now=now, by_staff=by_staff)


@pytest.mark.parametrize(
    ("policy", "patient", "expected"),
    [
        ("open", ADULT, "book"),
        ("open", NAMELESS, "book"),
        ("open", None, "book"),
        ("open", CHILD, "request"),
        ("request", ADULT, "request"),
        ("request", CHILD, "request"),
        ("consultation", ADULT, "consultation"),
        ("consultation", CHILD, "consultation"),
    ],
)
def test_policy_and_age_decide_for_patients(policy, patient, expected):
    assert outcome(patient, policy=policy).outcome == expected


@pytest.mark.parametrize("policy", ["open", "request", "consultation"])
@pytest.mark.parametrize("patient", [ADULT, CHILD])
def test_staff_book_everything_that_is_offered(policy, patient):
    assert outcome(patient, policy=policy, by_staff=True).outcome == "book"


@pytest.mark.parametrize("by_staff", [True, False])
def test_what_is_not_offered_any_more_is_refused_to_everybody(by_staff):
    answer = outcome(active=False, by_staff=by_staff)

    assert (answer.outcome, answer.allowed, len(answer.reasons)) == ("refuse", False, 1)


@pytest.mark.parametrize(
    ("policy", "patient", "allowed"), [("open", ADULT, True), ("request", CHILD, True), ("consultation", ADULT, False)]
)
def test_what_is_not_simply_booked_has_a_reason(policy, patient, allowed):
    answer = outcome(patient, policy=policy)

    assert answer.allowed is allowed
    assert bool(answer.reasons) is (answer.outcome != "book")


def test_the_day_one_comes_of_age_is_the_clinic_s_and_not_london_s():
    soon_adult = Patient(first_name="Max", date_of_birth=dt.date(2008, 3, 3))
    evening_before = at("2026-03-02", "20:00").astimezone(dt.UTC)  # already 3 March in UTC

    assert outcome(soon_adult, now=evening_before).outcome == "request"
    assert outcome(soon_adult, now=at("2026-03-03", "00:00")).outcome == "book"


@pytest.mark.parametrize(
    ("born", "today", "age"),
    [
        ("2008-03-02", "2026-03-01", 17),
        ("2008-03-02", "2026-03-02", 18),
        ("2008-02-29", "2026-02-28", 17),
        ("2008-02-29", "2026-03-01", 18),
        ("2008-02-29", "2028-02-29", 20),
        ("2026-03-02", "2026-03-02", 0),
    ],
)
def test_age_in_full_years(born, today, age):
    assert eligibility.age_on(dt.date.fromisoformat(born), dt.date.fromisoformat(today)) == age


@pytest.mark.django_db
def test_the_consultation_stands_in_for_what_begins_with_one():
    clinic = open_clinic()
    clinic.injection.policy = "consultation"

    assert eligibility.bookable_instead(clinic.injection) == clinic.consultation
    assert eligibility.bookable_instead(clinic.therapy) == clinic.therapy


@pytest.mark.django_db
def test_without_an_active_consultation_the_treatment_stands_for_itself():
    clinic = open_clinic()
    clinic.injection.policy = "consultation"
    clinic.consultation.active = False
    clinic.consultation.save()

    assert eligibility.bookable_instead(clinic.injection) == clinic.injection
