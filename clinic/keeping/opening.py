"""Opening a backup that lies somewhere: decrypted, unpacked and compared with its manifest, before anything is done with it."""

import datetime as dt
from pathlib import Path
from typing import NamedTuple

from pyrage.x25519 import Identity

from clinic.keeping import bundles, folder, manifests, sealing
from clinic.keeping.manifests import Manifest
from clinic.keeping.refusals import Refused


class Opened(NamedTuple):
    """What was unpacked, and where."""

    manifest: Manifest
    folder: Path


def opened(file: Path, keys: list[Identity] | None, draft: Path) -> Opened:
    """Read all of the file. Raises Refused when a byte of it is not what it was, or when it takes another key."""
    if not file.is_file():
        raise Refused(f"There is no file {file}.")
    _compare_with_what_lies_beside(file)
    plain = _plain(file, keys, draft)
    unpacked = draft / "opened"
    manifest = bundles.unpack(plain, unpacked)
    if plain != file:
        plain.unlink()
    return Opened(manifest, unpacked)


def _compare_with_what_lies_beside(file: Path) -> None:
    beside = manifests.read(folder.beside(file))
    if beside and beside.sha256 != sealing.digest(file):
        raise Refused(
            f"{file.name} is not the file its manifest speaks of: it is damaged, or another one. Take another copy."
        )


def _plain(file: Path, keys: list[Identity] | None, draft: Path) -> Path:
    if file.suffix != folder.SEALED:
        return file
    if not keys:
        raise Refused(f"{file.name} is encrypted: name the file with the secret key by --identity KEYFILE.")
    plain = draft / f"opened{folder.OPEN}"
    sealing.unseal(file, plain, keys)
    return plain


def said(manifest: Manifest) -> str:
    """One line for people: when, of what, how much."""
    made = manifest.created_at.astimezone(dt.UTC)
    visits = manifest.counts.get("bookings_appointment", 0)
    return f"made {made:%Y-%m-%d %H:%M} UTC on {manifest.engine}, {visits} visits, {sum(manifest.counts.values())} rows in all"
