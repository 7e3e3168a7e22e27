"""The worker's tasks: their names, and that each may run at any time and twice."""

import datetime as dt
import json

import pytest
import redis
import time_machine
from celery import current_app
from django.core import mail

from bookings import scheduling, tasks
from bookings.models import Hold, ParkedBooking, RateCount, Tick
from bookings.outbox.nudge import bell
from tests import cast, factories
from tests.bookings.visits import book, repeat_confirmation

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic(db):
    return cast.open_clinic()


@pytest.fixture
def ringing(redis_server):
    """Return a function that tells which jobs wait for the worker; the broker is a real Redis for the length of the test."""
    kept = current_app.conf.broker_url, current_app.conf.broker_transport_options
    current_app.conf.broker_url, current_app.conf.broker_transport_options = redis_server.url, {}
    bell.forget()
    with redis.Redis.from_url(redis_server.url) as client:
        yield lambda: [json.loads(job)["headers"]["task"] for job in client.lrange("mail", 0, -1)]
    bell.forget()
    current_app.conf.broker_url, current_app.conf.broker_transport_options = kept


def test_the_names_are_those_that_beat_and_the_outbox_ask_for(settings):
    asked = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} | {
        "bookings.send_due",
        "bookings.say_alive",
    }
    assert asked == {name for name in current_app.tasks if name.startswith("bookings.")}


def test_a_tick_sends_what_is_due_and_says_that_it_was_there(clinic):
    book(clinic)
    with time_machine.travel(cast.NOW, tick=False):
        tasks.tick()
        tasks.tick()
    assert [email.to for email in mail.outbox] == [["ada@example.com"]]
    assert Tick.objects.get(name="tick").at == cast.NOW


def test_a_tick_after_a_day_of_silence_sends_only_what_is_of_use(clinic):
    book(clinic)
    book(clinic, clinic.ben, date="2026-03-05")
    with time_machine.travel(cast.at("2026-03-04", "10:30"), tick=False):
        tasks.tick()
    assert [(email.to, email.subject) for email in mail.outbox] == [
        (["ben@example.com"], "Your appointment on Thursday, March 5"),
        (["ben@example.com"], "Reminder: Thursday, March 5"),
    ]


@pytest.mark.parametrize("task", [tasks.tick, tasks.send_due])
def test_a_backlog_wakes_a_second_sender_by_one_job(task, clinic, ringing):
    repeat_confirmation(book(clinic), 50)
    with time_machine.travel(cast.NOW, tick=False):
        task()
        task()
    assert (len(mail.outbox), ringing()) == (51, ["bookings.send_due"])


def test_a_slower_workers_tick_does_not_turn_the_clock_back(clinic):
    for minutes in (5, 3):
        with time_machine.travel(cast.NOW + dt.timedelta(minutes=minutes), tick=False):
            tasks.tick()
    assert Tick.objects.get(name="tick").at == cast.NOW + dt.timedelta(minutes=5)


def test_a_tick_drops_holds_that_are_over(clinic):
    slot = scheduling.Slot(clinic.consultation, cast.at("2026-03-04", "10:00"), clinic.house)
    scheduling.hold(slot, session_key="a visitor", now=cast.NOW)
    with time_machine.travel(cast.NOW + dt.timedelta(minutes=11), tick=False):
        tasks.tick()
    assert Hold.objects.count() == 0


def test_a_booking_is_sent_without_waiting_for_the_tick(clinic):
    book(clinic)
    with time_machine.travel(cast.NOW, tick=False):
        tasks.send_due()
    assert len(mail.outbox) == 1


def test_housekeeping_mends_reminders_and_forgets_old_counts(clinic):
    visit = book(clinic)
    visit.messages.filter(kind="reminder").delete()
    RateCount.objects.create(scope="book", key_hash="0" * 64, window_start=cast.NOW - dt.timedelta(days=3))
    for hours in (25, 23):
        parked_at = cast.NOW - dt.timedelta(hours=hours)
        ParkedBooking.objects.create(user=factories.UserFactory(), typed={"find": "Ada"}, parked_at=parked_at)
    with time_machine.travel(cast.NOW, tick=False):
        tasks.housekeeping()
    assert (visit.messages.filter(kind="reminder").count(), RateCount.objects.count()) == (1, 0)
    assert ParkedBooking.objects.count() == 1
