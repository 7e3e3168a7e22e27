"""Backing up by doing it: what is in the file, who can read it, what is refused, and what a killed one leaves."""

import datetime as dt
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pyrage
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from bookings.models import Appointment
from clinic.keeping import bundles, engines, folder, last_backup, manifests, opening, proving, sealing
from tests.cast import NOW
from tests.clinic.keeping import databases
from tests.clinic.keeping.machines import PORTRAIT
from tests.engines import wait_until
from tests.processes import ROOT, environment, run_together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.engine
def test_a_backup_holds_every_row_and_file_and_only_the_secret_key_reads_it(machine, tmp_path):
    file, rows = machine.stick.file, machine.stick.rows
    assert file.name == "clinic-20260302T130000Z.age"
    assert {stat.S_IMODE(os.stat(each).st_mode) for each in (file, folder.beside(file))} == {0o600}

    backup = opening.opened(file, sealing.identities(machine.stick.identity), tmp_path)
    assert backup.manifest.counts == {table: len(rows[table]) for table in backup.manifest.counts}
    assert {*rows} - {"tables"} <= {*backup.manifest.counts}
    assert (backup.folder / "media" / "portrait.webp").read_bytes() == PORTRAIT
    assert sorted(path.name for path in backup.folder.iterdir()) == ["database", "manifest.json", "media", "secret_key"]
    with pytest.raises(pyrage.DecryptError, match="No matching keys"):
        pyrage.decrypt(file.read_bytes(), [sealing.new_key()])


@pytest.mark.engine
def test_while_people_book_and_cancel_every_visit_in_it_is_whole(machine, tmp_path):
    lanes = [{"lane": 0, "number": 1}, {"lane": 1, "number": 20}, {"lane": 2, "number": 20}]
    (made,), *_booked = run_together("tests.clinic.keeping.traffic:work", lanes, **machine.environment())

    assert Appointment.objects.count() == 14 + 40
    assert manifests.read(folder.beside(Path(made))).findings == 0
    backup = opening.opened(Path(made), sealing.identities(machine.stick.identity), tmp_path)
    with proving.loaded(engines.of(), backup.folder, backup.manifest, tmp_path) as scratch, engines.looking_at(scratch):
        assert proving.checked(now=NOW) == []
        assert 14 <= Appointment.objects.count() <= 14 + 40


@pytest.mark.engine
def test_killed_it_leaves_a_draft_that_the_next_one_removes(machine):
    command = [sys.executable, "manage.py", "backup"]
    with subprocess.Popen(
        command, env=environment(**machine.environment()), cwd=ROOT, stderr=subprocess.PIPE
    ) as process:
        wait_until(lambda: b"Reading it back" in process.stderr.readline(), seconds=30, what="the backup")
        process.send_signal(signal.SIGKILL)
    assert [name[:6] for name in machine.finished] == ["draft-"]
    assert last_backup() is None

    call_command("backup")
    assert machine.finished == ["clinic-20260302T130000Z.age", "clinic-20260302T130000Z.json"]
    assert last_backup() == NOW
    assert databases.beside() == []


@pytest.mark.engine
def test_without_pg_dump_it_says_what_to_install(machine, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    if connection.vendor == "sqlite":  # which needs no program
        call_command("backup")
        return
    with pytest.raises(CommandError, match="apt install postgresql-client"):
        call_command("backup")
    assert machine.finished == []


# --- Keys -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recipient", "words"),
    [("", "./run backup --new-key"), ("age1mistyped", "CLINIC_BACKUP_RECIPIENT is no public key")],
)
def test_without_a_key_there_is_no_backup_and_the_next_step_is_named(machine, settings, recipient, words):
    settings.CLINIC_BACKUP_RECIPIENT = recipient
    with pytest.raises(CommandError, match=words):
        call_command("backup")
    assert machine.finished == []


def test_without_encryption_only_when_it_is_said(machine, settings):
    settings.CLINIC_BACKUP_RECIPIENT = ""
    call_command("backup", unencrypted=True)
    assert machine.finished == ["clinic-20260302T130000Z.json", "clinic-20260302T130000Z.tar.gz"]


def test_a_new_key_is_shown_once_and_kept_nowhere(machine, capsys, tmp_path):
    call_command("backup", new_key=True)
    shown = tmp_path / "safe.txt"
    shown.write_text(capsys.readouterr().out)
    (key,) = sealing.identities(shown)
    assert f"CLINIC_BACKUP_RECIPIENT={key.to_public()}\n" in shown.read_text()
    assert not machine.backups.exists()


# --- Reading one whole ----------------------------------------------------------------------------------------------


def test_verify_reads_it_to_its_last_row(machine, capsys):
    call_command("backup", verify=machine.stick.file, identity=machine.stick.identity)
    assert capsys.readouterr().out.startswith(
        "Whole, and every row is there: made 2026-03-02 13:00 UTC on sqlite, 14 visits"
    )


def without_its_end(content):
    return content[: len(content) // 2]


def with_one_bit_changed(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def nothing(content):
    return b""


@pytest.mark.parametrize("harm", [without_its_end, with_one_bit_changed, nothing])
@pytest.mark.parametrize("beside", ["with its manifest", "alone"])
def test_a_damaged_file_is_refused(machine, tmp_path, harm, beside):
    file = tmp_path / machine.stick.file.name
    file.write_bytes(harm(machine.stick.file.read_bytes()))
    if beside == "with its manifest":
        shutil.copy(folder.beside(machine.stick.file), tmp_path)
    with pytest.raises(CommandError, match=f"{file.name} (is damaged|is not the file|cannot be read)"):
        call_command("backup", verify=file, identity=machine.stick.identity)


def test_a_bundle_whose_files_are_others_is_refused(machine, tmp_path):
    backup = opening.opened(machine.stick.file, sealing.identities(machine.stick.identity), tmp_path)
    bundle = tmp_path / "forged.tar.gz"
    (tmp_path / "key").write_text("another key")
    members = {name: backup.folder / name for name in backup.manifest.members}
    bundles.pack(bundle, backup.manifest, {**members, "secret_key": tmp_path / "key"})
    with pytest.raises(CommandError, match="does not hold what its manifest says"):
        call_command("backup", verify=bundle)


# --- What is kept ---------------------------------------------------------------------------------------------------


def test_a_new_one_removes_what_is_too_old_and_leaves_what_is_not_ours(machine, settings):
    settings.CLINIC_BACKUP_WEEKS = settings.CLINIC_BACKUP_MONTHS = 1
    for days in (9, 8, 6):
        old(machine, NOW - dt.timedelta(days=days))
    (machine.backups / "clinic-notes.txt").write_text("mine")
    call_command("backup")
    assert [name for name in machine.finished if name.endswith("Z.age")] == [
        "clinic-20260224T130000Z.age",
        "clinic-20260302T130000Z.age",
    ]
    assert len(machine.finished) == 5


def test_a_file_cut_short_is_no_last_backup(machine):
    old(machine, NOW - dt.timedelta(days=2))
    newer = old(machine, NOW - dt.timedelta(days=1))
    newer.write_bytes(b"")
    assert last_backup() == NOW - dt.timedelta(days=2)


def old(machine, at):
    """Put the stick's backup into the folder, as if it had been made then."""
    machine.backups.mkdir(exist_ok=True)
    file = machine.backups / f"{folder.name_of(folder.NAME, at)}.age"
    shutil.copy(machine.stick.file, file)
    said = manifests.read(folder.beside(machine.stick.file))
    folder.beside(file).write_text(said.written().replace(said.created_at.isoformat(), at.isoformat()))
    return file


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write into somebody else's folder")
def test_root_does_not_write_into_the_folder_of_the_clinics_user(machine):
    os.chown(machine.folder, 12345, -1)
    with pytest.raises(CommandError, match=r"belongs to 12345: .* sudo -u 12345"):
        call_command("backup")
    assert not machine.backups.exists()


def test_two_at_once_do_not_disturb_each_other(machine):
    with folder.drafting(), pytest.raises(CommandError, match="Another backup, restore or upgrade is at work"):
        call_command("backup")
