"""What `races` makes of twenty people who want one time, and of many writers with a day's work."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from django.conf import settings
from django.db import connection

from clinic.bench import databases, timing
from clinic.bench.sizes import Sizes

WORST_AIM_MS = {"postgresql": 500, "sqlite": 3000}
BASELINE = "as many bare INSERTs into a plain table, by the same processes"


def measure(sizes: Sizes) -> dict:
    with connection.cursor() as cursor:
        key = "SERIAL" if connection.vendor == "postgresql" else "INTEGER"
        cursor.execute(f"CREATE TABLE bench_plain (id {key} PRIMARY KEY, resource INTEGER, start INTEGER)")
    return {
        "one_time": _one_time(_race(processes=sizes.racers, races=sizes.races, slots=1, first=0)),
        "many_times": _many_times(
            _race(processes=sizes.writers, races=1, slots=sizes.slots, first=sizes.races), sizes.slots
        ),
    }


def _race(**job) -> dict:
    """Run a race in a fresh Python, so that every process opens a connection of its own; count what came out."""
    before = databases.deadlocks()
    lanes = _lanes(job)
    connection.close()  # PostgreSQL shows one session its figures as they were when it first asked
    attempts = [attempt for lane in lanes for attempts, *_rest in lane for attempt in attempts]
    return {
        "outcomes": dict(Counter(outcome for outcome, _ms in attempts)),
        "ms": [ms for _outcome, ms in attempts],
        "bare_ms": [ms for lane in lanes for _attempts, _span, bare, _bare_span in lane for ms in bare],
        "seconds": _seconds(span for lane in lanes for _attempts, span, *_rest in lane),
        "bare_seconds": _seconds(span for lane in lanes for *_rest, span in lane),
        "deadlocks": None if before is None else databases.deadlocks() - before,
        **job,
    }


def _lanes(job: dict) -> list:
    command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "bench", "--job", json.dumps({"race": job})]
    finished = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ.copy())
    return json.loads(finished.stdout)


def _seconds(spans) -> float:
    """From the first start to the last end."""
    began, ended = zip(*spans, strict=True)
    return max(ended) - min(began)


def _errors(outcomes: dict[str, int]) -> int:
    return sum(count for outcome, count in outcomes.items() if outcome.startswith("error"))


def _one_time(race: dict) -> dict:
    """Twenty processes at one time, several races: exactly one booking each."""
    booked = race["outcomes"].get("booked", 0)
    figure = timing.worst(race["ms"], race["bare_ms"], what=BASELINE, aim_ms=WORST_AIM_MS[connection.vendor])
    counts = {key: race[key] for key in ("processes", "races", "outcomes", "deadlocks")}
    return figure | counts | {"errors": _errors(race["outcomes"]), "one_booked_each_race": booked == race["races"]}


def _many_times(race: dict, slots: int) -> dict:
    """Every writer tries every time, each in an order of its own."""
    outcomes = race["outcomes"]
    booked, errors = outcomes.get("booked", 0), _errors(outcomes)
    return {
        "processes": race["processes"],
        "times": slots,
        "attempts": len(race["ms"]),
        "booked": booked,
        "outcomes": outcomes,
        "deadlocks": race["deadlocks"],
        "errors": errors,
        "seconds": round(race["seconds"], 3),
        "baseline": BASELINE,
        "baseline_seconds": round(race["bare_seconds"], 3),
        "ms": timing.spread(race["ms"]),
        "baseline_ms": timing.spread(race["bare_ms"]),
        "reached": booked == slots and not errors and not race["deadlocks"],
    }
