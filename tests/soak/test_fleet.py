"""Two webs, two workers, two beats on PostgreSQL and Redis, one killed every few seconds: nobody who books notices.

Some seconds of it here; `./run fleet` gives it five minutes. FLEET_SECONDS and FLEET_SEED shape it.
"""

import datetime as dt
import os
import sys
from collections import Counter

import pytest
from django.db import connection

from tests.soak.fleet import KINDS, Plan, Trial
from tests.soak.told import clashes, lost_bookings, unasked
from tests.soak.world import Size

pytestmark = [pytest.mark.engine, pytest.mark.django_db(transaction=True)]

BEGIN = dt.datetime(2026, 11, 2, 15, 0, 20, tzinfo=dt.UTC)  # a Monday, 10 am in New York


def asked(name: str, usual: int) -> int:
    return int(os.environ.get(name) or usual)


@pytest.fixture
def plan():
    if connection.vendor != "postgresql":
        pytest.skip("one file of SQLite is not shared by several machines")
    seed, seconds = asked("FLEET_SEED", 20261183), asked("FLEET_SECONDS", 10)
    return Plan(seed=seed, seconds=seconds, begin=BEGIN, size=Size(houses=3, clinicians=6))


def test_no_error_page_no_lost_booking_and_no_duplicate_message_whatever_is_killed(
    plan, tmp_path, collected_static, capfd
):
    def say(words):
        with capfd.disabled():
            sys.stderr.write(f"{words}\n")

    trial = Trial(plan, tmp_path, say)
    trial.run()
    say(f"\n{trial.report()}")
    assert trial.findings() == []
    numbers = trial.numbers()
    assert all(numbers[name] > 0 for name in ("booked", "letters due"))
    assert sum(numbers[f"{kind}s killed"] for kind in KINDS) > 1
    _the_judges_are_not_blind(trial)


def _the_judges_are_not_blind(trial):
    first, *others = trial.bookings
    copies = Counter(letter.message_id for letter in trial.sink.letters)
    letter = next(letter for letter in trial.sink.letters if copies[letter.message_id] == 1)
    without = [each for each in trial.sink.letters if each is not letter]
    again = letter._replace(message_id="another", at=letter.at + dt.timedelta(seconds=5))
    assert len(lost_bookings([first._replace(reference="NOWHERE2"), *others])) == 1
    assert len(lost_bookings([first._replace(start=first.start + dt.timedelta(hours=1)), *others])) == 1
    assert len(unasked(others)) == 1
    assert clashes([(1, 0, 30, "A"), (1, 29, 45, "B"), (2, 29, 45, "C"), (2, 45, 60, "D")]) != []
    assert len(trial.judge(without).lost) == 1
    assert len(trial.judge([*trial.sink.letters, again]).wrong) == 1
