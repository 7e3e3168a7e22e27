"""`manage.py bench` runs and answers in JSON; how fast anything is, is no matter of tests."""

import json
import os
import subprocess
import sys

import pytest

from bookings.intervals import wall_minute
from clinic.bench import timing
from clinic.bench.baselines import plain_sweep
from clinic.bench.diary import CLOSES, LENGTH, OPENS, ZONE, House, first_monday, working_dates
from clinic.bench.sizes import QUICK
from tests.processes import ROOT

CLINICIAN, ROOM, OTHER_ROOM, DEVICE = 1, 2, 3, 4


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """One quick run on SQLite, in a process of its own, as `./run bench` starts it."""
    command = [sys.executable, "manage.py", "bench", "--quick", "--engine", "sqlite"]
    own = {"CLINIC_VAR": str(tmp_path_factory.mktemp("bench")), "DATABASE_URL": "sqlite:////nowhere/at-all.sqlite3"}
    finished = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **own}, capture_output=True, text=True, check=False, timeout=180
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def test_every_comparison_stands_beside_its_baseline(report):
    free_times = report["sqlite"]["free_times"]
    comparisons = [free_times[str(rows)][name] for rows in QUICK.rows for name in ("month", "day")]
    comparisons += free_times["growth"].values()

    assert [set(each) >= {"ms", "baseline", "baseline_ms", "ratio", "aim", "reached"} for each in comparisons] == [
        True
    ] * 6


def test_free_times_take_six_statements_or_fewer(report):
    free_times = report["sqlite"]["free_times"]

    assert [free_times[str(rows)][name]["statements"] <= 6 for rows in QUICK.rows for name in ("month", "day")] == [
        True
    ] * 4


def test_the_desks_pages_stand_beside_a_bare_page_of_the_admin(report):
    desk = report["sqlite"]["desk"]
    pages = [desk[name] for name in ("board", "sheet", "week")]
    asked = {"ms", "baseline", "baseline_ms", "ratio", "aim_median_ms", "reached", "statements", "statements_aim"}

    assert desk["visits"] == 20 * QUICK.clinicians
    assert [asked - set(page) for page in pages] == [set()] * 3
    assert [page["statements_reached"] for page in pages] == [True] * 3


def test_mail_stands_beside_a_bare_loop_to_the_same_server(report):
    letters = report["sqlite"]["letters"]
    asked = {"ms", "baseline", "baseline_ms", "a_second", "baseline_a_second", "share", "aim_share", "stretch_share"}

    assert (asked - set(letters), letters["letters"]) == (set(), QUICK.letters)
    assert min(letters["a_second"], letters["baseline_a_second"], letters["share"]) > 0


def test_ticks_with_nothing_due_stand_beside_those_of_a_small_diary(report):
    ticks = report["sqlite"]["ticks"]
    asked = {"ms", "baseline", "baseline_ms", "ratio", "aim", "reached"}

    assert [ticks["baseline_visits"], ticks["visits"]] == list(QUICK.ahead)
    assert [asked - set(ticks[name]) for name in ("tick", "texts", "housekeeping")] == [set()] * 3


def test_each_race_has_one_winner_and_no_errors(report):
    booking = report["sqlite"]["booking"]

    assert booking["one_time"]["outcomes"] == {"booked": 1, "Taken": QUICK.racers - 1}
    assert booking["many_times"]["booked"] == QUICK.slots
    assert booking["one_time"]["errors"] == booking["many_times"]["errors"] == 0


def test_the_sides_of_a_comparison_take_turns():
    order = []
    sides = {"a": lambda: order.append("a"), "b": lambda: order.append("b")}

    timing.in_turns(sides, turns=3, warm_ups=1)

    assert "".join(order) == "ab" + "ab" + "ba" + "ab"


def test_the_plain_sweep_leaves_out_what_is_taken():
    date = first_monday()
    opens = wall_minute(date, OPENS, ZONE)
    house = House(None, None, [CLINICIAN], [ROOM, OTHER_ROOM], [DEVICE])
    rows = [
        (CLINICIAN, opens, opens + 15),
        (ROOM, opens + 15, opens + 30),
        (ROOM, opens + 30, opens + 45),
        (OTHER_ROOM, opens + 30, opens + 45),
        (DEVICE, opens + 60, opens + 75),
    ]

    free = plain_sweep(rows, house, [date])

    taken = {opens, opens + 30, opens + 60}
    assert free == [(start, CLINICIAN) for start in range(opens, opens + CLOSES - OPENS, LENGTH) if start not in taken]


def test_a_month_from_a_monday_has_22_working_dates():
    assert first_monday().weekday() == 0
    assert len(working_dates(first_monday(), 30)) == 22


def test_moving_in_stands_beside_a_bare_bulk_insert(report):
    moving = report["sqlite"]["moving_in"]
    assert [moving[order]["refused"] for order in ("by_date", "shuffled")] == [0, 0]
    assert {"patients_share", "visits_share", "memory_mb"} <= set(moving["by_date"])
    assert len(moving["bare"]) == 2
