"""From a booking to the letter in the mailbox: a real worker, a real clock, a real Redis, and their bad days."""

import contextlib
import datetime as dt

import pytest
from django.utils import timezone

from bookings import scheduling
from bookings.outbox.hours import days_before
from tests import cast
from tests.bookings.visits import book
from tests.engines import wait_until
from tests.processes import run_together, running

pytestmark = [pytest.mark.engine, pytest.mark.django_db(transaction=True)]

CELERY = ["-W", "ignore:You're running the worker with superuser", "-m", "celery", "--quiet", "-A", "clinic"]
# A second, as a person sees it, on a machine that runs other tests beside this one.
NO_LONGER_THAN_USUAL = 1.0


@pytest.fixture
def clinic(transactional_db):
    return cast.open_clinic()


@pytest.fixture
def clock(tmp_path):
    """Shift the clock of the worker: `clock(hours=3)`."""
    file = tmp_path / "clock"

    def shift(**ahead):
        file.write_text(str(dt.timedelta(**ahead).total_seconds()))

    shift()
    shift.file = str(file)
    return shift


@pytest.fixture
def messenger(redis_server, smtp_sink, clock, tmp_path):
    """A context manager that runs worker and beat, ticking each second, as the demo does."""

    def messenger():
        ours = {"REDIS_URL": redis_server.url, "EMAIL_URL": smtp_sink.url, "CLINIC_CLOCK_FILE": clock.file}
        return worker_and_beat(tmp_path, **ours)

    return messenger


@contextlib.contextmanager
def worker_and_beat(folder, **settings):
    beat = ["beat", "--schedule", str(folder / "beat"), "--pidfile="]
    worker = ["worker", "--pool", "solo", "--without-mingle", "--without-gossip"]
    settings["CLINIC_TICK_SECONDS"] = "1"
    with running(*CELERY, *worker, **settings), running(*CELERY, *beat, **settings):
        yield


def next_week(hour="10:00"):
    """A Wednesday, at least five days from today: the worker's clock is today's."""
    today = timezone.now().date()
    return (today + dt.timedelta(days=5 + (2 - today.weekday() - 5) % 7)).isoformat(), hour


def ahead_of(instant):
    """How far the clock must go so that it is just after `instant`."""
    return {"seconds": (instant - timezone.now()).total_seconds() + 5}


def book_in_a_process(clinic, redis, time):
    """Book with this broker, in a process of its own; return how many seconds it took."""
    date, _hour = next_week()
    job = {"treatment": clinic.consultation.pk, "location": clinic.house.pk, "date": date, "time_of_day": time}
    return run_together("tests.bookings.outbox.senders:book_at", [job], REDIS_URL=redis.url)[0]


def test_a_patient_hears_at_once_and_again_the_day_before(clinic, messenger, smtp_sink, clock):
    date, time = next_week()
    with messenger():
        visit = book(clinic, date=date, time=time, now=timezone.now())
        (confirmation,) = smtp_sink.wait_for(1)
        clock(**ahead_of(days_before(visit, 1)))
        reminder = smtp_sink.wait_for(2)[1]
    day = visit.local_start.strftime("%A, %B ") + str(visit.local_start.day)
    assert [confirmation.subject, reminder.subject] == [f"Your appointment on {day}", f"Reminder: {day}"]
    sent = visit.messages.exclude(state="void").values_list(
        "kind", "state"
    )  # the reminder two days before: its day is over
    assert set(sent) == {("confirmation", "sent"), ("reminder", "sent")}
    assert [each.message["List-Unsubscribe-Post"] for each in (confirmation, reminder)] == [
        None,
        "List-Unsubscribe=One-Click",
    ]


def test_a_patient_who_cancels_is_not_reminded(clinic, messenger, smtp_sink, clock):
    date, time = next_week()
    with messenger():
        visit = book(clinic, date=date, time=time, now=timezone.now())
        smtp_sink.wait_for(1)
        scheduling.cancel(visit, by=scheduling.By.patient(), now=timezone.now(), reason="better")
        smtp_sink.wait_for(2)
        clock(**ahead_of(days_before(visit, 1)))
        # Ben books next, and his reminder is due by now as well: when it is there, Ada's would have been.
        book(clinic, clinic.ben, date=date, time="09:00", now=timezone.now())
        smtp_sink.wait_for(4)
    assert [
        each.subject.partition(":")[0] for each in smtp_sink.deliveries if "ada@example.com" in each.recipients
    ] == [
        f"Your appointment on {visit.local_start:%A, %B} {visit.local_start.day}",
        "Canceled",
    ]


@pytest.mark.parametrize("trouble", ["stop", "pause"])
def test_a_broker_that_is_gone_delays_the_letter_and_not_the_booking(
    clinic, messenger, smtp_sink, redis_server, trouble
):
    usual = book_in_a_process(clinic, redis_server, "09:00")
    getattr(redis_server, trouble)()
    troubled = book_in_a_process(clinic, redis_server, "10:00")
    assert troubled < usual + NO_LONGER_THAN_USUAL
    redis_server.start() if trouble == "stop" else redis_server.resume()
    with messenger():
        assert len(smtp_sink.wait_for(2)) == 2


def test_a_worker_outlives_a_restart_of_redis(clinic, messenger, smtp_sink, redis_server):
    with messenger():
        book(clinic, date=next_week()[0], now=timezone.now())
        smtp_sink.wait_for(1)
        redis_server.stop()
        redis_server.start()
        book(clinic, clinic.ben, date=next_week()[0], time="11:00", now=timezone.now())
        assert [each.recipients for each in smtp_sink.wait_for(2, seconds=40)] == [
            ["ada@example.com"],
            ["ben@example.com"],
        ]


def test_a_worker_killed_in_the_middle_loses_nothing(clinic, messenger, smtp_sink, clock):
    date, time = next_week()
    visit = book(clinic, date=date, time=time, now=timezone.now())
    run_together("tests.bookings.outbox.senders:claim_now", [{}])
    with messenger():
        clock(minutes=3)
        assert [each.recipients for each in smtp_sink.wait_for(1)] == [["ada@example.com"]]
    assert visit.messages.get(kind="confirmation").attempts == 2


def test_without_redis_and_mail_server_the_letter_is_a_file(clinic, tmp_path, settings):
    mail = settings.VAR_DIR / "mail"
    before = set(mail.glob("*"))
    book(clinic, date=next_week()[0], now=timezone.now())
    with worker_and_beat(tmp_path, REDIS_URL="", EMAIL_URL=""):
        (letter,) = wait_until(lambda: set(mail.glob("*.log")) - before, seconds=30, what="the letter")
        wait_until(lambda: "Hi Ada," in letter.read_text(), what="its text")
