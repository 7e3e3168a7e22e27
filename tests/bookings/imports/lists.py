"""Lists as other systems write them, for the tests of moving in. `NOW` is that of the cast: Monday 2 March 2026, 8:00."""

import csv
from io import StringIO
from itertools import chain
from pathlib import Path

import openpyxl
import time_machine
from django.core.management import CommandError, call_command

from tests import cast

PATIENTS = [
    ["Chart #", "First Name", "Last Name", "DOB", "Mobile", "Email", "Balance"],
    ["1001", "Dana", "Whitfield", "3/7/1962", "(212) 555-0142 x4", "dana@example.com", "12.00"],
    ["1002", "Omar", "Null", "11/30/1988", "212.555.0143", "omar@example.com", ""],
    ["1003", "Zoë", "O'Hara", "1/2/1971", "", "zoe@example.com", ""],
]
VISITS = [
    ["Appt ID", "Chart #", "Appt Date", "Start Time", "Provider", "Appointment Type", "Status"],
    ["V1", "1001", "3/9/2026", "9:00 AM", "Dr. Ortiz", "Consultation", "Scheduled"],
    ["V2", "1002", "3/9/2026", "10:00a", "ORTIZ, AMARA", "Consultation", "Confirmed"],
    ["V3", "1003", "3/10/2026", "2:30p", "Ben Sato, MD", "consultation", "Booked"],
]


def write_csv(path: Path, rows, *, delimiter=",", encoding="utf-8") -> Path:
    text = StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def write_xlsx(path: Path, rows) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def run(*arguments, now=cast.NOW, **options):
    """Call `import_clinic`; return what it said on standard output, with the last line of a failure."""
    out, err = StringIO(), StringIO()
    with time_machine.travel(now, tick=False):
        try:
            call_command("import_clinic", *map(str, arguments), stdout=out, stderr=err, **options)
        except CommandError as error:
            out.write(f"FAILED: {error}\n")
    return out.getvalue()


def report(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


def options(**more) -> list[str]:
    """Return the options most tests need, and more of them: options(report=path)."""
    chosen = {"source": "oldsoft", **more}
    return ["--month-first", *chain.from_iterable((f"--{name}", str(value)) for name, value in chosen.items())]
