"""A worker that is asked to stop in the middle of its mail finishes what it holds."""

import pytest

from tests.engines import wait_until
from tests.faults.machines import ask_to_stop
from tests.faults.visitors import all_sent, book_some, letters, states

pytestmark = [pytest.mark.engine, pytest.mark.django_db(transaction=True)]

LETTERS = 3


def test_a_worker_asked_to_stop_in_mid_send_ends_in_order_and_leaves_nothing_half_done(clinic, messenger, sink):
    sink.seconds_to_take = 1.0
    book_some(clinic, LETTERS)
    with messenger.beat(), messenger.worker() as worker:
        wait_until(lambda: sink.takes, seconds=60, what="the first letter")
        ended = ask_to_stop(worker)
    assert (ended, "sending" in states()) == (0, False)
    assert letters(state="sent").count() == len(sink.deliveries) >= 1
    with messenger.working():
        wait_until(all_sent(LETTERS), seconds=60, what="the rest")
    assert len(sink.deliveries) == LETTERS
