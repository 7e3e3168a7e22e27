"""What was before a visit, as far as it matters between two patients: the last visits, and the last injections."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber

from bookings.models import Appointment
from bookings.models.appointments import Status
from bookings.readiness.words import where_words
from treatments.models import Treatment

MOST_VISITS = 3
MOST_INJECTIONS = 4


class PastVisit(NamedTuple):
    """A visit that took place or was missed. `date` is the local date of its place."""

    date: dt.date
    treatment: str
    clinician: str
    outcome: str
    status: str


class PastInjection(NamedTuple):
    """The newest injection of one kind in one place. `where`: region and side in words."""

    where: str
    treatment: str
    date: dt.date


class Past(NamedTuple):
    """The newest visits and injections before a visit, the newest first."""

    visits: list[PastVisit]
    injections: list[PastInjection]


def past_of(visits: Iterable[Appointment], *, now: dt.datetime) -> dict[int, Past]:
    """Return what was before each visit, by its pk: two statements for any number of visits and of past ones.

    An injection is a procedure that took place; of each treatment, region and side the newest counts. Of visits on one
    list that belong to one patient, those before the earlier one are found as far as the later ones leave room.
    """
    visits = list(visits)
    before = _before(visits, now=now)
    if not before:
        return {}
    seen = _by_patient(_last_visits(before, most=MOST_VISITS + _most_of_one(visits)))
    injected = _by_patient(_last_injections(before))
    return {visit.pk: _past(visit, seen[visit.patient_id], injected[visit.patient_id]) for visit in visits}


def _before(visits: list[Appointment], *, now: dt.datetime) -> Q:
    """Return the condition of lying before the visits: each patient's, before the latest of theirs."""
    latest: dict[int, dt.datetime] = {}
    for visit in visits:
        latest[visit.patient_id] = max(visit.start, latest.get(visit.patient_id, visit.start))
    before = Q()
    for patient, start in latest.items():
        before |= Q(patient=patient, start__lt=min(start, now))
    return before


def _most_of_one(visits: list[Appointment]) -> int:
    """Return how many visits of one patient the list holds beside the first."""
    patients = [visit.patient_id for visit in visits]
    return max(map(patients.count, patients)) - 1


def _last_visits(before: Q, *, most: int) -> Iterable[Appointment]:
    rank = Window(RowNumber(), partition_by=F("patient"), order_by=[F("start").desc(), F("pk").desc()])
    rows = Appointment.objects.filter(before, status__in=(Status.DONE, Status.MISSED)).annotate(rank=rank)
    return rows.filter(rank__lte=most).select_related("treatment", "clinician", "location").order_by("-start", "-pk")


def _last_injections(before: Q) -> Iterable[Appointment]:
    """Return the newest done procedure of each treatment, region and side of each patient."""
    done = Appointment.objects.filter(before, status=Status.DONE, treatment__role=Treatment.Role.PROCEDURE)
    kinds = ("patient", "treatment", "region", "side")
    rank = Window(RowNumber(), partition_by=[F(kind) for kind in kinds], order_by=[F("start").desc(), F("pk").desc()])
    rows = done.annotate(rank=rank).filter(rank=1).select_related("treatment", "region", "location")
    return rows.order_by("-start", "-pk")


def _by_patient(rows: Iterable[Appointment]) -> dict[int, list[Appointment]]:
    found = defaultdict(list)
    for row in rows:
        found[row.patient_id].append(row)
    return found


def _past(visit: Appointment, seen: list[Appointment], injected: list[Appointment]) -> Past:
    visits = [_visit(row) for row in seen if row.start < visit.start]
    injections = [_injection(row) for row in injected if row.start < visit.start]
    return Past(visits[:MOST_VISITS], injections[:MOST_INJECTIONS])


def _visit(row: Appointment) -> PastVisit:
    return PastVisit(row.local_start.date(), str(row.treatment), str(row.clinician), row.outcome, row.status)


def _injection(row: Appointment) -> PastInjection:
    return PastInjection(where_words(row), str(row.treatment), row.local_start.date())
