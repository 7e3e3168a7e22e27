"""Making a backup: dump, pack, encrypt, read all of it back from the disk, and only then give it its name."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from pyrage.x25519 import Identity, Recipient

from clinic.keeping import bundles, folder, proving, sealing, versions
from clinic.keeping.engines import Engine
from clinic.keeping.folder import Backup
from clinic.keeping.manifests import Manifest

Say = Callable[[str], None]


class Copy(NamedTuple):
    """One file to make: how its name begins, and who may read it. None: everybody who can read the folder."""

    kind: str
    reader: Recipient | None


def make(engine: Engine, copies: list[Copy], draft: Path, *, now: dt.datetime, say: Say) -> list[Backup]:
    """Return one finished backup for each copy, all of the same instant. Raises Refused; then none of them exists."""
    say("Copying the database ...")
    bundle = draft / f"bundle{folder.OPEN}"
    manifest = _pack(engine, bundle, draft, now=now)
    # We cannot open what is sealed to the clinic's key alone, and nothing is proven that was not read. So it is sealed to
    # a second key as well, which is written nowhere and forgotten when this function returns.
    witness = sealing.new_key()
    files = [_sealed(bundle, copy, witness, draft) if copy.reader else bundle for copy in copies]
    if bundle not in files:
        bundle.unlink()
    say("Reading it back ...")
    findings = _read_back(engine, files[0], witness, draft, now=now, say=say)
    manifest = replace(manifest, findings=findings)
    finished = zip(copies, files, strict=True)
    return [folder.finish(file, folder.name_of(copy.kind, now), _beside(manifest, file)) for copy, file in finished]


def _pack(engine: Engine, bundle: Path, draft: Path, *, now: dt.datetime) -> Manifest:
    dump = draft / bundles.DATABASE
    counts = engine.dump(dump)
    members = {bundles.DATABASE: dump, **bundles.files()}
    digests = {name: sealing.digest(file) for name, file in members.items()}
    manifest = Manifest(now, engine.name, versions.current().last, counts, members=digests)
    bundles.pack(bundle, manifest, members)
    dump.unlink()
    return manifest


def _sealed(bundle: Path, copy: Copy, witness: Identity, draft: Path) -> Path:
    sealed = draft / f"{copy.kind}sealed{folder.SEALED}"
    sealing.seal(bundle, sealed, [copy.reader, witness.to_public()])
    return sealed


def _read_back(engine: Engine, file: Path, witness: Identity, draft: Path, *, now: dt.datetime, say: Say) -> int | None:
    plain, unpacked = draft / f"read-back{folder.OPEN}", draft / "read-back"
    if file.suffix == folder.SEALED:
        sealing.unseal(file, plain, [witness])
    manifest = bundles.unpack(plain if plain.exists() else file, unpacked)
    plain.unlink(missing_ok=True)
    return proving.proven(engine, unpacked, manifest, draft, now=now, say=say)


def _beside(manifest: Manifest, file: Path) -> Manifest:
    return manifest.of_file(size=file.stat().st_size, sha256=sealing.digest(file))
