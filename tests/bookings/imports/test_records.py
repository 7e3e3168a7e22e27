"""What an export holds beside the four lists that come in again: every table, or a reason why not."""

import datetime as dt
import json
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command

from bookings import exports
from bookings.models import (
    AccessEntry,
    CallbackRequest,
    DeskNote,
    NextStep,
    PreparationDone,
    ReadinessAnswer,
    ReminderStep,
    TextReply,
    TimeRequest,
)
from tests import cast, factories
from tests.bookings.visits import book
from treatments.models import PreparationStep

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    return cast.open_clinic()


# Tables that are in no list of their own, each with the reason.
LEFT_OUT = {
    "Occupancy": "the rooms and times of the appointments' list",
    "Hold": "minutes long",
    "ManageLink": "a secret",
    "CalendarFeed": "a secret",
    "RateCount": "counts of the last hour",
    "UrgentStop": "a count",
    "Tick": "the clock's own",
    "Messenger": "the switch of this installation",
    "ImportMapping": "how files of another system were read",
    "ImportedRow": "what was read of another system",
    "ParkedBooking": "a form half filled",
    "LastLook": "what a screen has shown",
    "Delay": "half an hour of one day",
    "WorkDone": "a tick on a list",
    "ColleagueLook": "a permission for a quarter of an hour; what was read is in `access`",
    "PossibleMatch": "a question whose answer is `merged_into`",
    "SessionLimit": "a column of `hours`",
}


def rows_of(name, folder):
    call_command("export_clinic", str(folder), stdout=StringIO())
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def test_every_table_of_the_diary_is_in_a_list_or_left_out_for_a_reason():
    listed = {listed.rows().model for lists in exports.LISTS.values() for listed in lists}
    tables = [model for model in apps.get_app_config("bookings").get_models() if "Historical" not in model.__name__]
    assert sorted(model.__name__ for model in tables if model not in listed) == sorted(LEFT_OUT)


def test_what_was_asked_done_and_wanted_about_a_visit_comes_out(clinic, tmp_path):
    visit, user = book(clinic), factories.UserFactory(name="Dana Desk")
    ReadinessAnswer.objects.create(
        appointment=visit, question="driver", answer="answer", words="Her son", at=cast.NOW, user=user
    )
    step = PreparationStep.objects.create(treatment=clinic.consultation, days_before=1, text="Bring your list.")
    PreparationDone.objects.create(appointment=visit, step=step, at=cast.NOW)
    follow_up = {"kind": "follow_up", "treatment": clinic.consultation, "weeks": 6, "due_on": dt.date(2026, 4, 13)}
    NextStep.objects.create(appointment=visit, created_at=cast.NOW, user=user, **follow_up)
    DeskNote.objects.create(
        clinician=clinic.ortiz,
        appointment=visit,
        words="Room 2, please.",
        created_at=cast.NOW,
        user=user,
        form_token="a",
    )
    read = {name: rows_of(name, tmp_path) for name in ("readiness", "preparation_done", "next_visits", "desk_notes")}
    by = {"member_of_staff": "Dana Desk"}
    about = {"appointment_id": visit.pk}
    assert read == {
        "readiness": [about | {"question": "driver", "answer": "answer", "words": "Her son", "at": _at()} | by],
        "preparation_done": [about | {"step": "Bring your list.", "at": _at(), "member_of_staff": ""}],
        "next_visits": [
            about
            | {"kind": "follow_up", "treatment": "consultation", "weeks": 6, "wanted_around": "2026-04-13", "asked_at": _at()}
            | by
            | {"withdrawn_at": ""}
        ],
        "desk_notes": [about | {"clinician": "amara-ortiz", "words": "Room 2, please.", "at": _at()} | by],
    }  # fmt: skip


def test_who_asked_wrote_and_read_comes_out(clinic, tmp_path):
    user = factories.UserFactory(name="Dana Desk", email="desk@example.com")
    CallbackRequest.objects.create(name="Cal", phone="+12125550150", best_time="morning", created_at=cast.NOW)
    TextReply.objects.create(provider_id="SM1", at=cast.NOW, patient=clinic.ada, phone="+12125550142", words="Hm?")
    AccessEntry.objects.create(user=user, at=cast.NOW, view="visit", patients=[clinic.ada.pk])
    TimeRequest.objects.create(
        clinician=clinic.ortiz, kind="leave", start=cast.NOW, end=cast.NOW + dt.timedelta(days=1), note="School",
        asked_at=cast.NOW, asked_by=user, form_token="b",
    )  # fmt: skip
    read = {name: rows_of(name, tmp_path) for name in ("callbacks", "text_replies", "access", "time_requests", "staff")}
    assert [len(rows) for rows in read.values()] == [1, 1, 1, 1, 1]
    assert [read["callbacks"][0][name] for name in ("name", "phone", "location", "done_at")] == [
        *("Cal", "+12125550150", "", "")
    ]
    assert [read["text_replies"][0][name] for name in ("patient_id", "words")] == [clinic.ada.pk, "Hm?"]
    assert read["access"] == [
        {"at": _at(), "member_of_staff": "Dana Desk", "page": "visit", "patients": [clinic.ada.pk], "allowed": True}
    ]
    assert [read["time_requests"][0][name] for name in ("clinician", "start", "date")] == ["amara-ortiz", _at(), ""]
    assert read["staff"] == [{"name": "Dana Desk", "email": "desk@example.com", "active": True}]


def test_each_state_of_a_patients_entry_comes_out(clinic, tmp_path):
    clinic.ada.alert = "Hard of hearing."
    clinic.ada.save()
    states = [row for row in rows_of("patient_changes", tmp_path) if row["patient_id"] == clinic.ada.pk]
    assert [(row["what"], row["alert"]) for row in states] == [("+", ""), ("~", "Hard of hearing.")]


def test_the_plan_of_what_is_offered_comes_out(clinic, tmp_path):
    steps = list(ReminderStep.objects.order_by("pk").values_list("days_before", "way", "active"))
    needs = rows_of("needs", tmp_path)
    assert [
        tuple(row[name] for name in ("days_before", "way", "active")) for row in rows_of("reminder_steps", tmp_path)
    ] == steps
    assert {row["treatment"] for row in needs} >= {clinic.injection.slug}


def _at():
    return cast.NOW.astimezone(dt.UTC).isoformat(timespec="seconds")
