"""Reading a file into the diary: its columns found and remembered, its rows taken in chunks, each in transactions of its own."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from bookings.imports import columns as headings
from bookings.imports.columns import Columns
from bookings.imports.fields import FIELDS
from bookings.imports.files import Line, Table, Unusable, open_table
from bookings.imports.ledger import Run
from bookings.imports.names import Names
from bookings.imports.people import Patients
from bookings.imports.rota import Hours, Leave
from bookings.imports.rows import REFUSED, Outcome, Row, refuse_short, row_of
from bookings.imports.visits import Appointments
from bookings.models import ImportKind, ImportMapping
from bookings.scheduling import Taken

AT_ONE_TIME = 1000
# Visits are taken day by day: the more of one day are together, the fewer looks at the diary.
VISITS_AT_ONE_TIME = 4000
# Leave comes after the visits: what stands in it is brought, and shown to the desk to settle.
ORDER = [ImportKind.PATIENTS, ImportKind.HOURS, ImportKind.APPOINTMENTS, ImportKind.LEAVE]


@dataclass
class Asked:
    """How files are to be read. What is empty is as the source's mapping remembers it."""

    source: str
    now: dt.datetime
    kind: str = ""
    order: str = ""
    encoding: str = ""
    sheet: str = ""
    overbook: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass
class Reading:
    """A file whose columns are understood, ready to be taken. `count` fills while `outcomes` is read."""

    table: Table
    columns: Columns
    width: int
    headings_at: int
    mapping: ImportMapping
    asked: Asked
    count: Counter = field(default_factory=Counter)

    @property
    def kind(self) -> str:
        return self.columns.kind

    def remember(self) -> None:
        """Save how this source is read, for the next file of it."""
        ImportMapping.objects.update_or_create(
            source=self.mapping.source,
            kind=self.kind,
            defaults={name: getattr(self.mapping, name) for name in ("columns", "names", "date_order", "encoding")},
        )

    def outcomes(self) -> Iterator[Outcome]:
        """Take all rows; yield what became of each, in order within chunks of some thousand."""
        run = Run(self.asked.source, self.asked.now, self.mapping.date_order, self.asked.overbook)
        taker = _taker(self.kind, run, _all_names(self.mapping))
        lines = islice(self.table.lines(), self.headings_at + 1, None)
        at_one_time = VISITS_AT_ONE_TIME if self.kind == ImportKind.APPOINTMENTS else AT_ONE_TIME
        while chunk := list(islice(lines, at_one_time)):
            for outcome in self._take(taker, chunk):
                self.count[outcome.what] += 1
                yield outcome

    def _take(self, taker, chunk: list[Line]) -> list[Outcome]:
        rows: list[Row] = []
        outcomes: list[Outcome] = []
        for line in chunk:
            if not line.wrong and not any(str(cell).strip() for cell in line.cells):
                continue  # an empty line
            try:
                if self.table.is_text:
                    refuse_short(line, self.width)
                rows.append(row_of(line, self.columns, self.width))
            except Unusable as error:
                outcomes.append(Outcome(line.number, REFUSED, str(error)))
        try:
            outcomes += taker.take(rows)
        except Taken:
            outcomes += [Outcome(row.number, REFUSED, "the diary was busy: run it again") for row in rows]
        return sorted(outcomes, key=lambda outcome: outcome.number)


def prepare(path: Path, asked: Asked) -> Reading:
    """Open a file and understand its columns. Raises Unusable, in words for people; nothing is written."""
    mappings = {row.kind: row for row in ImportMapping.objects.filter(source=asked.source)}
    encoding = asked.encoding or next((row.encoding for row in mappings.values() if row.encoding), "")
    table = open_table(path, encoding=encoding, sheet=asked.sheet)
    head = list(islice(table.lines(), headings.HEADINGS_WITHIN))
    cells = [[str(cell).strip() for cell in line.cells] for line in head]
    remembered = {
        kind: (mappings[kind].columns if kind in mappings else {}) | _for(kind, asked.columns) for kind in FIELDS
    }
    position, columns = headings.find(cells, kind=asked.kind, remembered=remembered)
    mapping = mappings.get(columns.kind) or ImportMapping(source=asked.source, kind=columns.kind)
    mapping.columns = {**mapping.columns, **columns.chosen}
    mapping.names = _merged(mapping.names, asked.names)
    mapping.date_order = asked.order or mapping.date_order
    mapping.encoding = asked.encoding or mapping.encoding
    return Reading(table, columns, _width(cells[position]), position, mapping, asked)


def in_order(readings: list[Reading]) -> list[Reading]:
    """Patients come before their visits, hours before what is booked in them."""
    return sorted(readings, key=lambda reading: ORDER.index(reading.kind))


def _for(kind: str, columns: Mapping[str, str]) -> dict[str, str]:
    return {heading: field for heading, field in columns.items() if not field or field in FIELDS[kind]}


def _width(cells: list[str]) -> int:
    """Count the headings without empty ones at the end."""
    return max(position for position, cell in enumerate(cells, start=1) if cell)


def _merged(one: Mapping[str, Mapping[str, str]], other: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    return {what: {**one.get(what, {}), **other.get(what, {})} for what in {*one, *other}}


def _all_names(mapping: ImportMapping) -> dict[str, dict[str, str]]:
    """What the source calls our things, said with any of its lists."""
    names: dict[str, dict[str, str]] = {}
    for row in ImportMapping.objects.filter(source=mapping.source):
        names = _merged(names, row.names)
    return _merged(names, mapping.names)


def _taker(kind: str, run: Run, names: dict[str, dict[str, str]]):
    if kind == ImportKind.PATIENTS:
        return Patients(run)
    takers = {ImportKind.APPOINTMENTS: Appointments, ImportKind.HOURS: Hours, ImportKind.LEAVE: Leave}
    return takers[kind](run, Names(names))
