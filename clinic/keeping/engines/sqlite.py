"""SQLite: its own backup interface copies while others write, and puts a copy in place as one transaction."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from clinic.keeping.refusals import Refused

WAIT_SECONDS = 30
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"


class SQLite:
    name = "sqlite"

    def __init__(self, database: str):
        self.database = database

    def dump(self, to: Path) -> dict[str, int]:
        if not self.exists():
            raise Refused(f"There is no database at {self.database}. Is DATABASE_URL right?")
        with _opened(self.database) as source, _opened(to) as copy:
            source.execute("BEGIN")  # the counts and the copy see the same instant; nobody waits for it
            counts = _counts(source)
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
        return counts

    def read_through(self, dump: Path) -> dict[str, int]:
        return self.counts(str(dump))

    def can_load(self) -> bool:
        return True

    @contextlib.contextmanager
    def loaded(self, dump: Path, draft: Path) -> Iterator[str]:
        scratch = draft / f"{dump.parent.name}.sqlite3"
        try:
            with _opened(dump) as source, _opened(scratch) as copy:
                source.backup(copy)
            yield str(scratch)
        finally:
            for part in _parts(scratch):
                part.unlink(missing_ok=True)

    def counts(self, scratch: str) -> dict[str, int]:
        try:
            with _opened(scratch) as connection:
                wrong = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
                counts = _counts(connection)
        except sqlite3.DatabaseError as error:
            wrong = str(error)
        if wrong != "ok":
            raise Refused(f"The database in it is damaged ({wrong}).")
        return counts

    def exists(self) -> bool:
        if not Path(self.database).exists():
            return False
        with contextlib.suppress(sqlite3.DatabaseError), _opened(self.database) as connection:
            return connection.execute(TABLES).fetchone() is not None
        return True  # something that cannot be read

    def put_in_place(self, scratch: str) -> None:
        """Write it over the database page by page, as one transaction: killed at any instant, the old one is still there.

        Whoever has the file open sees the new content with the next statement; a rename would leave them in a lost file.
        """
        Path(self.database).touch(mode=0o600)

        def give_up(status, remaining, total):
            if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):  # after WAIT_SECONDS; it would try for ever
                raise Refused("The database is busy: stop web, worker and clock, and start again.")

        with _opened(scratch) as source, _opened(self.database) as target:
            source.backup(target, progress=give_up)

    def set_aside(self, name: str) -> str:
        file = Path(self.database)
        for part in _parts(file):
            if part.exists():
                part.rename(part.with_name(part.name.replace(file.name, f"{name}.sqlite3", 1)))
        return str(file.with_name(f"{name}.sqlite3"))

    def connections(self) -> int:
        return 0  # it keeps no list of them; see clinic.keeping.evidence for processes


@contextlib.contextmanager
def _opened(file: Path | str) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(file, timeout=WAIT_SECONDS, isolation_level=None)) as connection:
        yield connection


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    tables = [name for (name,) in connection.execute(TABLES)]
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}  # noqa: S608


def _parts(file: Path) -> list[Path]:
    return [file, *(file.with_name(file.name + end) for end in ("-wal", "-shm", "-journal"))]
