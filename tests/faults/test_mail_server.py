"""The mail server is away, or says no in one of its ways: each letter ends as the table says, and nobody is stormed."""

import pytest

from bookings.models import Messenger, Tick
from tests.engines import wait_until
from tests.faults.visitors import all_sent, book_some, letters, states

pytestmark = [pytest.mark.engine, pytest.mark.django_db(transaction=True)]

LETTERS = 4


def once_each(sink):
    """How many letters arrived, and to how many people."""
    return len(sink.deliveries), len({each.recipients[0] for each in sink.deliveries})


def attempts():
    return sorted(letters().values_list("attempts", flat=True))


def test_a_server_that_is_away_delays_all_and_loses_none(clinic, messenger, sink, clock):
    sink.leave()
    book_some(clinic, LETTERS)
    with messenger.working():
        wait_until(lambda: letters(state="due").exclude(last_error="").count() == LETTERS, seconds=60, what="all tries")
        two_more_ticks()
        assert (states(), set(attempts())) == ({"due": LETTERS}, {1})  # one a tick, and then all of them rest
        sink.come_back()
        clock.ahead(minutes=7)
        wait_until(all_sent(LETTERS), seconds=60, what="the mail")
    assert once_each(sink) == (LETTERS, LETTERS)


def test_a_server_that_closes_the_door_is_asked_by_one_letter_a_tick(clinic, messenger, sink, clock):
    sink.refuse("421 closing")
    book_some(clinic, LETTERS)
    with messenger.working():
        wait_until(lambda: sink.attempts >= LETTERS, seconds=60, what="the last letter's try")
        assert (states(), set(attempts())) == ({"due": LETTERS}, {1})
        assert sink.attempts == LETTERS  # each once; then all of them rest
        sink.accept()
        clock.ahead(minutes=7)
        wait_until(all_sent(LETTERS), seconds=60, what="the mail")
    assert once_each(sink) == (LETTERS, LETTERS)


def test_a_temporary_no_is_asked_again_after_a_minute_and_not_before(clinic, messenger, sink, clock):
    sink.refuse("451 try again later")
    book_some(clinic, LETTERS)
    with messenger.working():
        wait_until(lambda: sink.attempts >= LETTERS, seconds=60, what="the first round")
        two_more_ticks()
        assert (sink.attempts, states(), set(attempts())) == (LETTERS, {"due": LETTERS}, {1})
        sink.accept()
        clock.ahead(minutes=2)
        wait_until(all_sent(LETTERS), seconds=60, what="the mail")
    assert (once_each(sink), set(attempts())) == ((LETTERS, LETTERS), {2})


def test_one_address_that_is_refused_is_work_for_the_desk_and_the_others_flow(clinic, messenger, sink):
    visits = book_some(clinic, LETTERS)
    lost = visits[2]
    sink.refuse("550 no such user", recipient=lost.patient.email)
    with messenger.working():
        wait_until(lambda: states() == {"sent": LETTERS - 1, "failed": 1}, seconds=60, what="the mail")
    lost.refresh_from_db()
    lost.patient.refresh_from_db()
    assert (lost.phone_to_confirm, lost.patient.email_refused_at is not None) == (True, True)
    assert (once_each(sink), sink.asked_for(lost.patient.email)) == ((LETTERS - 1, LETTERS - 1), 1)


def test_a_server_that_refuses_everybody_is_left_alone_after_three_and_asked_again_by_one(
    clinic, messenger, sink, clock
):
    sink.refuse("554 we do not want your mail")
    book_some(clinic, LETTERS)
    with messenger.working():
        wait_until(lambda: Messenger.current().shut_until, seconds=60, what="the third refusal")
        two_more_ticks()
        assert (sink.attempts, states()) == (3, {"due": LETTERS})
        clock.ahead(minutes=6)
        wait_until(lambda: sink.attempts == 4, seconds=60, what="the one that asks")
        sink.accept()
        clock.ahead(hours=1)
        wait_until(all_sent(LETTERS), seconds=60, what="the mail")
    assert (once_each(sink), Messenger.current().shut_until) == ((LETTERS, LETTERS), None)


def two_more_ticks():
    """Wait until the worker has ticked twice more."""
    for _time in range(2):
        last = last_tick()
        wait_until(lambda last=last: last_tick() != last, seconds=60, what="a tick")


def last_tick():
    return Tick.objects.filter(name="tick").values_list("at", flat=True).first()
