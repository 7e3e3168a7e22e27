"""PostgreSQL: pg_dump of one snapshot, a second database beside the first, and two renames that take effect together."""

import contextlib
import hashlib
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

from clinic.keeping.refusals import Refused

COPY = re.compile(rb"^COPY (?:\S+\.)?\"?([^\s\"(]+)\"? \(.*\) FROM stdin;$")
KEYWORDS = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
LIKE_IT = "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = %s"
OTHERS = "FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
TRIES = 20


class PostgreSQL:
    name = "postgresql"

    def __init__(self, database: str):
        self.database = database

    # --- Copying ----------------------------------------------------------------------------------------------------

    def dump(self, to: Path) -> dict[str, int]:
        with self._connected(self.database) as held:
            held.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            (snapshot,) = held.execute("SELECT pg_export_snapshot()").fetchone()
            self._run("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={to}", on=self.database)
            return _counts(held)

    def read_through(self, dump: Path) -> dict[str, int]:
        _program("pg_restore")
        counts, table = {}, None
        command = [_program("pg_restore"), "--data-only", "--file=-", str(dump)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as reading:  # noqa: S603  ours
            for line in reading.stdout:
                if table is None and (begins := COPY.match(line.rstrip(b"\n"))):
                    table = begins[1].decode()
                    counts[table] = 0
                elif line == b"\\.\n":
                    table = None
                elif table is not None:
                    counts[table] += 1
        if reading.returncode:
            raise Refused("pg_restore cannot read the dump to its end.")
        return counts

    # --- A database beside it ---------------------------------------------------------------------------------------

    def can_load(self) -> bool:
        with self._at_the_side() as side:
            may = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            return side.execute(may).fetchone()[0]

    @contextlib.contextmanager
    def loaded(self, dump: Path, draft: Path) -> Iterator[str]:
        # Always the same name for this use, folder and machine: what a killed process left goes away now.
        place = f"{socket.gethostname()}{settings.CLINIC_BACKUPS}{dump.parent.name}"
        scratch = f"{self.database[:40]}_draft_{hashlib.sha256(place.encode()).hexdigest()[:8]}"
        with self._at_the_side() as side:
            _drop(side, scratch)
            side.execute(self._like_it(side, scratch))
        try:
            options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
            self._run("pg_restore", *options, str(dump), on=scratch)
            yield scratch
        finally:
            with self._at_the_side() as side:
                _drop(side, scratch)

    def _like_it(self, side, scratch: str) -> sql.Composed:
        found = side.execute(LIKE_IT, [self.database]).fetchone()
        make = sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(scratch))
        if not found:
            return make
        encoding, collate, ctype = (sql.Literal(value) for value in found)
        return make + sql.SQL(" ENCODING {} LC_COLLATE {} LC_CTYPE {}").format(encoding, collate, ctype)

    def counts(self, scratch: str) -> dict[str, int]:
        with self._connected(scratch) as looking:
            return _counts(looking)

    # --- The other way round ----------------------------------------------------------------------------------------

    def exists(self) -> bool:
        with self._at_the_side() as side:
            return side.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self.database]).fetchone() is not None

    def put_in_place(self, scratch: str) -> None:
        """Rename both in one transaction; whoever is connected is cut off and finds the new one. Then drop the old."""
        replaced = f"{self.database[:40]}_replaced_{scratch[-8:]}"
        connection.close()
        with self._at_the_side() as side:
            _drop(side, replaced)
            names = [(self.database, replaced)] if self.exists() else []
            self._rename(side, [*names, (scratch, self.database)])
            _drop(side, replaced)

    def set_aside(self, name: str) -> str:
        aside = f"{self.database[:30]}_{name.replace('-', '_').lower()}"
        connection.close()
        with self._at_the_side() as side:
            self._rename(side, [(self.database, aside)])
        return f"the database {aside}"

    def _rename(self, side, names: list[tuple[str, str]]) -> None:
        for _attempt in range(TRIES):  # somebody may connect again between the two statements
            with contextlib.suppress(psycopg.errors.ObjectInUse), side.transaction():
                for old, new in names:
                    side.execute(f"SELECT pg_terminate_backend(pid) {OTHERS}", [old])
                    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
                    side.execute(rename.format(sql.Identifier(old), sql.Identifier(new)))
                return
        raise Refused(f"The database {self.database} is in use: stop web, worker and clock, and start again.")

    def connections(self) -> int:
        connection.close()  # our own
        with self._at_the_side() as side:
            return side.execute(f"SELECT count(*) {OTHERS}", [self.database]).fetchone()[0]

    # --- Connecting -------------------------------------------------------------------------------------------------

    def _at_the_side(self):
        """A connection to no database of ours: one cannot be renamed or dropped from within."""
        return self._connected("postgres")

    def _connected(self, database: str):
        try:
            return psycopg.connect(**_address(database), autocommit=True)
        except psycopg.OperationalError as error:
            raise Refused(f"PostgreSQL does not let us into {database}: {str(error).strip().splitlines()[0]}") from None

    def _run(self, name: str, *options: str, on: str) -> None:
        address = _address(on)
        password = {"PGPASSWORD": str(address.pop("password"))} if "password" in address else {}
        command = [_program(name), *options, f"--dbname={psycopg.conninfo.make_conninfo(**address)}"]
        done = subprocess.run(command, env={**os.environ, **password}, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise Refused(f"{name} failed: {_first_error(done.stderr)}")


def _address(database: str) -> dict:
    """How Django reaches it, in libpq's words."""
    ours = {"dbname": database, "host": "", "port": ""}
    said = {**ours, **connection.get_connection_params(), "dbname": database}
    return {key: value for key, value in said.items() if key in KEYWORDS and value not in (None, "")}


def _program(name: str) -> str:
    found = shutil.which(name)
    if not found:
        raise Refused(
            f"{name} is not on this machine. Debian, Ubuntu: apt install postgresql-client; it must be as new as the server."
        )
    return found


def _first_error(words: str) -> str:
    """What a client program complains of, without the rows it may quote."""
    lines = [line for line in words.strip().splitlines() if "error:" in line] or ["it gave no reason"]
    hint = " Install the client of the server's version." if "version mismatch" in words else ""
    return lines[0].rpartition("error: ")[2] + hint


def _counts(held) -> dict[str, int]:
    count = sql.SQL("SELECT count(*) FROM {}")
    tables = [name for (name,) in held.execute(TABLES).fetchall()]
    return {name: held.execute(count.format(sql.Identifier(name))).fetchone()[0] for name in tables}


def _drop(side, database: str) -> None:
    """Drop it if it is there. The server itself waits a moment for whoever has just left."""
    drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(database))
    with contextlib.suppress(psycopg.errors.ObjectInUse):
        side.execute(drop)
        return
    side.execute(f"SELECT pg_terminate_backend(pid) {OTHERS}", [database])
    side.execute(drop)
