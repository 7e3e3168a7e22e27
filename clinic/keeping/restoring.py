"""Putting a backup in the place of the database: everything is read, migrated and checked in a database beside it first."""

import datetime as dt
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psycopg
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import DatabaseError

from bookings import outbox
from bookings.findings import Finding
from clinic.keeping import bundles, engines, folder, making, proving, versions
from clinic.keeping.engines import Engine
from clinic.keeping.opening import Opened, said
from clinic.keeping.refusals import Refused

Say = Callable[[str], None]
ASIDE = f"{folder.BEFORE}restore-"
SEEN = "messenger-seen.json"


class Restored(NamedTuple):
    """What there is to tell: where the database before is ("" when there was none), and what the diary check named."""

    aside: str
    findings: list[Finding]


def restore(engine: Engine, backup: Opened, draft: Path, *, now: dt.datetime, say: Say) -> Restored:
    """Let the backup be the database. Raises Refused, or what went wrong; then the old database is as it was."""
    refuse_another_kind(engine, backup)
    say(f"Loading it beside the database: {said(backup.manifest)} ...")
    with proving.loaded(engine, backup.folder, backup.manifest, draft) as scratch:
        with engines.looking_at(scratch):
            found = _made_ready(backup, now=now, say=say)
        _bring_pictures(backup.folder)
        aside = _keep_aside(engine, draft, now=now, say=say)
        say("Putting it in place ...")
        engine.put_in_place(scratch)
    try:
        _bring_key(backup.folder, now=now)
    except OSError as error:
        say(
            f"The key of signatures could not be put back ({error.strerror}): everybody signs in again, nothing else is lost."
        )
    # It compares the diary with what this machine has seen. We have paused already, and once is enough.
    (settings.VAR_DIR / SEEN).unlink(missing_ok=True)
    return Restored(aside, found)


def refuse_another_kind(engine: Engine, backup: Opened) -> None:
    if backup.manifest.engine != engine.name:
        raise Refused(
            f"This backup is of {backup.manifest.engine}, and DATABASE_URL names {engine.name}. Restore it there; between the "
            "two, export_clinic and import_clinic take the diary along."
        )
    if not engine.can_load():
        raise Refused(
            "This PostgreSQL role may not make a second database, and nothing is read into the first before it is proven. "
            "As the server's administrator: ALTER ROLE <this role> CREATEDB;"
        )


def _made_ready(backup: Opened, *, now: dt.datetime, say: Say) -> list[Finding]:
    """Bring the scratch to this version, silent and with nobody signed in; return what the diary check names."""
    version = versions.current()
    if version.unknown:
        raise Refused(
            f"This backup was made by a newer version of the program than the one here, which does not know "
            f"{', '.join(version.unknown[:3])}. Check out that version (git), or a newer one, and restore again."
        )
    if version.pending:
        say(f"It is of an older version: {len(version.pending)} migrations to apply ...")
        call_command("migrate", interactive=False, verbosity=0)
    made = backup.manifest.created_at.astimezone(dt.UTC)
    outbox.pause(f"Restored from the backup of {made:%Y-%m-%d %H:%M} UTC. Look what is due, then release.", now=now)
    Session.objects.all().delete()  # whoever was signed in then may have left since
    say("Checking the diary ...")
    return proving.checked(now=now)


def _keep_aside(engine: Engine, draft: Path, *, now: dt.datetime, say: Say) -> str:
    if not engine.exists():
        return ""
    say("Keeping the present database aside ...")
    try:
        (kept,) = making.make(engine, [making.Copy(ASIDE, None)], draft, now=now, say=lambda words: None)
    except (Refused, DatabaseError, psycopg.Error, sqlite3.Error) as error:
        say(f"It cannot be read ({error}); it is put aside as it is.")
        return engine.set_aside(folder.name_of(ASIDE, now))
    return str(kept.file)


def _bring_pictures(unpacked: Path) -> None:
    """Files of pictures have names of their own: those that are here already stay."""
    source, target = unpacked / bundles.MEDIA, Path(settings.MEDIA_ROOT)
    for file in source.rglob("*") if source.exists() else ():
        there = target / file.relative_to(source)
        if file.is_file() and not there.exists():
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, there.with_name(f"{there.name}.new"))
            there.with_name(f"{there.name}.new").replace(there)


def _bring_key(unpacked: Path, *, now: dt.datetime) -> None:
    """Links and codes of then were made with the key of then. The one that was here is kept beside it."""
    source, target = unpacked / bundles.KEY, settings.VAR_DIR / bundles.KEY
    if not source.exists() or (target.exists() and target.read_text() == source.read_text()):
        return
    handle, new = tempfile.mkstemp(dir=target.parent)  # mode 0600
    with os.fdopen(handle, "w") as written:
        written.write(source.read_text())
    with suppress(FileNotFoundError):
        os.link(target, target.with_name(folder.name_of(f"{bundles.KEY}.{folder.BEFORE}", now)))
    Path(new).replace(target)
