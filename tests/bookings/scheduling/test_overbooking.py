"""Overbooking on purpose: by whom, where, and that the time is not sold a third time."""

import pytest
from django.contrib.auth.models import Permission

from bookings import availability, scheduling
from bookings.models import Occupancy
from bookings.scheduling import By, NotAllowed, NotOffered, Taken
from tests import factories
from tests.bookings.scheduling.asking import DAY, PATIENT, SYSTEM, book, desk, refused, slot, taken_by
from tests.cast import NOW, at, open_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.engine]


@pytest.fixture
def clinic():
    return open_clinic()


def overbook(clinic, patient, time="09:00", by=None, reason="In great pain", treatment=None, now=NOW, anybody=False):
    asked = slot(clinic, time, treatment or clinic.consultation, None if anybody else clinic.ortiz)
    return scheduling.overbook(asked, patient=patient, overbook_reason=reason, by=by or desk(), now=now, source="phone")


def taken_with_ortiz(clinic):
    return book(clinic, patient=clinic.ada, treatment=clinic.consultation, clinician=clinic.ortiz)


def test_a_second_patient_is_written_beside_the_first(clinic):
    taken_with_ortiz(clinic)
    extra = overbook(clinic, clinic.ben)

    assert taken_by(extra) == [("Amara Ortiz", "04 09:00", "04 09:30"), ("Room 2", "04 09:00", "04 09:30")]
    assert list(Occupancy.objects.filter(overbooked=True).values_list("appointment", "resource")) == [
        (extra.pk, clinic.ortiz.resource.pk)
    ]
    assert extra.events.get().detail == {"overbooked": "In great pain"}


def test_a_room_is_never_overbooked(clinic):
    taken_with_ortiz(clinic)
    book(clinic, patient=factories.PatientFactory(), treatment=clinic.consultation, clinician=clinic.sato)

    with refused(Taken):
        overbook(clinic, clinic.ben)


def test_the_time_is_not_sold_again_when_the_first_visit_is_cancelled(clinic):
    first = taken_with_ortiz(clinic)
    overbook(clinic, clinic.ben)
    scheduling.cancel(first, by=SYSTEM, now=NOW, reason="other")

    with refused(Taken):
        book(clinic, patient=clinic.ada, treatment=clinic.consultation, clinician=clinic.ortiz)
    days = availability.free_times(
        clinic.consultation, first=at(DAY, "00:00").date(), days=1, now=NOW, clinician=clinic.ortiz
    )
    assert next(days).times[0].local_start == at(DAY, "09:30")


def test_a_clinician_may_be_overbooked_outside_their_hours(clinic):
    assert overbook(clinic, clinic.ben, "18:00").start == at(DAY, "18:00")


def test_overbooking_takes_the_permission(clinic):
    user = factories.UserFactory()
    with refused(NotAllowed):
        overbook(clinic, clinic.ben, by=By.staff(user))

    user.user_permissions.add(Permission.objects.get(codename="overbook_appointment"))
    fresh = type(user).objects.get(pk=user.pk)
    assert overbook(clinic, clinic.ben, by=By.staff(fresh)).status == "booked"


def test_a_patient_never_overbooks(clinic):
    with refused(NotAllowed):
        overbook(clinic, clinic.ben, by=PATIENT)


@pytest.mark.parametrize("reason", ["", "  "])
def test_overbooking_takes_a_reason(clinic, reason):
    by = desk()

    with refused(NotAllowed):
        overbook(clinic, clinic.ben, by=by, reason=reason)


def test_overbooking_names_the_clinician(clinic):
    by = desk()

    with refused(NotAllowed):
        overbook(clinic, clinic.ben, by=by, anybody=True)


def test_the_clinician_must_offer_the_treatment(clinic):
    by = desk()

    with refused(NotOffered):
        overbook(clinic, clinic.ben, by=by, treatment=clinic.therapy)


def test_yesterday_is_not_overbooked(clinic):
    by = desk()

    with refused(NotOffered):
        overbook(clinic, clinic.ben, by=by, now=at("2026-03-05", "09:00"))


def test_a_patient_is_not_overbooked_against_themselves(clinic):
    taken_with_ortiz(clinic)
    by = desk()

    with refused(NotAllowed):
        overbook(clinic, clinic.ada, by=by)
