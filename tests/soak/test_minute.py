"""The soak in a minute: three days with the end of summer time in them, workers killed, Redis restarted and emptied."""

import datetime as dt
import sys

import pytest

from tests.soak.machines import Pace
from tests.soak.soaking import Scenario, Soak
from tests.soak.world import Size

pytestmark = [pytest.mark.engine, pytest.mark.django_db(transaction=True)]

# Saturday to Tuesday; in New York the night to Sunday has 25 hours.
BEGIN = dt.datetime(2026, 10, 31, 4, 0, 20, tzinfo=dt.UTC)


def test_every_message_arrives_once_and_true_whatever_breaks(tmp_path, capfd):
    scenario = Scenario(
        seed=20261101,
        appointments=120,
        begin=BEGIN,
        days=3,
        step=dt.timedelta(minutes=60),
        size=Size(houses=2, clinicians=2),
        pace=Pace(kill=(3, 6), trouble=(4, 7), most_kills=5, most_troubles=3),
    )
    soak = Soak(scenario, tmp_path, say=lambda words: None)
    verdict = soak.run()
    numbers = soak.numbers()
    with capfd.disabled():
        sys.stderr.write(f"\n{soak.report()}\n")
    assert (verdict.wrong, verdict.lost) == ([], [])
    assert all(numbers[name] > 0 for name in ("due", "kills", "redis", "flushes"))
    # Were the oracle blind, it would be content with this post as well.
    reminders = [each for each in soak.sink.letters if each.subject.startswith("Reminder")]
    others = [each for each in soak.sink.letters if each not in reminders]
    an_hour_off = [each._replace(told=each.told + dt.timedelta(hours=1)) for each in reminders]
    assert len(soak.judge(others).lost) > 0
    assert len(soak.judge([*others, *an_hour_off]).wrong) == len(reminders)
