"""Restoring by doing it: an equal diary that tells nobody anything twice, or the old one as it was."""

import signal
import subprocess
import sys

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection

from bookings import outbox, scheduling
from bookings.models import Appointment, Message, Messenger
from clinic.keeping import engines, evidence, sealing
from clinic.keeping.engines import sqlite
from tests.bookings.visits import book
from tests.cast import NOW, at
from tests.clinic.keeping import databases
from tests.clinic.keeping.machines import PORTRAIT
from tests.clinic.keeping.traffic import House
from tests.engines import wait_until
from tests.processes import ROOT, environment, running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.engine
def test_the_diary_is_equal_the_sent_stay_sent_and_the_database_before_can_come_back(machine, capsys):
    visit = live_on()
    mail.outbox.clear()
    machine.restore()

    assert diary() == machine.stick.diary
    assert (machine.folder / "media" / "portrait.webp").read_bytes() == PORTRAIT
    assert outbox.is_paused()
    assert outbox.send_due(now=NOW) == {}
    outbox.release(now=NOW)
    assert outbox.send_due(now=NOW) == {"sent": 2}
    assert len(mail.outbox) == 2

    (aside,) = machine.backups.glob("before-restore-*.tar.gz")
    assert str(aside) in capsys.readouterr().out
    call_command("restore", str(aside))
    assert Appointment.objects.get(reference=visit.reference).status == "booked"
    assert Session.objects.count() == 0
    assert databases.beside() == []


def live_on():
    """What happens after the backup: one visit is canceled, another booked, and somebody signs in."""
    scheduling.cancel(Appointment.objects.earliest("pk"), by=scheduling.By.system(), now=NOW, reason="other")
    Session.objects.create(session_key="signed-in", expire_date=at("2026-03-03", "08:00"))
    return book(House(), date="2026-03-11")


def diary():
    return databases.diary_of(databases.everything())


# --- Refused before anything changes --------------------------------------------------------------------------------


def test_a_backup_of_a_newer_version_is_refused(machine):
    with connection.cursor() as cursor:
        values = "('bookings', '9999_from_the_future', '2026-03-02')"
        cursor.execute(f"INSERT INTO django_migrations (app, name, applied) VALUES {values}")
    call_command("backup")
    (newer,) = machine.backups.glob("*.age")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE name = '9999_from_the_future'")
    refused(machine, "made by a newer version .* does not know bookings.9999_from_the_future", file=newer)


def test_the_wrong_key_is_refused(machine, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text(str(sealing.new_key()))
    refused(machine, "was encrypted to another key", identity=other)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# nothing", "holds no secret key"),
        ("AGE-SECRET-KEY-1MISTYPED", "is mistyped"),
    ],
)
def test_a_key_file_without_a_key_is_refused(machine, tmp_path, text, words):
    (tmp_path / "other.txt").write_text(text)
    refused(machine, words, identity=tmp_path / "other.txt")


def test_without_a_key_the_option_is_named(machine):
    refused(machine, "--identity KEYFILE", identity=None)


def test_a_changed_file_is_refused(machine, tmp_path):
    file = tmp_path / "copy.age"
    content = machine.stick.file.read_bytes()
    file.write_bytes(content[:-100] + bytes(100))
    refused(machine, "copy.age cannot be read", file=file)


def test_a_file_that_is_not_there_is_refused(machine, tmp_path):
    refused(machine, "There is no file", file=tmp_path / "nothing.age")


def test_a_backup_of_the_other_kind_of_database_is_refused(machine, monkeypatch):
    monkeypatch.setattr(sqlite.SQLite, "name", "postgresql")
    call_command("backup")
    (other,) = machine.backups.glob("*.age")
    monkeypatch.undo()
    refused(machine, "is of postgresql, and DATABASE_URL names sqlite", file=other)


def refused(machine, words, *, file=None, **identity):
    before, kept = databases.everything(), machine.finished
    with pytest.raises(CommandError, match=f"(?s){words}.*Nothing was changed"):
        call_command("restore", str(file or machine.stick.file), **{"identity": machine.stick.identity, **identity})
    assert databases.everything() == before
    assert machine.finished == kept


# --- Half-way -------------------------------------------------------------------------------------------------------


@pytest.mark.engine
def test_killed_at_the_last_step_the_database_is_the_old_or_the_new_one_and_the_next_try_works(machine):
    live_on()
    before, step = diary(), b"Putting it in place"
    restore = [sys.executable, "manage.py", "restore", str(machine.stick.file), "--while-running"]
    command = [*restore, "--identity", str(machine.stick.identity)]
    with subprocess.Popen(
        command, env=environment(**machine.environment()), cwd=ROOT, stderr=subprocess.PIPE
    ) as process:
        wait_until(lambda: step in process.stderr.readline(), seconds=30, what="the last step")
        process.send_signal(signal.SIGKILL)
    assert diary() in (before, machine.stick.diary)

    machine.restore()
    assert diary() == machine.stick.diary
    assert databases.beside() == []


def test_a_busy_database_is_left_alone(machine, monkeypatch):
    monkeypatch.setattr(sqlite, "WAIT_SECONDS", 0.1)
    before = databases.everything()
    with databases.somebody_writing(), pytest.raises(CommandError, match="stop web, worker and clock"):
        machine.restore()
    assert databases.everything() == before


def test_a_database_that_cannot_be_read_is_put_aside_as_it_is(machine):
    file = machine.database
    file.write_bytes(b"no database at all" * 1000)
    machine.restore()
    assert diary() == machine.stick.diary
    (aside,) = file.parent.glob("before-restore-*.sqlite3")
    assert aside.read_bytes() == b"no database at all" * 1000


def test_on_an_empty_machine_there_is_nothing_to_keep(machine, capsys):
    machine.database.unlink()
    (machine.folder / "secret_key").write_text("another one")
    machine.restore()
    assert Messenger.current().paused_at is not None
    assert Message.objects.filter(state="sent").count() == 12
    assert "is kept" not in capsys.readouterr().out
    assert (machine.folder / "secret_key").read_text() != "another one"
    assert [file.read_text() for file in machine.folder.glob("secret_key.before-*")] == ["another one"]


# --- While it runs --------------------------------------------------------------------------------------------------


@pytest.mark.engine
def test_while_the_clinic_runs_nothing_is_restored(machine, monkeypatch):
    for name in ("DATABASE_URL", "CLINIC_VAR"):
        monkeypatch.setenv(name, environment(**machine.environment())[name])
    with running("-c", "import sys, time; time.sleep(60)", "celery", **machine.environment()) as worker:
        wait_until(lambda: worker.pid in evidence.processes(), what="the worker")
        with pytest.raises(CommandError, match=f"(?s)is running: .*{worker.pid}.*--while-running.*Nothing was changed"):
            machine.restore()
    assert evidence.running(engines.of(), now=NOW) == []


@pytest.mark.engine
def test_a_worker_elsewhere_shows_by_its_tick(machine, settings):
    period = settings.CLINIC_TICK_SECONDS
    last = evidence.last_tick()
    assert evidence.running(engines.of(), now=last.replace(second=period - 1)) == [evidence.TICKED]
    assert evidence.running(engines.of(), now=last.replace(minute=5)) == []
