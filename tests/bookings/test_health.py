"""What `/healthz` says, and that it says it in time."""

import datetime as dt
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from celery import current_app
from django.db import OperationalError, connection

from bookings import health, outbox
from bookings.models import Tick
from tests import cast
from tests.bookings.visits import book
from tests.engines import free_port

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic(db):
    return cast.open_clinic()


@pytest.fixture
def ticked(db):
    return Tick.objects.create(name="tick", at=cast.NOW)


@pytest.fixture
def broker(redis_server):
    """Celery's broker is a real Redis for the length of the test."""
    kept = current_app.conf.broker_url, current_app.conf.broker_transport_options
    current_app.conf.broker_url, current_app.conf.broker_transport_options = redis_server.url, {}
    yield redis_server
    current_app.conf.broker_url, current_app.conf.broker_transport_options = kept


def test_all_is_well(ticked):
    assert health.report(now=cast.NOW + dt.timedelta(seconds=30)) == {
        "healthy": True,
        "reasons": [],
        "database": True,
        "broker": True,
        "oldest_due_seconds": None,
        "last_tick_seconds": 30,
    }


def test_a_worker_that_never_ticked_is_a_reason():
    assert health.report(now=cast.NOW)["reasons"] == ["no tick"]


@pytest.mark.parametrize(("minutes", "reasons"), [(5, []), (6, ["no tick"])])
def test_a_worker_that_fell_silent_is_a_reason(ticked, minutes, reasons):
    assert health.report(now=cast.NOW + dt.timedelta(minutes=minutes))["reasons"] == reasons


def test_a_message_that_should_have_gone_is_a_reason(clinic):
    book(clinic)
    now = cast.NOW + dt.timedelta(minutes=11)
    Tick.objects.create(name="tick", at=now)
    report = health.report(now=now)
    assert (report["reasons"], report["oldest_due_seconds"]) == (["messages are late"], 660)


def test_a_message_that_rests_between_two_tries_is_late_all_the_same(clinic, smtp_sink):
    book(clinic)
    smtp_sink.refuse("451 try again later")
    now = cast.NOW + dt.timedelta(minutes=11)
    outbox.send_due(now=now)
    assert health.report(now=now)["oldest_due_seconds"] == 660


def test_a_reminder_of_next_week_is_not_late(clinic, ticked):
    visit = book(clinic)
    outbox.send_due(now=cast.NOW)
    assert visit.messages.filter(state="due").count() == 1
    assert health.report(now=cast.NOW)["oldest_due_seconds"] is None


def test_a_broker_that_refuses_is_a_reason(ticked, broker):
    broker.stop()
    assert health.report(now=cast.NOW)["reasons"] == ["broker"]


def test_a_broker_that_hangs_is_found_out_within_two_seconds(ticked, broker):
    broker.pause()
    began = time.monotonic()
    assert health.report(now=cast.NOW)["reasons"] == ["broker"]
    assert time.monotonic() - began < 2
    broker.resume()


def test_a_database_that_fails_is_the_only_thing_said(ticked):
    def refuse(*query):
        raise OperationalError("gone")

    with connection.execute_wrapper(refuse):
        assert health.report(now=cast.NOW) == {"healthy": False, "reasons": ["database"], "database": False}


def test_a_message_a_sender_has_had_for_long_is_late_too(clinic, ticked):
    visit = book(clinic)
    outbox.claim(now=cast.NOW)
    assert visit.messages.get(kind="confirmation").state == "sending"
    assert health.report(now=cast.NOW + dt.timedelta(minutes=2))["oldest_due_seconds"] == 120


def test_a_pause_and_a_server_that_refuses_all_are_reasons(ticked):
    outbox.pause("moving house", now=cast.NOW)
    outbox.pausing.shut(3, "SMTPDataError 554", now=cast.NOW)
    assert health.report(now=cast.NOW)["reasons"] == ["messages are paused", "the mail server refuses all"]


# --- The dead-man address -------------------------------------------------------------------------------------------


@pytest.fixture
def watcher():
    """Somebody who waits to be asked; `paths` is what it was asked."""
    paths = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            paths.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments):
            """It tells of every request."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/alive", paths
    server.shutdown()
    server.server_close()


def test_while_all_is_well_the_watcher_is_asked(ticked, watcher):
    url, paths = watcher
    assert (health.say_alive(url, now=cast.NOW), paths) == (True, ["/alive"])


def test_when_something_is_wrong_it_is_not_asked_and_rings(ticked, watcher):
    url, paths = watcher
    outbox.pause("moving house", now=cast.NOW)
    assert (health.say_alive(url, now=cast.NOW), paths) == (False, [])


@pytest.mark.parametrize("url", ["", f"http://127.0.0.1:{free_port()}/"], ids=["no address", "nobody there"])
def test_without_a_watcher_nothing_happens(ticked, url):
    assert health.say_alive(url, now=cast.NOW) is False
