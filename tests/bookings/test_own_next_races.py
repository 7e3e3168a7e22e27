"""The next visit booked from the invitation while somebody else books it, too: by real processes, it is booked once."""

import datetime as dt

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from bookings import links
from bookings.findings import findings
from bookings.models import NextStep
from tests import cast, factories
from tests.bookings.scheduling.asking import messages_of
from tests.bookings.visits import seen_last_week, wednesday
from tests.cast import at
from tests.processes import run_together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine, pytest.mark.usefixtures("collected_static")]
BACK = 302


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def seen(clinic):
    """Ada's physical therapy of last week, which one clinician in one room gives; wanted again in three weeks."""
    return seen_last_week(clinic, clinic.therapy, kind="therapy", weeks=3)


@pytest.fixture(autouse=True)
def _adds_up_afterwards(seen):
    yield
    assert [str(finding) for finding in findings(now=timezone.now())] == []


def tab(visit):
    """Open the link in a browser of its own and return its session."""
    browser = Client(headers={"host": "localhost"})
    browser.get(f"/appointments/{links.mint(visit, now=timezone.now())}/")
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def press(session, time="10:00", token="a-token"):
    start = at(wednesday(2), time).astimezone(dt.UTC)
    slot = f"{start:%Y-%m-%dT%H:%M:%SZ}//harbor-street"
    return ("press", {"session": session, "path": "next", "slot": slot, "token": token})


def desk(clinic, patient, time="10:00", **more):
    slot = {"start": at(wednesday(2), time).isoformat(), "treatment": clinic.therapy.pk, "location": clinic.house.pk}
    return ("desk_books", {"slot": slot | {"clinician": None}, "patient": patient.pk, **more})


def race(*entries):
    return run_together("tests.bookings.own_racers:one_of", [{"do": do, **options} for do, options in entries])


def booked(clinic):
    return list(clinic.ada.appointments.keeping_time().filter(start__gt=timezone.now()))


def test_a_double_press_books_once_and_both_lead_to_the_page(clinic, seen):
    session = tab(seen)
    assert race(*[press(session)] * 4) == [BACK] * 4
    (visit,) = booked(clinic)
    assert [row for row in messages_of(visit) if not row.startswith("reminder")] == ["confirmation due"]
    browser = Client(headers={"host": "localhost"})
    browser.cookies[settings.SESSION_COOKIE_NAME] = session
    assert browser.get("/appointments/").context["appointment"] == visit


def test_two_tabs_with_two_times_book_one(clinic, seen):
    answers = race(press(tab(seen), "10:00", "one"), press(tab(seen), "14:00", "other"))
    assert (answers, len(booked(clinic))) == ([BACK, BACK], 1)


@pytest.mark.parametrize("time", ["10:00", "14:00"])
def test_the_patient_and_the_desk_book_it_at_once_and_one_of_them_is_told(clinic, seen, time):
    step = NextStep.objects.get()
    page, answer = race(press(tab(seen)), desk(clinic, clinic.ada, time, wish=step.pk))
    (visit,) = booked(clinic)
    # Whoever of them is second finds it booked, at whatever time.
    assert (page, answer, visit.source) in [(BACK, "NextBooked", "web"), (BACK, "done", "phone")]
    assert NextStep.objects.open().count() == 0


def test_somebody_else_takes_the_time_first_and_the_wish_stays(clinic, seen):
    page, answer = race(press(tab(seen)), desk(clinic, factories.PatientFactory()))
    assert (page, answer, len(booked(clinic))) in [(BACK, "Taken", 1), (200, "done", 0)]
    assert NextStep.objects.open().count() == 1 - len(booked(clinic))


def test_an_end_taken_back_against_the_patient_who_books_is_one_after_the_other(clinic, seen):
    page, answer = race(press(tab(seen)), ("end_is_taken_back", {"appointment": seen.pk}))
    assert (page, answer, len(booked(clinic))) in [(BACK, "NotAllowed", 1), (BACK, "done", 0), (BACK, "done", 1)]
