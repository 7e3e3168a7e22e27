"""Two weeks of a busy clinic at speed, with the end of summer time in them. Only by `./run soak`."""

import datetime as dt
import os
import sys

import pytest

from tests.soak.machines import Pace
from tests.soak.soaking import Scenario, Soak
from tests.soak.world import Size

pytestmark = [pytest.mark.soak, pytest.mark.engine, pytest.mark.django_db(transaction=True)]

# A Monday; the clocks of New York go back on Sunday 1 November.
BEGIN = dt.datetime(2026, 10, 26, 4, 0, 20, tzinfo=dt.UTC)


def asked(name: str, usual: float) -> float:
    """Return the number of an environment variable, or the usual one."""
    return float(os.environ.get(name) or usual)


def test_two_weeks_of_messages_arrive_once_and_true_whatever_breaks(tmp_path, capfd):
    def say(words):
        with capfd.disabled():
            sys.stderr.write(f"{words}\n")

    scenario = Scenario(
        seed=int(asked("SOAK_SEED", 20261026)),
        appointments=int(asked("SOAK_APPOINTMENTS", 5000)),
        begin=BEGIN,
        days=asked("SOAK_DAYS", 14),
        step=dt.timedelta(minutes=15),
        size=Size(houses=3, clinicians=6),
        pace=Pace(kill=(3, 8), trouble=(15, 30)),
    )
    soak = Soak(scenario, tmp_path, say)
    verdict = soak.run()
    say(soak.report())
    assert (verdict.wrong, verdict.lost) == ([], [])
