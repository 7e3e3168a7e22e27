"""Everything out: the clinic's diary as CSV and as JSON lines, so that leaving is as easy as moving in.

The lists that `bookings.imports` reads have columns it knows: exported, and imported into an empty diary of the same offer,
they restore the diary ahead. The others are for reading elsewhere.
"""

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bookings.cells import harmless
from bookings.exports import columns, lists
from bookings.exports.columns import IMPORTED
from bookings.exports.lists import Listed
from bookings.exports.records import RECORDS

__all__ = ["COLUMNS", "IMPORTED", "write"]

AT_ONE_TIME = 1000
Progress = Callable[[str, int], None]
FORMATS = ("csv", "jsonl")
LISTS: dict[str, list[Listed]] = lists.LISTS | {
    name: [Listed(record.related, record.cells)] for name, record in RECORDS.items()
}
COLUMNS: dict[str, dict[str, str]] = columns.COLUMNS | {
    name: {column: words for column, (_path, words) in record.columns.items()} for name, record in RECORDS.items()
}


def write(folder: Path, *, progress: Progress = lambda name, count: None) -> dict[str, int]:
    """Write every list into the folder as NAME.csv and NAME.jsonl; return how many rows each has.

    Memory stays flat. Files that are there already are replaced, each only when the new one is whole; only the owner of
    the files may read them. CSV cells that a spreadsheet would calculate have a quote in front; JSON has the plain text.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {name: _write(folder, name, progress) for name in COLUMNS}


def _write(folder: Path, name: str, progress: Progress) -> int:
    drafts = {ending: _draft(folder / f".{name}.{ending}.new") for ending in FORMATS}
    with (
        drafts["csv"].open("w", encoding="utf-8-sig", newline="") as table,
        drafts["jsonl"].open("w", encoding="utf-8") as lines,
    ):
        count = 0
        cells = csv.writer(table)
        cells.writerow(COLUMNS[name])
        for count, row in enumerate(_rows(name), start=1):
            cells.writerow([harmless(_as_text(row[column])) for column in COLUMNS[name]])
            lines.write(json.dumps({column: row[column] for column in COLUMNS[name]}, ensure_ascii=False) + "\n")
            if count % AT_ONE_TIME == 0:
                progress(name, count)
    for ending, draft in drafts.items():
        draft.replace(folder / f"{name}.{ending}")
    return count


def _draft(path: Path) -> Path:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    return path


def _rows(name: str) -> Iterator[dict[str, Any]]:
    for listed in LISTS[name]:
        yield from _sliced(listed)


def _sliced(listed: Listed) -> Iterator[dict[str, Any]]:
    """Read by slices of the primary key, so that what belongs to the rows of a slice comes in one statement."""
    last = 0
    rows = listed.rows().order_by("pk")
    while some := list(rows.filter(pk__gt=last)[:AT_ONE_TIME]):
        yield from listed.cells(some)
        last = some[-1].pk


def _as_text(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
