"""Whole databases for tests that replace one: made from a template, and gone afterwards."""

import contextlib
import sqlite3
from pathlib import Path

import psycopg
from django.db import connection
from psycopg import sql

from clinic.keeping import engines


def name_beside(folder: Path, name: str) -> str:
    """What a database of this run is called: a file in the folder, or a name beside the test database's."""
    if connection.vendor == "sqlite":
        return str(folder / f"{name}.sqlite3")
    return f"{connection.settings_dict['NAME']}_{name}"


def copy(template: str, name: str) -> None:
    """Make a database like another one, which nobody is connected to."""
    if connection.vendor == "sqlite":  # by SQLite itself: what it has not yet written into the file is part of it
        with (
            contextlib.closing(sqlite3.connect(template)) as source,
            contextlib.closing(sqlite3.connect(name)) as target,
        ):
            source.backup(target)
    else:
        with _server() as server:
            ids = sql.Identifier(name), sql.Identifier(template)
            server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*ids))


def create(name: str) -> None:
    if connection.vendor == "postgresql":
        with _server() as server:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def drop(name: str) -> None:
    if connection.vendor == "sqlite":
        for file in Path(name).parent.glob(f"{Path(name).name}*"):
            file.unlink()
    else:
        with _server() as server:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextlib.contextmanager
def used(name: str):
    """Let `connection`, and with it the processes that are started, work on that database during the block."""
    try:
        with engines.looking_at(name):
            yield name
    finally:
        drop(name)


def everything() -> dict[str, list]:
    """Return all rows of all tables, in order, as the database itself has them, and what the tables are like."""
    with connection.cursor() as cursor:
        tables = sorted(connection.introspection.table_names(cursor))
        found = {table: _rows(cursor, table) for table in tables}
        found["tables"] = [connection.introspection.get_table_description(cursor, table) for table in tables]
    connection.close()
    return found


def diary_of(rows: dict[str, list]) -> dict[str, list]:
    """Leave out what a restore changes on purpose: nobody is signed in, and the messenger is paused."""
    return {table: rows[table] for table in rows if table not in ("django_session", "bookings_messenger")}


def _rows(cursor, table):
    cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
    return sorted(cursor.fetchall(), key=repr)


def beside() -> list[str]:
    """Return the names of other databases that belong to the one in use: what a killed process may leave."""
    if connection.vendor == "sqlite":
        return []
    with _server() as server:
        asked = "SELECT datname FROM pg_database WHERE datname LIKE %s AND datname <> %s"
        name = str(connection.settings_dict["NAME"])
        return [row[0] for row in server.execute(asked, [f"{name}\\_%", name]).fetchall()]


@contextlib.contextmanager
def somebody_writing():
    """Somebody else is in the middle of a transaction."""
    if connection.vendor == "sqlite":
        with contextlib.closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
    else:
        with psycopg.connect(**_address()) as other:
            other.execute("SELECT 1")
            yield


def _server():
    return psycopg.connect(**{**_address(), "dbname": "postgres"}, autocommit=True)


def _address():
    return connection.get_connection_params()
