"""Is this new entry somebody we know? A possible match is noted for the desk; nobody is ever attached by a guess."""

import datetime as dt
from typing import NamedTuple

from django.db.models import Q

from bookings.models import ImportedRow, Patient, PossibleMatch

MOST_MATCHES = 5


class Alike(NamedTuple):
    """A known patient, and what they share with a new entry, in words for staff."""

    patient: Patient
    shared: str


def look_alikes(patient: Patient) -> list[Alike]:
    """Return the known patients a new entry may be, without writing anything."""
    known = Patient.objects.current().filter(_shares_something(patient)).exclude(pk=patient.pk)
    return [Alike(other, _shared(patient, other)) for other in known.order_by("pk")[:MOST_MATCHES]]


def note_possible_matches(patient: Patient, *, now: dt.datetime) -> list[PossibleMatch]:
    """Write one row for each known patient who shares a birth date and a name, an email address or a phone."""
    known = Patient.objects.filter(_shares_something(patient)).exclude(pk=patient.pk).order_by("pk")[:MOST_MATCHES]
    rows = [
        PossibleMatch(patient=patient, known=other, reason=_shared(patient, other), created_at=now) for other in known
    ]
    return PossibleMatch.objects.bulk_create(rows)


def _shares_something(patient: Patient) -> Q:
    same = Q(pk__in=[])
    if patient.date_of_birth and patient.last_name:
        same |= Q(date_of_birth=patient.date_of_birth, last_name__iexact=patient.last_name)
    if patient.email:
        same |= Q(email__iexact=patient.email)
    if patient.phone:
        same |= Q(phone=patient.phone)
    return same


def _shared(patient: Patient, other: Patient) -> str:
    """Name what they share by words for staff, without the values."""
    shared = []
    if patient.date_of_birth and patient.date_of_birth == other.date_of_birth:
        shared.append("date of birth")
    if patient.last_name and patient.last_name.casefold() == other.last_name.casefold():
        shared.append("last name")
    if patient.email and patient.email.casefold() == other.email.casefold():
        shared.append("email")
    if patient.phone and patient.phone == other.phone:
        shared.append("phone")
    return ", ".join(shared)


def note_many(patients: list[Patient], *, source: str, now: dt.datetime) -> int:
    """As `note_possible_matches` for many new entries at once, in a few statements; returns how many rows.

    For lists from another system (`source`): an email is looked up as it is written and in small letters, so that the index serves.
    Entries of the list itself are matched where name and birth date are the same: families share phones and mailboxes.
    """
    candidates = _who_may_be(patients)
    listed = ImportedRow.objects.filter(source=source, patient__in=[each.pk for each in candidates])
    own = {patient.pk for patient in patients} | set(listed.values_list("patient_id", flat=True))
    rows = []
    known = _index(candidates)
    for patient in patients:
        alike = {other.pk: other for mark in _marks(patient) for other in known.get(mark, ())}
        others = [other for pk, other in sorted(alike.items()) if pk < patient.pk and _counts(patient, other, own)]
        rows += [
            PossibleMatch(patient=patient, known=other, reason=_shared(patient, other), created_at=now)
            for other in others[:MOST_MATCHES]
        ]
    PossibleMatch.objects.bulk_create(rows)
    return len(rows)


def _who_may_be(patients: list[Patient]) -> list[Patient]:
    born = {patient.date_of_birth for patient in patients if patient.date_of_birth and patient.last_name}
    emails = {each for patient in patients if patient.email for each in (patient.email, patient.email.lower())}
    phones = {patient.phone for patient in patients if patient.phone}
    wanted = {"date_of_birth__in": born, "email__in": emails, "phone__in": phones}
    found = {row.pk: row for name, some in wanted.items() if some for row in Patient.objects.filter(**{name: some})}
    return list(found.values())


def _marks(patient: Patient) -> list[tuple]:
    marks: list[tuple] = []
    if patient.date_of_birth and patient.last_name:
        marks.append(("born", patient.date_of_birth, patient.last_name.casefold()))
    if patient.email:
        marks.append(("email", patient.email.casefold()))
    if patient.phone:
        marks.append(("phone", patient.phone.country_code, patient.phone.national_number))
    return marks


def _index(patients: list[Patient]) -> dict[tuple, list[Patient]]:
    found: dict[tuple, list[Patient]] = {}
    for patient in patients:
        for mark in _marks(patient):
            found.setdefault(mark, []).append(patient)
    return found


def _counts(patient: Patient, other: Patient, own: set[int]) -> bool:
    if other.pk not in own:
        return True
    same_name = (patient.first_name.casefold(), patient.last_name.casefold()) == (
        other.first_name.casefold(),
        other.last_name.casefold(),
    )
    return same_name and patient.date_of_birth == other.date_of_birth
