"""What each row of a source became: looked up for many rows at once, and written in the transaction of the rows."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from django.db import connection
from django.db.models import QuerySet

from bookings.imports.rows import REFUSED, UNCHANGED, Outcome, Row
from bookings.models import Appointment, ImportedRow, ImportKind, ImportMapping
from bookings.scheduling import By, Taken
from bookings.scheduling.refusals import diary_transaction

AT_ONE_TIME = 500
ATTEMPTS = 5
T = TypeVar("T")


@dataclass(frozen=True)
class Run:
    """One reading of one file: of which source, at which instant, and how its dates are written."""

    source: str
    now: dt.datetime
    order: str = ""
    overbook: str = ""
    by: By = By.system()  # noqa: RUF009  frozen

    @property
    def today(self) -> dt.date:
        return self.now.date()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One transaction that no second import of this source shares: rows are looked up and written under one lock."""
        with diary_transaction():
            if connection.features.has_select_for_update:
                mine = ImportMapping.objects.filter(source=self.source).order_by("pk").select_for_update()
                list(mine.values_list("pk", flat=True))
            yield

    def known(self, kind: str, keys: Iterable[str]) -> dict[str, ImportedRow]:
        """Return by key what these rows became before."""
        rows = ImportedRow.objects.filter(source=self.source, kind=kind, key__in=list(keys))
        return {row.key: row for row in rows}

    def note(self, kind: str, key: str, digest: str, **became) -> ImportedRow:
        """Return the note of a row, not yet written."""
        return ImportedRow(source=self.source, kind=kind, key=key, digest=digest, at=self.now, **became)


def steadily(work: Callable[[], T]) -> T:
    """Do the work of one transaction; where the diary was busy, again. Raises Taken when it stays so."""
    for _attempt in range(ATTEMPTS - 1):
        try:
            return work()
        except Taken:
            continue
    return work()


def write(notes: list[ImportedRow]) -> None:
    ImportedRow.objects.bulk_create(notes, batch_size=AT_ONE_TIME)


def repeated(row: Row, key: str, seen: dict[str, Row]) -> Outcome | None:
    """Say what to do with a row whose key an earlier row of the same file has; None for the first one."""
    first = seen.setdefault(key, row)
    if first is row:
        return None
    if first.digest == row.digest:
        return Outcome(row.number, UNCHANGED, f"the same as row {first.number}")
    return Outcome(row.number, REFUSED, f"row {first.number} is about the same and says something else")


def before(row: Row, known: ImportedRow, run: Run) -> Outcome | None:
    """Say of a row that was read before whether there is nothing to do; None when it has changed since."""
    if known.digest == row.digest:
        return Outcome(row.number, UNCHANGED, "it is here already")
    if known.digest and known.at == run.now:
        return Outcome(row.number, REFUSED, "an earlier row of this file is about the same and says something else")
    return None


def visits_of(source: str) -> QuerySet[Appointment]:
    """Return the visits that came from a source."""
    rows = ImportedRow.objects.filter(source=source, kind=ImportKind.APPOINTMENTS, appointment__isnull=False)
    return Appointment.objects.filter(pk__in=rows.values("appointment"))
