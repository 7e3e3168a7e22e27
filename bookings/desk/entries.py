"""What a patient's entry said before, who changed it and when: read from its history rows."""

import datetime as dt
from itertools import pairwise
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from bookings.models import Patient

# In the order of the page. `sms_consent_at` and the like are told as agreed or not: the moment is the row's own.
WATCHED = (
    *("first_name", "last_name", "date_of_birth", "phone", "email", "message_channel", "language", "coverage"),
    *("access_needs", "alert", "sms_consent_at", "sms_stopped_at", "reminders_off_at"),
    *("privacy_notice_at", "email_refused_at", "merged_into_id"),
)


class Change(NamedTuple):
    label: str
    before: str
    after: str


class Entry(NamedTuple):
    """One row of history. `changes` is empty for the oldest: it wrote the patient down, or nobody knows what was before."""

    at: dt.datetime
    who: str
    is_first: bool
    changes: list[Change]


def kept_entry(patient: Patient) -> Patient:
    """Return the entry that stands for the person now. What an entry was merged into may have been merged itself, later."""
    while patient.merged_into is not None:
        patient = patient.merged_into
    return patient


def entries_of(patient: Patient, *, most: int) -> list[Entry]:
    """Return the newest `most` changes, newest first; one statement."""
    rows = list(patient.history.select_related("history_user")[: most + 1])
    entries = [entry for entry in (_entry(row, older) for row, older in pairwise(rows)) if entry.changes]
    if rows and len(rows) <= most:
        entries.append(Entry(rows[-1].history_date, _who(rows[-1]), rows[-1].history_type == "+", []))
    return entries


def newest(patient: Patient) -> int:
    """Return the number of the newest history row; 0 without any."""
    return patient.history.values_list("history_id", flat=True).first() or 0


def agreed(row, names) -> dict[str, Any]:
    """Return the fields of a patient, or of a history row of one, as the quick edit knows them."""
    values = {name: getattr(row, name, "") or "" for name in names}
    texts = bool(row.phone and row.sms_consent_at and not row.sms_stopped_at)
    return values | {"sms_consent": texts, "reminders_off": row.reminders_off_at is not None}


def said(value: Any) -> str:
    """Say a value to people: nothing is a dash, a yes is a yes."""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return str(value) if value not in (None, "") else "–"


def _entry(row, older) -> Entry:
    changes = [
        Change(str(_label(name)), _shown(older, name), _shown(row, name))
        for name in WATCHED
        if getattr(row, name) != getattr(older, name)
    ]
    return Entry(row.history_date, _who(row), False, changes)


def _who(row) -> str:
    return str(row.history_user) if row.history_user else ""


def _label(name: str) -> str | Promise:
    return Patient._meta.get_field(name.removesuffix("_id")).verbose_name


def _shown(row, name: str) -> str:
    value = getattr(row, name)
    if name in ("language", "coverage", "message_channel") and value:
        return str(getattr(row, f"get_{name}_display")())
    if name == "phone" and value:
        return str(value.as_national)
    if name == "merged_into_id" and value:
        return _("entry %(number)s") % {"number": value}
    if isinstance(value, dt.datetime):
        return _("yes")
    return said(value)
