"""The lists that are a table as it stands: for each column where its value is found, and what it is."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from phonenumber_field.phonenumber import PhoneNumber

from bookings.models import (
    AccessEntry,
    CallbackRequest,
    DeskNote,
    NextStep,
    Patient,
    PreparationDone,
    ReadinessAnswer,
    ReminderStep,
    TextReply,
    TimeRequest,
)
from treatments.models import Need, PreparationStep


class Record(NamedTuple):
    """One list: its rows, and by column the path of its value (`__` follows a relation) and what it is."""

    rows: Callable[[], QuerySet]
    columns: dict[str, tuple[str, str]]

    def cells(self, rows: list) -> Iterator[dict[str, Any]]:
        """Return the rows as cells by column; where a relation leads nowhere the cell is empty."""
        for row in rows:
            yield {column: _as_cell(_follow(row, path)) for column, (path, _words) in self.columns.items()}

    def related(self) -> QuerySet:
        """Return the rows with what the columns need of other tables."""
        paths = {path.rpartition("__")[0] for path, _words in self.columns.values() if "__" in path}
        return self.rows().select_related(*paths) if paths else self.rows()


def _follow(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name, None)
    return row


def _as_cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, PhoneNumber):
        return value.as_e164
    return value if isinstance(value, (str, int, list)) else str(value)


_VISIT = {"appointment_id": ("appointment_id", "number of the visit")}
_BY = {"member_of_staff": ("user__name", "name of the member of staff")}
RECORDS: dict[str, Record] = {
    "readiness": Record(
        ReadinessAnswer.objects.all,
        {
            **_VISIT,
            "question": ("question", "what was asked before the visit"),
            "answer": ("answer", "the answer"),
            "words": ("words", "what was said beside it"),
            "at": ("at", "when it was answered"),
            **_BY,
        },
    ),
    "preparation_done": Record(
        PreparationDone.objects.all,
        {
            **_VISIT,
            "step": ("step__text", "what was to be done before the visit"),
            "at": ("at", "when it was ticked off"),
            **_BY,
        },
    ),
    "next_visits": Record(
        NextStep.objects.all,
        {
            **_VISIT,
            "kind": ("kind", "follow_up, treatment, therapy or discharge"),
            "treatment": ("treatment__slug", "what for, by its short name"),
            "weeks": ("weeks", "in how many weeks"),
            "wanted_around": ("due_on", "date it was wanted around"),
            "asked_at": ("created_at", "when it was asked for"),
            **_BY,
            "withdrawn_at": ("withdrawn_at", "when it was taken back"),
        },
    ),
    "desk_notes": Record(
        DeskNote.objects.all,
        {
            **_VISIT,
            "clinician": ("clinician__slug", "who wrote to the desk, by the address of their page"),
            "words": ("words", "the message to the desk"),
            "at": ("created_at", "when it was written"),
            **_BY,
        },
    ),
    "callbacks": Record(
        CallbackRequest.objects.all,
        {
            "name": ("name", "who asked to be called"),
            "phone": ("phone", "the number to call"),
            "best_time": ("best_time", "when they can be reached"),
            "location": ("location__slug", "for which place, by its short name"),
            "note": ("note", "what they wrote"),
            "asked_at": ("created_at", "when they asked"),
            "done_at": ("done_at", "when they were called"),
        },
    ),
    "text_replies": Record(
        TextReply.objects.all,
        {
            **_VISIT,
            "patient_id": ("patient_id", "number of the patient"),
            "phone": ("phone", "the number that wrote"),
            "words": ("words", "what it wrote"),
            "meaning": ("meaning", "what was understood"),
            "at": ("at", "when it arrived"),
        },
    ),
    "time_requests": Record(
        TimeRequest.objects.all,
        {
            "clinician": ("clinician__slug", "who asked, by the address of their page"),
            "kind": ("kind", "what they asked for"),
            "state": ("state", "what became of it"),
            "start": ("start", "leave from"),
            "end": ("end", "leave until"),
            "date": ("date", "hours on this date"),
            "location": ("location__slug", "hours at this place, by its short name"),
            "opens": ("opens", "hours from"),
            "closes": ("closes", "hours until"),
            "note": ("note", "what they wrote"),
            "asked_at": ("asked_at", "when they asked"),
            "decided_at": ("decided_at", "when it was decided"),
            "answer": ("answer", "what the manager answered"),
        },
    ),
    "patient_changes": Record(
        Patient.history.all,
        {
            "patient_id": ("id", "number of the patient"),
            "at": ("history_date", "when the entry was written"),
            "what": ("history_type", "+ made, ~ changed, - deleted"),
            "member_of_staff": ("history_user__name", "name of the member of staff"),
            "first_name": ("first_name", "first name then"),
            "last_name": ("last_name", "last name then"),
            "date_of_birth": ("date_of_birth", "date of birth then"),
            "email": ("email", "email address then"),
            "phone": ("phone", "phone then"),
            "message_channel": ("message_channel", "messages by, then"),
            "access_needs": ("access_needs", "what they needed then"),
            "alert": ("alert", "alert for staff then"),
        },
    ),
    "access": Record(
        AccessEntry.objects.all,
        {
            "at": ("at", "when somebody read about patients"),
            "member_of_staff": ("user__name", "name of the member of staff; empty: the patient"),
            "page": ("view", "which page"),
            "patients": ("patients", "numbers of the patients on it"),
            "allowed": ("allowed", "whether it was shown"),
        },
    ),
    "staff": Record(
        get_user_model().objects.all,
        {
            "name": ("name", "name"),
            "email": ("email", "email address they sign in with"),
            "active": ("is_active", "whether they can sign in"),
        },
    ),
    "needs": Record(
        Need.objects.all,
        {
            "treatment": ("treatment__slug", "treatment, by its short name"),
            "capability": ("capability__slug", "the kind of room, device or person it takes"),
            "minutes_before": ("minutes_before", "minutes before, to set up"),
            "minutes_after": ("minutes_after", "minutes after, to clear"),
        },
    ),
    "preparation_steps": Record(
        PreparationStep.objects.all,
        {
            "treatment": ("treatment__slug", "treatment, by its short name"),
            "days_before": ("days_before", "how many days before the visit"),
            "text": ("text", "what to do"),
        },
    ),
    "reminder_steps": Record(
        ReminderStep.objects.all,
        {
            "treatment": ("treatment__slug", "treatment, by its short name; empty: all"),
            "days_before": ("days_before", "how many days before the visit"),
            "way": ("way", "email, sms or both"),
            "active": ("active", "whether it is in use"),
        },
    ),
}
