"""A patient's own data to take along: all of it, theirs alone, by a press of a button behind the date of birth."""

import datetime as dt
import json

import pytest
import time_machine

from bookings import contacts, preparation, readiness, scheduling
from bookings.models import DeskNote, Message, NextStep, Patient, TextReply
from clinic import roles
from tests import cast, factories
from tests.bookings.own_pages import open_link, open_verified, words
from tests.bookings.visits import book
from tests.desk import member
from treatments.models import PreparationStep

pytestmark = pytest.mark.django_db
PAGE = "/appointments/data/"
LATER = cast.NOW + dt.timedelta(hours=1)
STAFF = scheduling.By.system()


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def clinic(db):
    return cast.open_clinic()


@pytest.fixture
def visit(clinic):
    return book(clinic)


@pytest.fixture
def opened(visit):
    return open_verified(visit, now=LATER)


def download(browser):
    return json.loads(browser.post(PAGE).content)


# --- The press ------------------------------------------------------------------------------------------------------


def test_the_file_has_a_neutral_name_and_is_kept_by_nobody(opened):
    answer = opened.post(PAGE)
    assert (answer["Content-Type"], answer["Content-Disposition"]) == (
        *("application/json", 'attachment; filename="my-data.json"'),
    )
    assert answer["Cache-Control"] == "no-store, private"


def test_looking_at_the_page_gives_no_data(opened):
    page = words(opened.get(PAGE))
    assert [secret for secret in ("Vale", "ada@example.com", "1980") if secret in page] == []


def test_without_the_date_of_birth_there_is_no_file(visit):
    browser = open_link(visit, now=LATER)
    assert [(browser.post(PAGE).status_code, browser.get(PAGE).status_code)] == [(302, 302)]


def test_another_site_cannot_press_the_button(visit):
    assert open_verified(visit, now=LATER, enforce_csrf_checks=True).post(PAGE).status_code == 403


# --- What is in it --------------------------------------------------------------------------------------------------


def test_who_they_are_how_they_are_reached_and_what_they_agreed_to(clinic, opened):
    told = {"phone": "+12125550123", "access_needs": "A ramp", "alert": "Prefers the left arm", "coverage": "medicare"}
    Patient.objects.filter(pk=clinic.ada.pk).update(**told)
    contacts.change(clinic.ada, now=LATER, texts=True, reminders=False)
    assert download(opened)["patient"] == {
        "first_name": "Ada",
        "last_name": "Vale",
        "birth_date": "1980-05-17",
        "email": "ada@example.com",
        "phone": "+12125550123",
        "language": "en",
        "access_needs": "A ramp",
        "coverage": "Medicare",
        "alert_for_staff": "Prefers the left arm",
        "known_since": "2026-01-05T07:00:00-05:00",
        "messages_by": "both",
        "consents": {
            "text_messages_agreed_at": "2026-03-02T09:00:00-05:00",
            "text_messages_stopped_at": None,
            "reminders_by_email_off_at": "2026-03-02T09:00:00-05:00",
            "privacy_notice_accepted_at": None,
        },
        "email_refused_at": None,
    }


def test_a_visit_with_what_was_done_to_prepare(clinic, opened, visit):
    steps = [
        PreparationStep.objects.create(treatment=clinic.consultation, days_before=days, text=text)
        for days, text in [(2, "Find a driver."), (1, "Write down your questions."), (0, "Bring your list.")]
    ]
    preparation.tick(visit, steps[0].pk, done=True, now=LATER)
    preparation.tick(visit, steps[1].pk, done=True, user=member(roles.FRONT_DESK, name="Rosa Lind"), now=LATER)
    [found] = download(opened)["visits"]
    assert found.pop("preparation") == [
        {"what": "Find a driver.", "due": "2026-03-02", "done_at": "2026-03-02T09:00:00-05:00", "done_by": "patient"},
        {
            "what": "Write down your questions.",
            "due": "2026-03-03",
            "done_at": "2026-03-02T09:00:00-05:00",
            "done_by": "clinic",
        },
        {"what": "Bring your list.", "due": "2026-03-04", "done_at": None, "done_by": None},
    ]
    assert found == {
        "reference": visit.reference,
        "status": "booked",
        "start": "2026-03-04T10:00:00-05:00",
        "end": "2026-03-04T10:30:00-05:00",
        "arrive_at": "2026-03-04T09:50:00-05:00",
        "treatment": "Consultation",
        "treatment_wanted": None,
        "clinician": str(visit.clinician),
        "place": {
            "name": "Harbor Street",
            "address": "1 Harbor Street, Riverbend, NY 10001",
            "phone": "+12125550100",
        },
        "region": None,
        "side": "",
        "reason": "",
        "booked_at": "2026-03-02T08:00:00-05:00",
        "booked_by": "web",
        "confirmed_at": None,
        "cancel_reason": "",
        "outcome": "",
        "answers": [],
        "what_next": [],
        "lines_to_the_desk": [],
    }


def test_what_was_asked_said_and_wanted_about_a_visit(clinic, opened, visit):
    staff = member(roles.FRONT_DESK, name="Rosa Lind")
    readiness.answer(visit, "blood-thinner", "warfarin", words="since 2004", user=staff, now=LATER)
    said = {"clinician": visit.clinician, "words": "Please call the lab.", "created_at": LATER, "user": staff}
    DeskNote.objects.create(appointment=visit, form_token="a-note", **said)
    wanted = {"weeks": 6, "due_on": dt.date(2026, 4, 15), "created_at": LATER, "user": staff}
    NextStep.objects.create(appointment=visit, kind="follow_up", treatment=clinic.consultation, **wanted)
    [found] = download(opened)["visits"]
    at = "2026-03-02T09:00:00-05:00"
    assert found["answers"] == [
        {"asked": "Do you take a blood thinner?", "answer": "warfarin", "words": "since 2004", "at": at}
    ]
    assert found["lines_to_the_desk"] == [{"said_at": at, "words": "Please call the lab."}]
    assert found["what_next"] == [
        {
            "what": "follow_up",
            "treatment": "Consultation",
            "around": "2026-04-15",
            "said_at": at,
            "taken_back_at": None,
        }
    ]
    assert "Rosa Lind" not in opened.post(PAGE).content.decode()


def test_messages_with_kind_channel_moment_and_state(opened, visit):
    Message.objects.filter(kind="confirmation").update(state="sent", sent_at=LATER)
    told = [(each["kind"], each["channel"], each["state"], each["sent_at"]) for each in download(opened)["messages"]]
    assert told == [
        ("confirmation", "email", "sent", "2026-03-02T09:00:00-05:00"),
        ("reminder", "email", "due", None),
    ]


def test_what_they_wrote_back_by_text(clinic, opened, visit):
    TextReply.objects.create(provider_id="x1", at=LATER, meaning="other", patient=clinic.ada, words="Which door?")
    assert download(opened)["text_replies"] == [
        {"at": "2026-03-02T09:00:00-05:00", "meaning": "other", "words": "Which door?"}
    ]


def test_a_second_entry_that_was_merged_is_theirs_too(clinic, opened):
    twin = factories.PatientFactory(first_name="Ada", last_name="Vale-Smith", email="smith@example.com")
    moved = book(clinic, twin, time="14:00")
    scheduling.merge(twin, clinic.ada, by=STAFF, now=LATER)
    found = download(opened)
    assert [entry["last_name"] for entry in found["second_entries"]] == ["Vale-Smith"]
    assert moved.reference in [each["reference"] for each in found["visits"]]


def test_visits_over_and_canceled_are_in_it(clinic, opened, visit):
    scheduling.cancel(visit, by=STAFF, now=LATER, reason="other")
    book(clinic, time="11:00")
    assert [each["status"] for each in download(opened)["visits"]] == ["cancelled", "booked"]


def test_nothing_of_anybody_else_is_in_it(clinic, opened):
    theirs = book(clinic, clinic.ben, time="11:00")
    TextReply.objects.create(provider_id="x1", at=LATER, meaning="other", patient=clinic.ben, words="Mine")
    text = opened.post(PAGE).content.decode()
    secrets = ["Okafor", "ben@example.com", theirs.reference, "Mine"]
    assert [secret for secret in secrets if secret in text] == []


def test_names_travel_as_they_are_written(clinic, opened):
    Patient.objects.filter(pk=clinic.ada.pk).update(first_name="Zoë 🌻", last_name="O'Brien-Núñez")
    assert '"Zoë 🌻"' in opened.post(PAGE).content.decode()


def test_ten_visits_take_the_statements_of_one(clinic, opened, django_assert_num_queries):
    for hours in (["10:30", "11:00"], ["13:00", "13:30", "14:00"]):
        with django_assert_num_queries(12):
            opened.post(PAGE)
        for hour in hours:
            book(clinic, time=hour)
