"""What is said of a backup beside it and in it: when, of which database, how many rows. Nothing of anybody."""

import datetime as dt
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """`counts` are rows by table, `migrations` the last one applied by app, `findings` what `check_diary` named, if it ran.

    `members` are the SHA-256 of what lies in the bundle, by name; `size` and `sha256` are of the file itself and are
    known only beside it.
    """

    created_at: dt.datetime
    engine: str
    migrations: dict[str, str]
    counts: dict[str, int]
    findings: int | None = None
    members: dict[str, str] | None = None
    size: int = 0
    sha256: str = ""
    format: int = FORMAT

    def written(self) -> str:
        return json.dumps({**asdict(self), "created_at": self.created_at.isoformat()}, indent=1, sort_keys=True) + "\n"

    def of_file(self, *, size: int, sha256: str) -> "Manifest":
        return replace(self, size=size, sha256=sha256)


def read(file: Path) -> Manifest | None:
    """Return what the file says, or None where it says nothing that we understand."""
    try:
        return parsed(file.read_text())
    except (OSError, ValueError, TypeError, KeyError):
        return None


def parsed(text: str) -> Manifest:
    """Return the manifest of a text. Raises ValueError, TypeError or KeyError when it is none."""
    said = json.loads(text)
    created_at = dt.datetime.fromisoformat(said["created_at"])
    if created_at.tzinfo is None or said["format"] > FORMAT:
        raise ValueError("no manifest of this version")
    return Manifest(**{**said, "created_at": created_at})
