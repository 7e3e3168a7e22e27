"""Which kind of list a file is, and which of its columns is which field."""

from collections.abc import Mapping
from typing import NamedTuple

from bookings.imports.fields import FIELDS, HEADINGS, MAY_REPEAT, NEEDED, plain_heading
from bookings.imports.files import Unusable

# A file may have a title above its headings.
HEADINGS_WITHIN = 20


class Columns(NamedTuple):
    """Where each field stands (positions from 0, the best first), and the headings nothing is read from."""

    kind: str
    places: dict[str, list[int]]
    chosen: dict[str, str]  # heading to field, "" for what is left out: what a mapping remembers

    @property
    def unused(self) -> list[str]:
        return [heading for heading, field in self.chosen.items() if not field]


def find(rows: list[list[str]], *, kind: str = "", remembered: Mapping[str, Mapping[str, str]]) -> tuple[int, Columns]:
    """Return the position of the row with the headings, and what they mean. `remembered`: columns by kind.

    Raises Unusable when no row of the first ones has the headings of any list.
    """
    for number, row in enumerate(rows[:HEADINGS_WITHIN]):
        columns = recognize(row, kind=kind, remembered=remembered)
        if columns is not None:
            return number, columns
    raise Unusable(_unknown(next((row for row in rows if any(row)), []), kind, remembered))


def recognize(headings: list[str], *, kind: str, remembered: Mapping[str, Mapping[str, str]]) -> Columns | None:
    """Return what the headings mean for the first kind whose needs they meet; None when they meet none."""
    for each in [kind] if kind else FIELDS:
        columns = assign(headings, each, remembered.get(each, {}))
        if not _missing(columns):
            _refuse_doubles(columns, headings)
            return columns
    return None


def assign(headings: list[str], kind: str, remembered: Mapping[str, str]) -> Columns:
    """Say for one kind which field each heading is: as remembered, else as people usually mean it."""
    found: dict[str, list[tuple[int, int]]] = {}
    chosen: dict[str, str] = {}
    known = {plain_heading(heading): field for heading, field in remembered.items()}
    for position, heading in enumerate(headings):
        plain = plain_heading(heading)
        if not plain:
            continue
        field, rank = (known[plain], 0) if plain in known else HEADINGS[kind].get(plain, ("", 0))
        chosen[heading] = field
        if field:
            found.setdefault(field, []).append((rank, position))
    places = {field: [position for _rank, position in sorted(ranked)] for field, ranked in found.items()}
    _give_up_doubles(places, headings, chosen, known)
    return Columns(kind, places, chosen)


def _give_up_doubles(places, headings, chosen, known) -> None:
    """Of two different headings that may mean one field the better one is read: “Start” before “Begin”."""
    for field, positions in places.items():
        if field not in MAY_REPEAT and len({plain_heading(headings[one]) for one in positions}) == len(positions):
            for other in positions[1:]:
                chosen[headings[other]] = ""
            del positions[1:]


def _refuse_doubles(columns: Columns, headings: list[str]) -> None:
    for field, positions in columns.places.items():
        if field not in MAY_REPEAT and len(positions) > 1:
            where = " and ".join(str(position + 1) for position in positions)
            name = headings[positions[0]]
            raise Unusable(
                f"the heading “{name}” stands above columns {where}, and only one of them can be the "
                f"{FIELDS[columns.kind][field].words}: give the other one another name"
            )


def _missing(columns: Columns) -> list[tuple[str, ...]]:
    return [group for group in NEEDED[columns.kind] if not any(field in columns.places for field in group)]


def _unknown(headings: list[str], kind: str, remembered) -> str:
    seen = ", ".join(f"“{heading[:40]}”" for heading in headings[:30] if heading) or "nothing"
    lines = [f"no row of the first {HEADINGS_WITHIN} has headings that could be understood; the first row has {seen}."]
    for each in [kind] if kind else FIELDS:
        missing = _missing(assign(headings, each, remembered.get(each, {})))
        wanted = ", ".join(" or ".join(FIELDS[each][field].words.split(";")[0] for field in group) for group in missing)
        lines.append(f"As a list of {each} it lacks: {wanted}.")
    return " ".join(lines) + " Say which column is which with --column “HEADING=FIELD”."
