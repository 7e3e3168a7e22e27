"""Upgrades by doing them: a database of the first version comes to today, and a failing one is undone."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from bookings.models import Appointment, Message, Occupancy, Patient
from clinic.keeping import last_backup, proving, versions
from tests.cast import NOW
from tests.clinic.keeping import databases
from tests.diary import past_the_verbs
from tests.engines import wait_until
from tests.processes import ROOT, environment

pytestmark = pytest.mark.django_db(transaction=True)
HERE = Path(__file__).parent
FIRST = [(app, "0001_initial") for app in ("clinic", "treatments", "bookings", "admin", "sessions")]
BAD = {"axes": "tests.clinic.keeping.failing"}


@pytest.fixture
def first_version(machine, tmp_path):
    """The machine as the first version of the program left it."""
    name = databases.name_beside(tmp_path, "first")
    databases.create(name)
    with databases.used(name):
        make_first_version()
        yield machine


def make_first_version():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":  # tables as that version made them
            cursor.connection.executescript((HERE / "first_tables.sql").read_text())
        else:
            MigrationExecutor(connection).migrate(FIRST)
        statements = (HERE / "first_rows.sql").read_text().split(";\n")
        for statement in filter(str.strip, statements):
            cursor.execute(statement)
    connection.close()


@pytest.mark.engine
def test_a_failing_upgrade_of_the_first_version_is_undone_and_a_good_one_comes_to_today(
    first_version, settings, capsys
):
    before = databases.everything()
    settings.MIGRATION_MODULES = BAD
    with pytest.raises(CommandError, match=r"(?s)Migrating: the new version has a mistake.*what it was before"):
        call_command("upgrade")
    assert databases.everything() == before
    assert databases.beside() == []

    settings.MIGRATION_MODULES = {}
    call_command("upgrade")
    assert versions.current().pending == []
    assert proving.checked(now=NOW) == []
    assert (Appointment.objects.count(), Patient.objects.count()) == (46, 8)
    assert Message.objects.filter(state="sent").count() == len(
        [row for row in before["bookings_message"] if "sent" in row]
    )
    assert sorted(Appointment.objects.values_list("reference", "status")) == sorted(visits(before))
    assert last_backup() == NOW
    assert "Upgraded." in capsys.readouterr().out


@pytest.mark.engine
def test_killed_among_its_migrations_the_copy_from_before_is_there_and_the_next_try_comes_to_today(first_version):
    before = databases.everything()
    command = [sys.executable, "manage.py", "upgrade", "--while-running"]
    with subprocess.Popen(
        command, env=environment(**first_version.environment()), cwd=ROOT, stderr=subprocess.PIPE
    ) as process:
        wait_until(lambda: b"Applying bookings.0002" in process.stderr.readline(), seconds=60, what="the migrations")
        process.send_signal(signal.SIGKILL)
    assert (versions.current().pending != [], first_version.finished[0][:15]) == (True, "before-upgrade-")

    call_command("upgrade")
    assert versions.current().pending == []
    assert proving.checked(now=NOW) == []
    assert sorted(Appointment.objects.values_list("reference", "status")) == sorted(visits(before))


def visits(rows):
    """Return (reference, status) of the rows as the first version had them."""
    names = [
        column.name
        for column in dict(zip(sorted({*rows} - {"tables"}), rows["tables"], strict=True))["bookings_appointment"]
    ]
    return [(row[names.index("reference")], row[names.index("status")]) for row in rows["bookings_appointment"]]


def test_a_diary_that_does_not_add_up_afterwards_is_put_back_unless_it_is_accepted(machine, settings, capsys):
    settings.CLINIC_BACKUP_RECIPIENT = ""
    past_the_verbs(Occupancy).filter(appointment=Appointment.objects.earliest("pk")).delete()
    before = databases.everything()
    with pytest.raises(CommandError, match=r"(?s)Checking the diary: check_diary names .*--accept-findings"):
        call_command("upgrade")
    assert databases.everything() == before
    assert machine.finished == ["before-upgrade-20260302T130000Z.json", "before-upgrade-20260302T130000Z.tar.gz"]
    assert "CLINIC_BACKUP_RECIPIENT is not set: only the copy" in capsys.readouterr().err

    call_command("upgrade", accept_findings=True)
    assert len(proving.checked(now=NOW)) > 0


def test_a_database_of_a_newer_version_is_not_touched(machine):
    with connection.cursor() as cursor:
        values = "('clinic', '9999_from_the_future', '2026-03-02')"
        cursor.execute(f"INSERT INTO django_migrations (app, name, applied) VALUES {values}")
    with pytest.raises(CommandError, match=r"(?s)clinic\.9999_from_the_future.*Nothing was changed"):
        call_command("upgrade")
    assert machine.finished == []
