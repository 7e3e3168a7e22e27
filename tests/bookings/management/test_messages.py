"""The messenger is stopped and released from a terminal."""

import datetime as dt

import pytest
import time_machine
from django.core.management import CommandError, call_command

from bookings import outbox
from bookings.models import Message
from tests import cast
from tests.bookings.visits import book

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_eight():
    with time_machine.travel(cast.NOW, tick=False):
        yield


def said(capsys, *words):
    call_command("messages", *words)
    return capsys.readouterr().out


def test_it_says_that_messages_go_out_and_what_waits(capsys):
    book(cast.open_clinic())
    assert said(capsys, "state") == ("Messages go out.\n1 due, and 0 too late to be of use: those will be withdrawn.\n")


def test_what_is_paused_says_since_when_and_why_and_waits(capsys):
    book(cast.open_clinic())
    first, _waits = said(capsys, "pause", "moving house").splitlines()
    assert first == "Paused since 2026-03-02 13:00 UTC: moving house"
    assert outbox.send_due(now=cast.NOW) == {}
    assert Message.objects.filter(state="due", due_at__lte=cast.NOW).count() == 1


def test_released_it_sends_again(capsys):
    book(cast.open_clinic())
    said(capsys, "pause", "moving house")
    assert said(capsys, "release").startswith("Messages go out.\n")
    assert outbox.send_due(now=cast.NOW)["sent"] == 1


def test_a_pause_without_a_reason_is_refused():
    with pytest.raises(CommandError, match="Say why"):
        call_command("messages", "pause", " ")


def test_a_mail_server_that_refuses_everything_is_named(capsys):
    outbox.pausing.shut(3, "SMTPDataError 554", now=cast.NOW)
    assert said(capsys, "state").splitlines()[0] == (
        "The mail server refuses everything (SMTPDataError 554); it is asked again at 13:05 UTC. Look at its account."
    )


def test_what_is_too_late_is_counted_apart(capsys):
    visit = book(cast.open_clinic())
    Message.objects.filter(appointment=visit).update(useful_until=cast.NOW - dt.timedelta(hours=1))
    assert said(capsys, "state").splitlines()[1].startswith("0 due, and 1 too late")
