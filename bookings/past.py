"""What was before a visit, as far as it matters between two patients: the last visits, and the last injections."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Case, F, Q, QuerySet, Value, When, Window
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

    An injection is a procedure that took place; of each treatment, region and side the newest counts.
    """
    visits = list(visits)
    if not visits:
        return {}
    seen, injected = _by_patient(_last_visits(visits, now=now)), _by_patient(_last_injections(visits, now=now))
    return {visit.pk: _past(visit, seen[visit.patient_id], injected[visit.patient_id]) for visit in visits}


def _last_visits(visits: list[Appointment], *, now: dt.datetime) -> Iterable[Appointment]:
    rows = Appointment.objects.filter(status__in=(Status.DONE, Status.MISSED))
    newest = _newest(rows, visits, of=["patient"], most=MOST_VISITS, now=now)
    return newest.select_related("treatment", "clinician", "location")


def _last_injections(visits: list[Appointment], *, now: dt.datetime) -> Iterable[Appointment]:
    """Return the newest done procedure of each treatment, region and side of each patient."""
    rows = Appointment.objects.filter(status=Status.DONE, treatment__role=Treatment.Role.PROCEDURE)
    newest = _newest(rows, visits, of=["patient", "treatment", "region", "side"], most=1, now=now)
    return newest.select_related("treatment", "region", "location")


def _newest(
    rows: QuerySet[Appointment], visits: list[Appointment], *, of: list[str], most: int, now: dt.datetime
) -> QuerySet[Appointment]:
    """Return so many rows of each kind before each patient's first visit on the list, the newest first.

    Where the list holds several visits of one patient, all that lies between the first and the last of them comes too:
    it is the past of the later ones alone.
    """
    before, between = _spans(visits, now=now)
    is_between = Case(When(between, then=True), default=False) if between else Value(value=False)
    kinds = [*map(F, of), F("is_between")]
    rank = Window(RowNumber(), partition_by=kinds, order_by=[F("start").desc(), F("pk").desc()])
    rows = rows.filter(before | between).annotate(is_between=is_between).annotate(rank=rank)
    return rows.filter(Q(rank__lte=most) | Q(is_between=True)).order_by("-start", "-pk")


def _spans(visits: list[Appointment], *, now: dt.datetime) -> tuple[Q, Q]:
    """Return the conditions of lying before each patient's first visit on the list, and between their first and their last."""
    starts = defaultdict(list)
    for visit in visits:
        starts[visit.patient_id].append(visit.start)
    before, between = Q(), Q()
    for patient, each in starts.items():
        first, last = min(each), min(max(each), now)
        before |= Q(patient=patient, start__lt=min(first, now))
        if first < last:
            between |= Q(patient=patient, start__gte=first, start__lt=last)
    return before, between


def _by_patient(rows: Iterable[Appointment]) -> dict[int, list[Appointment]]:
    found = defaultdict(list)
    for row in rows:
        found[row.patient_id].append(row)
    return found


def _past(visit: Appointment, seen: list[Appointment], injected: list[Appointment]) -> Past:
    visits = [_visit(row) for row in seen if row.start < visit.start]
    newest: dict[tuple, PastInjection] = {}
    for row in injected:
        if row.start < visit.start:
            newest.setdefault((row.treatment_id, row.region_id, row.side), _injection(row))
    return Past(visits[:MOST_VISITS], list(newest.values())[:MOST_INJECTIONS])


def _visit(row: Appointment) -> PastVisit:
    return PastVisit(row.local_start.date(), str(row.treatment), str(row.clinician), row.outcome, row.status)


def _injection(row: Appointment) -> PastInjection:
    return PastInjection(where_words(row), str(row.treatment), row.local_start.date())
