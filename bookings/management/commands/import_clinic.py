"""Bring patients, appointments ahead, hours and leave from the files of another system."""

import time
from argparse import RawDescriptionHelpFormatter
from contextlib import nullcontext
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, transaction
from django.utils import timezone

from bookings import outbox
from bookings.imports import Asked, Reading, Unusable, in_order, prepare, telling, visits_of
from bookings.imports.fields import FIELDS
from bookings.imports.rows import REFUSED
from bookings.models import ImportKind
from bookings.models.imports import SOURCE

EXAMPLE = """
  import_clinic patients.csv visits.xlsx hours.csv --source oldsoft --month-first --dry-run
  import_clinic patients.csv visits.xlsx hours.csv --source oldsoft --month-first
  import_clinic --release oldsoft

What a file lists is recognized by its headings. Rows that cannot be brought are named, with the reason, and the others go
on. The same command again brings what is missing and makes nothing twice: also after it was interrupted. Nobody is written
to before --release. All columns are in docs/moving-in.md.
"""
SHOWN = 10


class Command(BaseCommand):
    help = "Bring patients, appointments ahead, clinicians' hours and leave from CSV files or workbooks (.xlsx)."

    def create_parser(self, prog_name, subcommand, **kwargs):
        return super().create_parser(
            prog_name, subcommand, epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="*", metavar="FILE", type=Path, help="a CSV file or a workbook")
        parser.add_argument(
            "--source", metavar="NAME", help="where it comes from; how it is read is saved by this name"
        )
        parser.add_argument(
            "--kind", choices=ImportKind.values, default="", help="what the file lists, if not recognized"
        )
        parser.add_argument("--dry-run", action="store_true", help="write nothing, and say what would happen")
        order = parser.add_mutually_exclusive_group()
        order.add_argument("--month-first", dest="order", action="store_const", const="month", help="3/7 is March 7")
        order.add_argument("--day-first", dest="order", action="store_const", const="day", help="3/7 is July 3")
        parser.add_argument(
            "--column", action="append", default=[], metavar="HEADING=FIELD", help="what a heading means; saved"
        )
        parser.add_argument(
            "--name", action="append", default=[], metavar="WHAT:THEIRS=OURS",
            help="what they call our treatment, clinician or location: “treatment:TPI=trigger-point-injection”; saved",
        )  # fmt: skip
        parser.add_argument("--encoding", default="", help="of text files that are not UTF-8, such as cp1252; saved")
        parser.add_argument("--sheet", default="", metavar="NAME", help="of a workbook, if not the first")
        parser.add_argument(
            "--overbook", default="", metavar="REASON",
            help="bring visits that collide with another one of their clinician, too, with this reason; never into a taken room",
        )  # fmt: skip
        parser.add_argument("--report", type=Path, metavar="FILE", help="where the report of all rows goes (CSV)")
        parser.add_argument("--progress", type=int, default=1000, metavar="N", help="say how far it is every N rows")
        parser.add_argument("--release", metavar="NAME", help="let the messages of what came from there begin")

    def handle(self, *args, files, source, release, dry_run, **options):
        self.now, self.many = timezone.now(), len(files) > 1
        if release:
            self._release(release, dry_run=dry_run)
            return
        if not files or not source:
            raise CommandError("Say which files, and by --source what to call the place they come from.")
        _refuse_name(source)
        readings = self._prepare(files, _asked(source, self.now, options), options)
        with transaction.atomic() if dry_run else nullcontext():
            refused = sum(self._read(reading, options, dry_run=dry_run) for reading in in_order(readings))
            if dry_run:
                transaction.set_rollback(True)
        self._say_held(source, dry_run=dry_run)
        if refused:
            raise CommandError(f"{refused} rows were refused; all others are {'good' if dry_run else 'in'}.")

    def _prepare(self, files: list[Path], asked: Asked, options) -> list[Reading]:
        """Understand every file before the first row of any is written."""
        readings = []
        for path in files:
            try:
                reading = prepare(path, asked)
            except Unusable as error:
                raise CommandError(f"{path.name}: {error}") from None
            self.stdout.write(f"{path.name}: a list of {reading.columns.kind}.")
            for note in reading.table.notes:
                self.stdout.write(f"{path.name}: {note}.")
            if reading.columns.unused:
                self.stdout.write(f"{path.name}: not read: {', '.join(reading.columns.unused)}.")
            readings.append(reading)
        return readings

    def _read(self, reading: Reading, options, *, dry_run: bool) -> int:
        """Take all rows of a file; return how many were refused."""
        name = reading.table.path.name
        path = options["report"] or _report_path(reading, self.now, dry_run=dry_run)
        if options["report"] and self.many:
            path = path.with_stem(f"{path.stem}-{reading.table.path.stem}")
        reading.remember()
        began, done, shown = time.monotonic(), 0, 0
        try:
            with telling.report(path) as write:
                for outcome in reading.outcomes():
                    write(outcome)
                    done += 1
                    if outcome.what == REFUSED and shown < SHOWN:
                        shown += 1
                        self.stdout.write(telling.line_of(name, outcome))
                    if options["progress"] and done % options["progress"] == 0:
                        self._say_how_far(name, done, reading, time.monotonic() - began)
        except Unusable as error:
            raise CommandError(f"{name}: {error}. Rows before it: {telling.in_short(reading.count)}.") from None
        except OperationalError:
            raise CommandError(f"{name}: the database is away. What is in is in: run the same command again.") from None
        would = "would be " if dry_run else ""
        self.stdout.write(f"{name}: {would}{telling.in_short(reading.count)}. Each row: {path}")
        return reading.count[REFUSED]

    def _say_how_far(self, name: str, done: int, reading: Reading, seconds: float) -> None:
        self.stderr.write(
            f"{name}: {done} rows, {reading.count[REFUSED]} refused, {done / max(seconds, 0.001):.0f} a second"
        )

    def _say_held(self, source: str, *, dry_run: bool) -> None:
        if dry_run:
            self.stdout.write("Nothing was written: this was a dry run.")
            return
        held = outbox.count_held(visits_of(source))
        if held:
            self.stdout.write(
                f"The messages of {held} visits are held: nobody is written to before “import_clinic --release {source}”."
            )

    def _release(self, source: str, *, dry_run: bool) -> None:
        held = outbox.count_held(visits_of(source))
        if not held:
            raise CommandError(f"No visit that came from “{source}” is held.")
        if dry_run:
            self.stdout.write(
                f"{held} visits of “{source}” would be released. Nothing was written: this was a dry run."
            )
            return
        visits = rows = 0
        for some, written in outbox.release_visits(visits_of(source), now=self.now):
            visits, rows = visits + some, rows + written
            self.stderr.write(f"{visits} of {held} visits released")
        self.stdout.write(
            f"{visits} visits released: {rows} reminders and preparations are written, each goes out when it is due. "
            "Nobody is sent a confirmation."
        )


def _asked(source: str, now, options) -> Asked:
    return Asked(
        source,
        now,
        kind=options["kind"],
        order=options["order"] or "",
        encoding=options["encoding"],
        sheet=options["sheet"],
        overbook=options["overbook"].strip(),
        columns=dict(_column(each) for each in options["column"]),
        names=_names(options["name"]),
    )


def _refuse_name(source: str) -> None:
    try:
        SOURCE(source)
    except ValidationError as error:
        raise CommandError(f"--source {source}: {' '.join(error.messages)}") from None


def _column(said: str) -> tuple[str, str]:
    heading, equals, field = said.rpartition("=")
    known = sorted({name for fields in FIELDS.values() for name in fields})
    if not equals or (field and field not in known):
        raise CommandError(
            f"--column “{said}”: write HEADING=FIELD, where FIELD is one of {', '.join(known)}, or nothing."
        )
    return heading, field


def _names(said: list[str]) -> dict[str, dict[str, str]]:
    names: dict[str, dict[str, str]] = {}
    for each in said:
        what, colon, rest = each.partition(":")
        theirs, equals, ours = rest.rpartition("=")
        if not colon or not equals or what not in ("treatment", "clinician", "location", "region", "room"):
            raise CommandError(f"--name “{each}”: write WHAT:THEIRS=OURS, as in treatment:TPI=trigger-point-injection.")
        names.setdefault(what, {})[theirs] = ours
    return names


def _report_path(reading: Reading, now, *, dry_run: bool) -> Path:
    stamp = f"{timezone.localtime(now):%Y-%m-%d-%H%M%S}"
    ending = "-dry-run" if dry_run else ""
    name = f"{reading.asked.source}-{reading.kind}-{reading.table.path.stem}-{stamp}{ending}.csv"
    return settings.VAR_DIR / "imports" / name
