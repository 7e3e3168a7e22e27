"""The folder of backups: whole files with a manifest beside each, and one draft while a backup is being made.

clinic-20260302T021500Z.age        the backup, encrypted (.tar.gz when it was not)
clinic-20260302T021500Z.json       its manifest; a backup without one was never finished
before-upgrade-20260302T0900Z...   the database before an upgrade, unencrypted, for the way back
"""

import contextlib
import datetime as dt
import fcntl
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from clinic.keeping import manifests, retention
from clinic.keeping.manifests import Manifest
from clinic.keeping.refusals import Refused

NAME, BEFORE, DRAFT, LOCK = "clinic-", "before-", "draft-", ".lock"
STAMP = "%Y%m%dT%H%M%SZ"
SEALED, OPEN = ".age", ".tar.gz"


class Backup(NamedTuple):
    """A finished backup: the file and what is said of it."""

    file: Path
    manifest: Manifest


def last_backup() -> dt.datetime | None:
    """Return when the last good backup was made, or None: for check lists. Looks at names and sizes, decrypts nothing."""
    return max((backup.manifest.created_at for backup in backups()), default=None)


def backups(kind: str = NAME) -> list[Backup]:
    """Return the finished backups, oldest first. A file that is missing or has another size than it had is none."""
    found = []
    for said in sorted(folder().glob(f"{kind}*.json")):
        manifest = manifests.read(said)
        file = next((file for end in (SEALED, OPEN) if (file := said.with_suffix(end)).exists()), None)
        if manifest and file and file.stat().st_size == manifest.size:
            found.append(Backup(file, manifest))
    return sorted(found, key=lambda backup: backup.manifest.created_at)


def beside(file: Path) -> Path:
    """Return where the manifest of a backup lies."""
    return file.with_name(file.name.removesuffix(SEALED).removesuffix(OPEN) + ".json")


def folder() -> Path:
    return Path(settings.CLINIC_BACKUPS)


def name_of(kind: str, now: dt.datetime) -> str:
    return f"{kind}{now.astimezone(dt.UTC).strftime(STAMP)}"


@contextlib.contextmanager
def drafting() -> Iterator[Path]:
    """Yield an empty folder that is gone afterwards; what a killed process left is removed first. One at a time."""
    _refuse_root()
    place = folder()
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(place / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise Refused(
            f"{place} cannot be written to ({error.strerror}). Set CLINIC_BACKUPS to a folder that can."
        ) from None
    try:
        _lock(handle)
        for left in place.glob(f"{DRAFT}*"):
            shutil.rmtree(left)
        draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=place))  # mode 0700
        try:
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    finally:
        os.close(handle)


def _refuse_root() -> None:
    """What root writes into the clinic's folders, the clinic could not write to any more."""
    owner = settings.VAR_DIR.stat().st_uid
    if os.geteuid() == 0 and owner != 0:
        with contextlib.suppress(KeyError):
            owner = pwd.getpwuid(owner).pw_name
        raise Refused(f"{settings.VAR_DIR} belongs to {owner}: say it as that user, sudo -u {owner} ...")


def _lock(handle: int) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the system lets go of it when we are killed
    except BlockingIOError:
        raise Refused("Another backup, restore or upgrade is at work. Wait until it has ended.") from None


def finish(draft: Path, name: str, manifest: Manifest) -> Backup:
    """Give the draft its name, and then its manifest: in that order, so that a manifest always has its file."""
    end = SEALED if draft.suffix == SEALED else OPEN
    file = folder() / f"{name}{end}"
    written = draft.with_name("manifest-beside")
    written.write_text(manifest.written())
    for each, target in ((draft, file), (written, beside(file))):
        each.chmod(0o600)
        _to_disk(each)
        each.replace(target)
    _to_disk(folder())
    return Backup(file, manifest)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def tidy(*, now: dt.datetime) -> list[Path]:
    """Remove what is too old to be kept, and return it. The newest is never removed."""
    rule = {
        "days": settings.CLINIC_BACKUP_DAYS,
        "weeks": settings.CLINIC_BACKUP_WEEKS,
        "months": settings.CLINIC_BACKUP_MONTHS,
    }
    gone = _beyond(backups(), now=now, **rule)
    gone += _beyond(backups(BEFORE), now=now, days=settings.CLINIC_BACKUP_DAYS, weeks=0, months=0)
    for backup in gone:
        beside(backup.file).unlink(missing_ok=True)
        backup.file.unlink(missing_ok=True)
    return [backup.file for backup in gone]


def _beyond(found: list[Backup], *, now: dt.datetime, **rule: int) -> list[Backup]:
    kept = retention.kept([backup.manifest.created_at for backup in found], now=now, **rule)
    return [backup for backup in found if backup.manifest.created_at not in kept]
