"""Day sheets as files: whole or not at all, for nobody else's eyes, and gone after a week."""

import datetime as dt
import logging
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.utils import timezone

from bookings.desk import paper
from bookings.desk.opening import dates_to_print
from treatments.models import Location

log = logging.getLogger("bookings.day_sheets")

FRESH = dt.timedelta(minutes=55)
KEPT = dt.timedelta(days=7)  # after the day itself
LEFT_OVER = dt.timedelta(hours=1)  # a part file this old is nobody's any more
# Nothing else in the folder is ever touched: somebody may have named a folder with other things in it.
OURS = re.compile(r"(\d{4}-\d\d-\d\d)-[-\w]+\.html")
PART_PREFIX, PART_SUFFIX = ".day-sheet-", ".part"


def write_due(folder: Path, *, now: dt.datetime) -> list[Path]:
    """Write each sheet that must be at hand and is missing or older than FRESH; forget the old ones. Returns what it wrote.

    A place whose sheet cannot be composed does not keep the others from theirs. OSError: the folder cannot be written to.
    """
    written = []
    for place, date in due(folder, now=now):
        try:
            written.append(write(place, date, folder, now=now))
        except OSError:
            raise
        except Exception:
            log.exception("The day sheet of %s for %s could not be written.", place.slug, date)
    forget(folder, now=now)
    return written


def due(folder: Path, *, now: dt.datetime) -> Iterator[tuple[Location, dt.date]]:
    for place in Location.objects.active():
        for date in dates_to_print(place, timezone.localdate(now, place.zone)):
            if not is_fresh(path_of(place, date, folder), now=now):
                yield place, date


def is_fresh(path: Path, *, now: dt.datetime) -> bool:
    """Whether the file was written lately. One from the future is not: some clock has been set."""
    try:
        written = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
    except FileNotFoundError:
        return False
    return dt.timedelta(0) <= now - written < FRESH


def path_of(place: Location, date: dt.date, folder: Path) -> Path:
    return folder / f"{date.isoformat()}-{place.slug}.html"


def write(place: Location, date: dt.date, folder: Path, *, now: dt.datetime) -> Path:
    """Write the sheet of one place and date; return its path. A file that is there is replaced in one step."""
    text = paper.as_file(paper.compose(place, date), now=now)
    path = path_of(place, date, folder)
    replace(path, text, now=now)
    return path


def replace(path: Path, text: str, *, now: dt.datetime) -> None:
    """Put the text in place of the file: readers see the old one or the new one. Only our own account may read it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=PART_PREFIX, suffix=PART_SUFFIX, dir=path.parent)  # made as 0600
    part = Path(name)
    try:
        with open(number, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.utime(part, (now.timestamp(), now.timestamp()))
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def forget(folder: Path, *, now: dt.datetime) -> list[Path]:
    """Delete the sheets of days more than KEPT ago, and what a killed process left half written. Returns what it deleted."""
    old = [path for path in _files(folder) if _is_over(path, now=now)]
    for path in old:
        path.unlink(missing_ok=True)
    return old


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def _is_over(path: Path, *, now: dt.datetime) -> bool:
    if path.name.startswith(PART_PREFIX) and path.name.endswith(PART_SUFFIX):
        # By the clock of the file system: a part file has not been given the time of its sheet yet.
        return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC) < now - LEFT_OVER
    ours = OURS.fullmatch(path.name)
    return ours is not None and dt.date.fromisoformat(ours[1]) < (now - KEPT).date()
