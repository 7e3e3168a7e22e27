"""Nobody ticked for a day, or thousands are due at once: what is still of use goes, oldest first, and not in a flood."""

import datetime as dt
import time
from bisect import bisect_left

import pytest
from django.utils import timezone

from bookings.models import Message
from bookings.outbox.hours import days_before
from tests.bookings.visits import book
from tests.engines import wait_until
from tests.faults.visitors import ask, book_some, letters, next_week, write_letters

pytestmark = [pytest.mark.engine, pytest.mark.django_db(transaction=True)]

MINUTE = dt.timedelta(minutes=1)


def reminders(visit):
    return {intent.split("/")[2]: state for intent, state in rows(visit, "reminder")}


def rows(visit, kind):
    return visit.messages.filter(kind=kind).values_list("intent", "state")


def test_after_a_day_and_two_hours_without_beat_what_helps_goes_and_what_does_not_is_withdrawn(
    clinic, messenger, sink, clock
):
    date = next_week().isoformat()
    ada = book(clinic, date=date, time="10:00", now=timezone.now())
    ben = book(clinic, clinic.ben, date=date, time="11:00", now=timezone.now())
    # The day before the visit at noon: the reminder of two days before is a day and two hours late, and so out of date.
    clock.reach(days_before(ada, 2) + dt.timedelta(hours=26))
    with messenger.working():
        wait_until(lambda: not due(clock.now()), seconds=60, what="the mail")
    assert [reminders(visit) for visit in (ada, ben)] == [{"2d": "void", "1d": "sent"}] * 2
    assert [state for visit in (ada, ben) for _intent, state in rows(visit, "confirmation")] == ["sent"] * 2
    assert sorted(each.recipients[0] for each in sink.deliveries) == ["ada@example.com"] * 2 + ["ben@example.com"] * 2


def test_after_the_visit_nothing_is_said_about_it_any_more(clinic, messenger, sink, clock):
    date = next_week().isoformat()
    over = book(clinic, date=date, time="09:00", now=timezone.now())
    ahead = book(clinic, clinic.ben, date=date, time="16:00", now=timezone.now())
    clock.reach(over.start)
    with messenger.working():
        wait_until(lambda: not due(clock.now()), seconds=60, what="the mail")
    assert {state for _intent, state in over.messages.values_list("intent", "state")} == {"void"}
    assert (reminders(ahead), len(sink.deliveries)) == ({"2d": "void", "1d": "sent"}, 2)


def due(now):
    return Message.objects.unsent().filter(due_at__lte=now).exists()


@pytest.mark.parametrize(
    ("many", "a_minute", "minutes"), [(2000, 60, 2), pytest.param(10_000, 600, 17, marks=pytest.mark.soak)]
)
def test_thousands_due_at_once_go_oldest_first_at_the_pace_we_promised_while_pages_are_served(
    clinic, messenger, sink, clock, start_web, shared, many, a_minute, minutes
):
    (visit,) = book_some(clinic, 1)
    letters().delete()
    write_letters(visit, many, first_due=timezone.now() - dt.timedelta(hours=6))
    with start_web(**shared) as url, messenger.working(CLINIC_MESSAGES_PER_MINUTE=str(a_minute)):
        for minute in range(1, minutes + 1):
            wait_until(
                lambda minute=minute: sent() >= min(many, minute * a_minute), seconds=120, what="a minute's mail"
            )
            began = time.monotonic()
            assert (ask(url + "/treatments/").status, time.monotonic() - began < 5) == (200, True)
            clock.ahead(seconds=61)
    assert most_in_a_minute() <= a_minute
    assert number_of_each_sent() == list(range(len(number_of_each_sent())))
    assert (
        len({each.message["Message-ID"] for each in sink.deliveries})
        == len(sink.deliveries)
        >= min(many, minutes * a_minute)
    )


def sent():
    return letters(state="sent").count()


def number_of_each_sent():
    """The numbers of the letters that went, in the order they went."""
    intents = letters(state="sent").order_by("sent_at").values_list("intent", flat=True)
    return [int(intent.rpartition(" ")[2]) for intent in intents]


def most_in_a_minute():
    """How many went at most within any minute of the clinic's clock."""
    moments = sorted(letters(state="sent").values_list("sent_at", flat=True))
    return max(place + 1 - bisect_left(moments, moment - MINUTE) for place, moment in enumerate(moments))
