"""What a worklist is: a name, rows at `now`, columns, and buttons. A new list says these and nothing else."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from bookings.models import Appointment, Patient, WorkDone
from bookings.worklists.moves import Move
from treatments.templatetags.hours import short_moment


class Person(NamedTuple):
    """Somebody by two identifiers, with a phone to tap and what staff must know. `link`: their page."""

    name: str
    born: dt.date | None
    phone: Any
    alert: str
    link: str

    @property
    def is_person(self) -> bool:
        """So that a template tells it from text."""
        return True

    def __str__(self):
        return self.name


class Column(NamedTuple):
    """`value` makes a Person or text of a row."""

    title: Any
    value: Callable[[Any], Any]


class Listed(NamedTuple):
    """A row as its page shows it. `version` goes with the buttons that change a visit."""

    pk: int
    cells: list[Any]
    marks: list[Any]
    moves: list[Move]
    version: int | str
    titles: list[Any]

    @property
    def titled(self) -> list[tuple[Any, Any]]:
        return list(zip(self.titles, self.cells, strict=True))


def _nothing(row, now) -> list:
    return []


@dataclass(frozen=True)
class Worklist:
    """`found` are the rows at an instant, the first one first; `visit` is the appointment a row is about.

    `is_ticked`: its rows do not say themselves that they are dealt with, so that somebody ticks them off.
    """

    name: str
    title: Any
    empty: Any
    permission: str
    found: Callable[[dt.datetime], QuerySet]
    columns: tuple[Column, ...]
    patients: Callable[[Any], Iterable[int]]
    moves: Callable[[Any, dt.datetime], list[Move]] = _nothing
    marks: Callable[[Any, dt.datetime], list[Any]] = _nothing
    visit: Callable[[Any], Appointment | None] = lambda row: None
    is_ticked: bool = False

    def rows(self, now: dt.datetime) -> QuerySet:
        """Return what waits at `now`."""
        if not self.is_ticked:
            return self.found(now)
        ticked = WorkDone.objects.filter(worklist=self.name, row=OuterRef("pk"))
        return self.found(now).exclude(Exists(ticked))

    def ticked(self, *, since: dt.datetime, now: dt.datetime) -> QuerySet:
        """Return what was ticked off from an instant on: it can be put back."""
        done = WorkDone.objects.filter(worklist=self.name, done_at__gte=since).values("row")
        return self.found(now).filter(pk__in=done)

    def listed(self, row: Any, *, now: dt.datetime) -> Listed:
        visit = self.visit(row)
        return Listed(
            pk=row.pk,
            cells=[column.value(row) for column in self.columns],
            marks=self.marks(row, now),
            moves=self.moves(row, now),
            version=visit.version if visit else "",
            titles=[column.title for column in self.columns],
        )


def person(patient: Patient, link: str) -> Person:
    return Person(str(patient), patient.date_of_birth, patient.phone, patient.alert, link)


def in_words(instant: dt.datetime | None, location) -> str:
    """Say an instant on the wall clock of a place; without a place, on the clinic's."""
    if instant is None:
        return ""
    return short_moment(timezone.localtime(instant, location.zone if location else None))
