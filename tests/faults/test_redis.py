"""Redis is away, or hangs, or forgets: nobody who books notices, and every letter goes out once."""

import time

import pytest
from django.urls import reverse

from bookings.models import Appointment
from tests.engines import wait_until
from tests.faults.visitors import Ticket, all_sent, book_some, ready_to_press

pytestmark = [pytest.mark.engine, pytest.mark.django_db(transaction=True)]

# What two ticks of 30 seconds are; a worker asks a Redis that went away again after 2, 4, 6 ... seconds.
TWO_TICKS = 60


@pytest.fixture(autouse=True)
def _patient_house(clinic, settings):
    settings.CLINIC_FORM_SECONDS = 0
    settings.CLINIC_HOLDS_PER_ADDRESS = 100


def press_all(tickets: list[Ticket], url: str) -> tuple[list, float]:
    """Let one after the other press; return what they saw and what the slowest waited."""
    seen, slowest = [], 0.0
    for ticket in tickets:
        began = time.monotonic()
        answer = ticket.press(url)
        slowest = max(slowest, time.monotonic() - began)
        seen.append((answer.status, answer.path))
    return seen, slowest


def once_each(sink) -> tuple[int, int]:
    """How many letters arrived, and to how many people."""
    return len(sink.deliveries), len({each.recipients[0] for each in sink.deliveries})


@pytest.mark.parametrize(("trouble", "bookings"), [("stop", 50), ("pause", 10)])
def test_while_redis_is_away_everybody_gets_their_confirmation_page_and_afterwards_one_letter(
    start_web, messenger, shared, redis_server, sink, trouble, bookings
):
    tickets = ready_to_press(bookings)
    with messenger.working(), start_web(**shared) as url:
        getattr(redis_server, trouble)()
        seen, slowest = press_all(tickets, url)
        arrived_before = len(sink.deliveries)
        redis_server.start() if trouble == "stop" else redis_server.resume()
        wait_until(all_sent(bookings), seconds=TWO_TICKS, what="the mail")
    assert seen == [(200, reverse("book-done"))] * bookings
    assert Appointment.objects.count() == bookings
    assert (arrived_before < bookings, once_each(sink)) == (True, (bookings, bookings))
    assert slowest < 10


def test_a_worker_works_on_after_three_restarts_of_redis(clinic, messenger, redis_server, sink):
    with messenger.working() as worker:
        for times in range(1, 4):
            redis_server.stop()
            redis_server.start()
            book_some_more(clinic, times)
            wait_until(all_sent(times), seconds=TWO_TICKS, what="the mail")
        assert worker.poll() is None
    assert once_each(sink) == (3, 3)


def book_some_more(clinic, count):
    """Book until there are so many."""
    book_some(clinic, 1, skip=count - 1)
