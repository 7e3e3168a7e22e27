"""Many processes at one diary: the slowest booking, and whether anything goes wrong.

`lane` runs in a process of its own, forked from a fresh Python that has not connected yet (`run`). Each lane takes part
in every race, and after each writes as many plain rows as it tried to book: the baseline.
"""

import datetime as dt
import multiprocessing
import time
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from bookings import scheduling
from bookings.intervals import from_minute, wall_minute
from bookings.scheduling import By, Slot
from clinic.bench.diary import DEVICES, LENGTH, OPENS, ZONE, first_monday, new_patient, read_house
from clinic.bench.timing import MILLISECONDS
from treatments.models import Clinician

BEYOND_THE_MONTH = 35  # days after the first Monday: a Monday on which nothing is taken
TIMES_A_DAY = 32
PATIENCE = 120  # seconds


class Attempt(NamedTuple):
    outcome: str
    milliseconds: float


# --- One process ------------------------------------------------------------------------------------------------------


def lane(number: int, job: dict, start, answers) -> None:
    """Warm up, then race with the others; answer [attempts, span, bare milliseconds, bare span] of each race."""
    connection.ensure_connection()
    slots = list(free_slots())
    warm_up, wanted = slots[-1 - number], slots[job["first"] :]
    book(warm_up, f"{number}-first")
    bare_insert()
    answers.send([_race(number, race, job, wanted, start) for race in range(job["races"])])
    connection.close()


def _race(number: int, race: int, job: dict, wanted: list[Slot], start) -> list:
    mine = wanted[race * job["slots"] : (race + 1) * job["slots"]]
    Random(f"{race}-{number}").shuffle(mine)
    start.wait(PATIENCE)
    began = time.monotonic()
    attempts = [book(slot, f"{number}-{race}-{place}") for place, slot in enumerate(mine)]
    span = [began, time.monotonic()]
    start.wait(PATIENCE)
    began = time.monotonic()
    bare = [bare_insert() for _slot in mine]
    return [attempts, span, bare, [began, time.monotonic()]]


def free_slots() -> Iterator[Slot]:
    """Yield free times of two weeks, the same in every process; no more clinicians at once than there are devices."""
    house = read_house()
    clinicians = Clinician.objects.order_by("pk")[:DEVICES]
    for offset in range(12):
        date = first_monday() + dt.timedelta(days=BEYOND_THE_MONTH + offset)
        if date.weekday() < 5:
            opens = wall_minute(date, OPENS, ZONE)
            for place in range(TIMES_A_DAY):
                for clinician in clinicians:
                    yield Slot(house.treatment, from_minute(opens + place * LENGTH), house.location, clinician)


def book(slot: Slot, name: str) -> Attempt:
    began = time.perf_counter()
    try:
        scheduling.book(slot, patient=new_patient(name), by=By.patient(), now=timezone.now(), source="web")
        outcome = "booked"
    except scheduling.Refused as refusal:
        outcome = _why(refusal)
    except Exception as error:  # noqa: BLE001  whatever it is, it is counted
        outcome = f"error: {type(error).__name__}"
    return Attempt(outcome, (time.perf_counter() - began) * MILLISECONDS)


def _why(refusal: scheduling.Refused) -> str:
    """Name the refusal, and what the database said where it had the last word."""
    said = getattr(refusal.__cause__, "__cause__", None)
    code = getattr(said, "sqlstate", None) or getattr(said, "sqlite_errorname", None)
    return f"{type(refusal).__name__} {code}" if code else type(refusal).__name__


def bare_insert() -> float:
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_plain (resource, start) VALUES (1, 1)")
    return (time.perf_counter() - began) * MILLISECONDS


# --- All of them ------------------------------------------------------------------------------------------------------


def run(job: dict) -> list:
    """Fork a process for each lane and return what they answered: by lane, then by race."""
    context = multiprocessing.get_context("fork")
    start = context.Barrier(job["processes"])
    lanes = []
    for number in range(job["processes"]):
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=lane, args=(number, job, start, theirs))
        process.start()
        theirs.close()
        lanes.append((process, ours))
    answers = [ours.recv() for _process, ours in lanes]
    for process, _ours in lanes:
        process.join()
    return answers
