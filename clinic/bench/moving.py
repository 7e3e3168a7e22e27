"""How fast a clinic moves in: patients and visits from CSV files, beside a bare bulk insert of the same rows.

Each side runs in a process of its own on a copy of the empty house, so that its memory can be told: with all the rows, and
with a tenth of them. It should be the same.
"""

import csv
import datetime as dt
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from random import Random

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from bookings.intervals import from_minute, wall_minute
from bookings.models import Appointment, Patient
from clinic.bench import databases, diary
from clinic.bench.diary import CLOSES, LENGTH, OPENS, ZONE, Visit, first_monday
from clinic.bench.sizes import Sizes
from treatments.models import Need

BATCH = 1000
# Of the visits in the file: as most systems write them, and in the order they were once booked.
ORDERS = ("by_date", "shuffled")
WHAT = "bulk_create of the same patients, visits and occupancy, a thousand a transaction, with nothing checked but by the database"
SOURCE = "bench"


def prepare() -> dict[str, str]:
    """Copy the current database, which has no visit yet, for each run; return the copies' names."""
    runs = ["bare", "tenth", *ORDERS, "bare_again"]
    return {run: databases.copy(f"moving_{run}") for run in runs}


def measure(desk: databases.Desk, names: dict[str, str], sizes: Sizes, *, say: Callable[[str], None]) -> dict:
    """Import on each copy and write barely on another; return rows a second and the memory each took."""
    folder = Path(settings.VAR_DIR) / "moving"
    folder.mkdir(exist_ok=True)
    for name in names.values():
        desk.at(name, _need_no_device)()
    patients, visits = sizes.import_patients, sizes.import_visits
    runs = {}
    for run, database in names.items():
        say(f"moving in: {run}")
        share = 10 if run == "tenth" else 1
        job = {"run": run, "patients": patients // share, "visits": visits // share, "folder": str(folder)}
        desk.at(database, lambda job=job: _write_lists(job))()
        runs[run] = _in_a_process(job, database)
    return {"patients": patients, "visits": visits, "baseline": WHAT, **_figures(runs)}


def _figures(runs: dict[str, dict]) -> dict:
    """The bare runs stand before and after ours: the distance between them is the noise."""
    bare = [runs["bare"], runs["bare_again"]]
    figures = {order: _beside(runs[order], bare) for order in ORDERS}
    most = max(each["memory_mb"] for each in figures.values())
    tenth = runs["tenth"]["memory_mb"]
    return {
        **figures,
        "bare": bare,
        "memory_with_a_tenth_mb": tenth,
        "memory_ratio": round(most / tenth, 2),
        "memory_flat": most <= tenth * 1.15,
    }


def _beside(told: dict, bare: list[dict]) -> dict:
    shares = {
        f"{what}_share": round(told[f"{what}_a_second"] / statistics.mean(each[f"{what}_a_second"] for each in bare), 3)
        for what in ("patients", "visits")
    }
    return {**told, **shares}


def _need_no_device() -> None:
    """Four devices for ten clinicians would turn most of a full diary away."""
    Need.objects.filter(capability__slug="device").delete()


def _in_a_process(job: dict, database: str) -> dict:
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "bench", "--job", json.dumps({"moving": job})]
    own = {"DATABASE_URL": _address(database)}
    finished = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **own})
    return json.loads(finished.stdout)


def _address(database: str) -> str:
    if connection.vendor == "sqlite":
        return f"sqlite:///{database}"
    return urllib.parse.urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl()


# --- The lists --------------------------------------------------------------------------------------------------------


def _write_lists(job: dict) -> None:
    folder, count = Path(job["folder"]), job["patients"]
    with (folder / "patients.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["Patient ID", "First Name", "Last Name", "DOB", "Mobile", "Email"])
        for number in range(count):
            rows.writerow(_person(number))
    visits = list(enumerate(islice(_visits(), job["visits"])))
    if job["run"] == "shuffled":
        Random(1).shuffle(visits)
    with (folder / "visits.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["Appt ID", "Patient ID", "Appt Date", "Start Time", "Provider", "Appointment Type"])
        for number, (start, clinician) in visits:
            local = from_minute(start).astimezone(ZONE)
            date, clock = f"{local:%m/%d/%Y}", f"{local:%I:%M %p}"
            rows.writerow([number, number % count, date, clock, f"Clinician {clinician}", "Nerve block"])


def _person(number: int) -> list:
    born = dt.date(1940, 1, 1) + dt.timedelta(days=number * 7919 % 22_000)
    phone = f"({212 + number % 7}) 55{number // 10_000 % 10}-{number % 10_000:04}"
    return [number, f"First{number}", f"Last{number % 9973}", f"{born:%m/%d/%Y}", phone, f"p{number}@example.com"]


def _visits() -> Iterator[tuple[int, int]]:
    """Yield start and clinician, date by date, each clinician's day full."""
    house = diary.read_house()
    date = first_monday()
    while True:
        if date.weekday() < 5:
            opens = wall_minute(date, OPENS, ZONE)
            for start in range(opens, opens + CLOSES - OPENS, LENGTH):
                yield from ((start, number) for number in range(len(house.clinicians)))
        date += dt.timedelta(days=1)


# --- In the process ---------------------------------------------------------------------------------------------------


def run(job: dict) -> dict:
    """Do one run on the default database; return its speed and the most memory it took, in megabytes."""
    seconds = _bare(job) if job["run"].startswith("bare") else _import(Path(job["folder"]))
    return {
        "patients_a_second": round(job["patients"] / seconds[0]),
        "visits_a_second": round(job["visits"] / seconds[1]),
        "refused": job["visits"] - Appointment.objects.count(),
        "memory_mb": round(_most_memory(), 1),
    }


def _most_memory() -> float:
    """Return the most this process has taken, in megabytes. Linux counts what the parent had into `ru_maxrss`, not here."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)  # macOS says bytes


def _import(folder: Path) -> list[float]:
    def bring(name: str) -> None:
        quiet = {"progress": 0, "stdout": io.StringIO(), "stderr": io.StringIO()}
        call_command("import_clinic", str(folder / name), source=SOURCE, order="month", **quiet)

    return [_timed(lambda name=name: bring(name)) for name in ("patients.csv", "visits.csv")]


def _bare(job: dict) -> list[float]:
    return [_timed(lambda: _bare_patients(job["patients"])), _timed(lambda: _bare_visits(job["visits"]))]


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _bare_patients(count: int) -> None:
    now = timezone.now()
    for first in range(0, count, BATCH):
        with transaction.atomic():
            Patient.objects.bulk_create(
                _bare_patient(number, now) for number in range(first, min(first + BATCH, count))
            )


def _bare_patient(number: int, now: dt.datetime) -> Patient:
    _number, first, last, born, _phone, email = _person(number)
    date = dt.date(int(born[6:]), int(born[:2]), int(born[3:5]))
    phone = f"+1{2120000000 + number}"
    return Patient(first_name=first, last_name=last, date_of_birth=date, phone=phone, email=email, created_at=now)


def _bare_visits(count: int) -> None:
    house = diary.read_house()
    visits = (Visit(start, [house.clinicians[number], house.rooms[number]]) for start, number in _visits())
    rows = islice(visits, count)
    while some := list(islice(rows, BATCH)):
        with transaction.atomic():
            diary.write(house, some)
