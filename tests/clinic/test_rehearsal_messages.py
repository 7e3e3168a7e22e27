"""Nothing leaves a rehearsal, though worker and clock run and every button is pressed; the same message leaves the clinic."""

import re
import signal
import subprocess
import sys
import urllib.parse
import urllib.request

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test.utils import override_settings
from django.utils import timezone

from bookings.models import Message, Messenger, Patient, Tick
from clinic import roles
from clinic.keeping import engines
from clinic.models import User
from clinic.rehearsal import place
from tests import cast, desk
from tests.bookings.visits import book, wednesday
from tests.engines import free_port, wait_until
from tests.gateway import Gateway
from tests.mailbox import Mailbox
from tests.processes import ROOT, environment, run_together

PASSWORD = "as they always sign in"
TICKS = 2


class Desk:
    """A member of staff at a browser."""

    def __init__(self, base):
        self.base = base
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

    def read(self, path):
        with self.opener.open(self.base + path, timeout=20) as answer:
            return answer.read().decode()

    def press(self, path, *, on, **fields):
        """Post to an address with the token of a page; returns the page it leads to."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.read(on))[1]
        data = urllib.parse.urlencode({"csrfmiddlewaretoken": token, **fields}).encode()
        with self.opener.open(self.base + path, data, timeout=20) as answer:
            return answer.read().decode()


@pytest.fixture
def outside():
    """The mail server and the text carrier of the clinic, both real."""
    with Mailbox() as mailbox, Gateway() as gateway:
        yield mailbox, gateway


@pytest.fixture
def clinic(transactional_db):
    clinic = cast.open_clinic()
    Patient.objects.filter(pk=clinic.ada.pk).update(sms_consent_at=timezone.now())
    manager = desk.member(roles.MANAGER, email="manager@clinic.example.net")
    encoded = PBKDF2PasswordHasher().encode(PASSWORD, "salt")
    User.objects.filter(pk=manager.pk).update(password=encoded)
    book(clinic, date=wednesday(2), now=timezone.now())
    return clinic


@pytest.fixture
def rehearsal(clinic, outside, tmp_path):
    """`./run rehearse` with the clinic's own mail and text addresses in the environment; yields its address."""
    mailbox, gateway = outside
    own = environment(
        CLINIC_VAR=str(tmp_path), EMAIL_URL=mailbox.url, CLINIC_SMS_URL=gateway.url, CLINIC_TICK_SECONDS="1"
    )
    port, said = free_port(), tmp_path / "said"
    with said.open("w") as output:
        command = [sys.executable, "manage.py", "rehearse", "--port", str(port)]
        process = subprocess.Popen(command, env=own, cwd=ROOT, stdout=output, stderr=output)
        try:
            wait_until(lambda: _is_open(process, said), seconds=120, what="the rehearsal")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def _is_open(process, said):
    assert process.poll() is None, said.read_text()
    return "Ctrl-C stops it" in said.read_text()


def _ticks_pass():
    """Wait until the worker of the database looked at has done some rounds."""
    seen = set()

    def enough():
        seen.update(Tick.objects.filter(name="tick").values_list("at", flat=True))
        return len(seen) > TICKS

    wait_until(enough, seconds=60, what="the worker's rounds")


def test_nothing_leaves_whatever_staff_press_and_the_same_message_leaves_the_clinic(
    clinic, rehearsal, outside, tmp_path
):
    mailbox, gateway = outside
    with override_settings(VAR_DIR=tmp_path):
        copy = place.database()

    with engines.looking_at(copy):
        book(clinic, clinic.ben, date=wednesday(2), time="11:00", now=timezone.now())
        Message.objects.update(due_at=timezone.now())
        Messenger.objects.update(paused_at=None)  # as if somebody had found a way around
        waiting = Message.objects.unsent().count()
        old = Message.objects.filter(appointment__patient=clinic.ada, channel="email").first()
    staff = Desk(rehearsal)
    page = staff.press("/sign-in/", on="/sign-in/", username="manager@clinic.example.net", password=PASSWORD)
    assert "Rehearsal: a copy." in page
    assert "nothing is sent from it" in staff.press("/admin/messenger/release/", on="/admin/messenger/")
    again = f"/admin/messages/{old.pk}/again/"
    assert "nothing is sent from it" in staff.press(again, on=again, reason="They ask", seen="0")
    with engines.looking_at(copy):
        _ticks_pass()
        assert waiting > 0
        assert [row.attempts for row in Message.objects.unsent()] == [0] * waiting
    assert (mailbox.connections, mailbox.deliveries, gateway.texts) == (set(), [], [])

    run_together("bookings.tasks:tick", [[]], EMAIL_URL=mailbox.url)

    assert [delivery.recipients for delivery in mailbox.wait_for(1)] == [[clinic.ada.email]]
