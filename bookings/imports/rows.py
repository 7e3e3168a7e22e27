"""One row of a list: its fields by name, what tells it apart, and what became of it."""

import hashlib
from collections.abc import Container, Mapping
from typing import Any, NamedTuple

from bookings.cells import as_meant
from bookings.imports.columns import Columns
from bookings.imports.files import Line, Unusable
from bookings.imports.values import NO_NAME, NOTHING

NAMES = ("first_name", "last_name", "name")
CREATED, UPDATED, UNCHANGED, SKIPPED, REFUSED = "created", "updated", "unchanged", "left out", "refused"


class Outcome(NamedTuple):
    """What became of a row. `clash`: the visits in the diary it collides with, in words."""

    number: int
    what: str
    why: str = ""
    row: str = ""
    clash: str = ""


class Row(NamedTuple):
    """The filled fields of a row. A spreadsheet's dates and numbers are still dates and numbers."""

    number: int
    values: Mapping[str, Any]

    def get(self, field: str) -> Any:
        return self.values.get(field, "")

    def has(self, field: str) -> bool:
        return field in self.values

    @property
    def digest(self) -> str:
        """The same for the same content, whatever the order of columns."""
        said = repr(sorted((name, str(value)) for name, value in self.values.items()))
        return hashlib.sha256(said.encode()).hexdigest()

    def shown(self, *fields: str) -> str:
        return ", ".join(str(self.values[field]) for field in fields if field in self.values)


def row_of(line: Line, columns: Columns, width: int) -> Row:
    """Return the row's fields. Raises Unusable when it is not shaped like the headings."""
    if line.wrong:
        raise Unusable(line.wrong)
    cells = line.cells
    extra = [position for position, cell in enumerate(cells[width:], start=width) if not _is_blank(cell)]
    if extra:
        raise Unusable(
            f"it has {extra[-1] + 1} columns where the headings have {width}: a comma without quotation marks around it?"
        )
    values = {}
    for field, positions in columns.places.items():
        nothing = NO_NAME if field in NAMES else NOTHING
        filled = [cells[at] for at in positions if at < len(cells) and not _is_blank(cells[at], nothing)]
        if filled:
            values[field] = as_meant(filled[0].strip()) if isinstance(filled[0], str) else filled[0]
    return Row(line.number, values)


def refuse_short(line: Line, width: int) -> None:
    """In a text file a row that ends early was broken apart; a spreadsheet leaves out blanks at the end."""
    if line.cells and not line.wrong and len(line.cells) < width:
        raise Unusable(f"it has {len(line.cells)} columns where the headings have {width}: was a line broken apart?")


def _is_blank(cell: Any, nothing: Container[str] = NOTHING) -> bool:
    return str(cell).strip().casefold() in nothing
