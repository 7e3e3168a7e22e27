"""The database falls over in mid-send, or is locked by a backup: nothing is lost, and nobody sees a trace."""

import contextlib
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest
from django.db import connection
from django.urls import reverse

from bookings.models import Appointment
from tests.engines import wait_until
from tests.faults.lodgers import own_postgresql
from tests.faults.visitors import all_sent, ask, book_some, letters, ready_to_press
from tests.processes import run_together

pytestmark = [pytest.mark.engine, pytest.mark.django_db(transaction=True)]

LETTERS = 6
HOLD = """
import sqlite3, sys, time
backup = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
backup.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
time.sleep(float(sys.argv[2]))
backup.execute("ROLLBACK")
"""


# --- It falls over --------------------------------------------------------------------------------------------------


@pytest.fixture
def database(transactional_db):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is no server that could fall over")
    with own_postgresql() as server:
        yield server


class Onlooker:
    """Somebody who looks at a page all the time, and keeps what they saw."""

    def __init__(self, address: str):
        self.seen: list[tuple[int, bool]] = []
        self._address, self._over = address, threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._over.set()
        self._thread.join()

    def _look(self):
        while not self._over.wait(0.05):
            answer = ask(self._address)
            self.seen.append((answer.status, "Traceback" in answer.text or "psycopg" in answer.text))


def test_a_database_that_falls_over_in_mid_send_loses_no_letter_and_shows_no_trace(
    database, messenger, sink, clock, start_web, shared
):
    own = {"DATABASE_URL": database.url}
    run_together("tests.faults.lodgers:move_in", [[LETTERS]], **own)
    sink.seconds_to_take = 0.3
    with start_web(**shared, **own) as url, messenger.working(**own), Onlooker(url + "/treatments/") as onlooker:
        wait_until(lambda: sink.takes >= 2, seconds=60, what="the second letter")
        database.fall_over()
        clock.ahead(minutes=3)  # the lease of what the sender held has run out
        wait_until(lambda: database.letters() == {"sent": LETTERS}, seconds=60, what="the mail")
        looked = len(onlooker.seen)
        wait_until(lambda: len(onlooker.seen) > looked + 1, seconds=30, what="a page after it")
    copies = Counter(each.message["Message-ID"] for each in sink.deliveries)
    assert (len(copies), max(copies.values()) <= 2, len(sink.deliveries) <= LETTERS + 1) == (LETTERS, True, True)
    assert {shown_trace for _status, shown_trace in onlooker.seen} == {False}
    assert onlooker.seen[-1][0] == 200
    assert {status for status, _trace in onlooker.seen} <= {200, 500, 503}


# --- It is locked ---------------------------------------------------------------------------------------------------


@pytest.fixture
def file(transactional_db):
    if connection.vendor != "sqlite":
        pytest.skip("nobody locks all of a PostgreSQL for a backup")
    return str(connection.settings_dict["NAME"])


@contextlib.contextmanager
def locked_for(seconds, file):
    """Lock the SQLite file as a backup does; goes on once it is locked, and waits for its end after the block."""
    command = [sys.executable, "-c", HOLD, file, str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as backup:
        assert backup.stdout.readline() == "locked\n"
        yield


def test_while_a_backup_locks_the_file_for_a_while_everything_waits_and_nothing_is_lost(
    file, clinic, messenger, sink, start_web, shared, settings
):
    settings.CLINIC_FORM_SECONDS = 0
    (ticket,) = ready_to_press(1)
    book_some(clinic, LETTERS)
    with start_web(**shared) as url, messenger.working():
        wait_until(lambda: sink.takes, seconds=60, what="the first letter")
        with locked_for(4, file):
            began = time.monotonic()
            answer = ticket.press(url)
            waited = time.monotonic() - began
        wait_until(all_sent(LETTERS + 1), seconds=60, what="the mail")
    assert (answer.status, answer.path, waited > 2) == (200, reverse("book-done"), True)
    assert_once_each(sink, LETTERS + 1)


@pytest.mark.soak
def test_a_lock_longer_than_our_patience_sends_back_to_the_times_and_nothing_is_half_written(
    file, clinic, messenger, sink, clock, start_web, shared, settings
):
    settings.CLINIC_FORM_SECONDS = 0
    (ticket,) = ready_to_press(1)
    book_some(clinic, LETTERS)
    with start_web(**shared) as url, messenger.working():
        with locked_for(30, file):
            first = ticket.press(url, seconds=60)
        before = Appointment.objects.filter(patient__email="patient-0@example.com").count()
        second = ready_to_press(1)[0].press(url, seconds=60)
        clock.ahead(minutes=3)
        wait_until(all_sent(LETTERS + 1), seconds=90, what="the mail")
    assert ("Traceback" in first.text, "locked" in first.text, before) == (False, False, 0)
    assert (second.status, second.path) == (200, reverse("book-done"))
    assert (first.status, first.path) == (200, reverse("book-time"))  # as if somebody had been quicker
    assert_once_each(sink, LETTERS + 1)


def assert_once_each(sink, count):
    assert letters().count() == count
    assert len({each.message["Message-ID"] for each in sink.deliveries}) == len(sink.deliveries) == count
