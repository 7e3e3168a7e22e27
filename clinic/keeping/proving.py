"""Reading a backup back: what was written is loaded into a database of its own and looked at like the real one."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bookings.findings import Finding, findings
from clinic.keeping import bundles, engines, versions
from clinic.keeping.engines import Engine
from clinic.keeping.manifests import Manifest
from clinic.keeping.refusals import Refused

Say = Callable[[str], None]


def proven(
    engine: Engine, unpacked: Path, manifest: Manifest, draft: Path, *, now: dt.datetime, say: Say
) -> int | None:
    """Load it, compare the rows of every table, check the diary; return the number of findings, None if it was not asked.

    Not asked: a database of an older version, which the code cannot read before it is migrated, and a PostgreSQL role that
    may not make databases; then the dump is read through to its end instead. Raises Refused when anything differs.
    """
    if not engine.can_load():
        compare(manifest.counts, engine.read_through(unpacked / bundles.DATABASE))
        say("Read to its end, rows counted. Not loaded: this role may not make databases (ALTER ROLE ... CREATEDB).")
        return None
    with loaded(engine, unpacked, manifest, draft) as scratch, engines.looking_at(scratch):
        version = versions.current()
        if version.pending or version.unknown:
            say("Read back. The diary was not checked: the database is of another version than the code.")
            return None
        return len(checked(now=now))


@contextmanager
def loaded(engine: Engine, unpacked: Path, manifest: Manifest, draft: Path) -> Iterator[str]:
    """Load what was unpacked and compare its rows with the manifest; yields the scratch."""
    with engine.loaded(unpacked / bundles.DATABASE, draft) as scratch:
        compare(manifest.counts, engine.counts(scratch))
        yield scratch


def compare(said: dict[str, int], found: dict[str, int]) -> None:
    differing = sorted(table for table in {*said, *found} if said.get(table, 0) != found.get(table, 0))
    if differing:
        tables = ", ".join(
            f"{table} ({said.get(table, 0)}, read back {found.get(table, 0)})" for table in differing[:5]
        )
        raise Refused(f"The backup is not what the database was: {tables}.")


def checked(*, now: dt.datetime) -> list[Finding]:
    """Return what does not add up in the diary that `connection` means."""
    return list(findings(now=now))
