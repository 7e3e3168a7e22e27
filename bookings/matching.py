"""Is this new entry somebody we know? A possible match is noted for the desk; nobody is ever attached by a guess."""

import datetime as dt
from typing import NamedTuple

from django.db.models import Q

from bookings.models import Patient, PossibleMatch

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
