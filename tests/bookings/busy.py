"""A clinician's fullest day, written directly: thirty visits, and behind each patient as many as one likes."""

import datetime as dt

from bookings.models import Appointment, Patient, ReadinessAnswer
from bookings.models.appointments import Status
from bookings.readiness import questions_of
from tests import factories
from tests.cast import NOW, at

VISITS = 30
EVERY = dt.timedelta(minutes=16)
OPENS = at("2026-03-02", "09:00")
# In order of the day: one is over, one is being seen, one waits; all others are to come.
STATUSES = [Status.DONE, Status.WITH_CLINICIAN, Status.ARRIVED]


def busy_day(clinic, *, past):
    """Write Dr. Ortiz's Monday full, every visit a procedure under X-ray; return its visits in order."""
    clinic.injection.uses_xray = True
    clinic.injection.save()
    region = factories.BodyRegionFactory(slug="low-back", name="Low back")
    people = [_person(number) for number in range(VISITS)]
    visits = [_visit(clinic, person, region, number) for number, person in enumerate(people)]
    Appointment.objects.bulk_create(visits)
    Appointment.objects.bulk_create(before(clinic, person, region, n) for person in people for n in range(past))
    answer_all(visits[::2])
    return visits


def _person(number: int) -> Patient:
    fields = {"first_name": f"Bartholomew{number}", "last_name": "Featherstone-Okonkwo"}
    return factories.PatientFactory(**fields, alert="Faints at needles: lie down first." if number % 3 else "")


def _visit(clinic, person: Patient, region, number: int) -> Appointment:
    start = OPENS + number * EVERY
    status = STATUSES[number] if number < len(STATUSES) else Status.BOOKED
    reason = "It burns down the left leg as soon as I sit for longer than ten minutes, and at night."
    return Appointment(
        patient=person, treatment=clinic.injection, clinician=clinic.ortiz, location=clinic.house, start=start,
        end=start + EVERY, arrive_at=start, status=status, status_at=start, created_at=NOW, reason=reason,
        region=region, side=Appointment.Side.LEFT,
    )  # fmt: skip


def before(clinic, person: Patient, region, number: int) -> Appointment:
    """Return a visit of so many weeks before, unsaved: done, with another clinician."""
    start = OPENS - dt.timedelta(days=7 * (number + 1))
    return Appointment(
        patient=person, treatment=clinic.injection, clinician=clinic.sato, location=clinic.house, start=start,
        end=start + EVERY, arrive_at=start, status=Status.DONE, status_at=start, created_at=start, region=region,
        side=Appointment.Side.values[number % 4], outcome="Half the pain it was.\nWalks twenty minutes again.",
    )  # fmt: skip


def answer_all(visits) -> None:
    """Write the gravest answer to every question of these visits."""
    user = factories.UserFactory()
    ReadinessAnswer.objects.bulk_create(
        ReadinessAnswer(appointment=visit, question=question.name, answer=_gravest(question), at=NOW, user=user)
        for visit in visits
        for question in questions_of(visit)
    )


def _gravest(question) -> str:
    return next((slug for slug, _label, matters in question.choices[1:] if matters), question.choices[0][0])
