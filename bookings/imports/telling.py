"""The report of an import: a line for each row, for people and for a spreadsheet."""

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bookings.cells import harmless
from bookings.imports.rows import CREATED, REFUSED, SKIPPED, UNCHANGED, UPDATED, Outcome

HEAD = ["row", "what happened", "why", "this row", "in the diary"]


@contextmanager
def report(path: Path) -> Iterator:
    """Yield a function that writes an outcome into a new file, which only its owner may read: it names patients."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(HEAD)

        def write(outcome: Outcome) -> None:
            cells = [str(outcome.number), outcome.what, outcome.why, outcome.row, outcome.clash]
            writer.writerow([harmless(cell) for cell in cells])

        yield write


def in_short(count: Counter) -> str:
    """“1960 created, 40 refused”: what became of how many rows."""
    said = [f"{count[what]} {what}" for what in (CREATED, UPDATED, UNCHANGED, SKIPPED, REFUSED) if count[what]]
    return ", ".join(said) or "no rows"


def line_of(name: str, outcome: Outcome) -> str:
    """One refusal on one line, the row and what it collides with side by side."""
    beside = f"  [{outcome.row}]  in the diary: {outcome.clash}" if outcome.clash else ""
    return f"{name}, row {outcome.number}: {outcome.why}{beside}"
