"""What a backup holds, as one compressed file: the manifest, the database, and the files the diary cannot do without.

Not in it: `messenger-seen.json`, which says what this machine has seen and must never come back with the database (decision
0014); the queue, mail written to files, day sheets and collected static files, which are made anew.
"""

import tarfile
from pathlib import Path

from django.conf import settings

from clinic.keeping import manifests, sealing
from clinic.keeping.manifests import Manifest
from clinic.keeping.refusals import Refused

MANIFEST, DATABASE, KEY, MEDIA = "manifest.json", "database", "secret_key", "media"
QUICK = 3  # compression level: the disk is slower than this, and higher ones gain a few percent


def files() -> dict[str, Path]:
    """Return what is kept besides the database, by its name in the bundle."""
    found = {}
    key = settings.VAR_DIR / KEY
    if key.exists() and key.read_text().strip() == settings.SECRET_KEY:  # else it is in the environment, and not ours
        found[KEY] = key
    media = Path(settings.MEDIA_ROOT)
    for file in sorted(media.rglob("*")) if media.exists() else ():
        if file.is_file():
            found[f"{MEDIA}/{file.relative_to(media)}"] = file
    return found


def pack(bundle: Path, manifest: Manifest, members: dict[str, Path]) -> None:
    """Write the bundle; `members` are files by their name in it and must have the digests of the manifest."""
    said = bundle.with_name(MANIFEST)
    said.write_text(manifest.written())
    with tarfile.open(bundle, "w:gz", compresslevel=QUICK) as packed:
        for name, file in {MANIFEST: said, **members}.items():
            packed.add(file, name, recursive=False, filter=_nobodys)
    said.unlink()


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def unpack(bundle: Path, to: Path) -> Manifest:
    """Unpack all of it into an empty folder and compare every file with the manifest. Raises Refused at any difference."""
    to.mkdir(mode=0o700)
    try:
        with tarfile.open(bundle, "r:gz") as packed:
            packed.extractall(to, filter="data")
        manifest = manifests.parsed((to / MANIFEST).read_text())
    except (OSError, EOFError, tarfile.TarError, ValueError, TypeError, KeyError, UnicodeDecodeError):
        raise Refused(f"{bundle.name} is no whole backup of this program. Take another one, or another copy.") from None
    found = {str(file.relative_to(to)): sealing.digest(file) for file in to.rglob("*") if file.is_file()}
    if {**(manifest.members or {}), MANIFEST: found[MANIFEST]} != found or DATABASE not in found:
        raise Refused(
            f"{bundle.name} does not hold what its manifest says. Take another backup, or another copy of it."
        )
    return manifest
