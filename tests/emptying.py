"""Emptying the database after a test that commits: only the tables that hold something.

Django's flush empties every table and then has `post_migrate` write permissions and roles again, a third of a second in each of
some six hundred tests. Here those rows stay where they are; a test that has changed them gets the whole flush.
"""

import threading
from functools import wraps
from typing import Any

from django.core.signals import request_finished, request_started
from django.db import connection, transaction
from django.test import TransactionTestCase

Rows = dict[str, list[tuple]]
LONGEST_REQUEST = 10  # seconds


class _Serving:
    """How many requests of browsers are being answered: a page that was left may have asked for more a moment before."""

    def __init__(self):
        self.changed, self.threads = threading.Condition(), set()
        request_started.connect(self._began, dispatch_uid="tests.emptying")
        request_finished.connect(self._ended, dispatch_uid="tests.emptying")

    def _began(self, **_signal):
        if threading.current_thread() is not threading.main_thread():
            with self.changed:
                self.threads.add(threading.get_ident())

    def _ended(self, **_signal):
        with self.changed:
            self.threads.discard(threading.get_ident())
            self.changed.notify_all()

    def wait(self):
        """Return when all of them are answered."""
        with self.changed:
            self.changed.wait_for(lambda: not self.threads, LONGEST_REQUEST)
            self.threads.clear()


def quickly() -> None:
    """Have Django empty the database like this from now on."""
    TransactionTestCase._fixture_teardown = _emptied(TransactionTestCase._fixture_teardown, _Serving())


def _emptied(flush, serving: _Serving):
    """Return what does the same as `flush`, which it needs once, and whenever what stays has changed."""
    stays: Rows = {}

    @wraps(flush)
    def empty(case: Any) -> None:
        serving.wait()
        filled = _filled()
        if not stays or _rows(filled & stays.keys()) != stays:
            flush(case)
            stays.clear()
            stays.update(_rows(_filled()))
        elif gone := sorted(filled - stays.keys()):
            _delete(gone)

    return empty


def _filled() -> set[str]:
    """Return the tables that hold anything."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    asked = [f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(name)})" for name in tables]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        return {name for (name,) in cursor.fetchall()}


def _delete(tables: list[str]) -> None:
    """Delete all their rows, in any order and past the triggers of what is append-only."""
    quoted = [connection.ops.quote_name(name) for name in tables]
    statements = [f"DELETE FROM {name}" for name in quoted]
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql" and _is_superuser(cursor):
            statements.insert(0, "SET LOCAL session_replication_role = replica")
        elif connection.vendor == "postgresql":  # slower: each table gets new files
            statements = [f"TRUNCATE {', '.join(quoted)} CASCADE"]
        for statement in statements:
            cursor.execute(statement)


def _is_superuser(cursor: Any) -> bool:
    cursor.execute("SHOW is_superuser")
    return cursor.fetchone() == ("on",)


def _rows(tables: set[str]) -> Rows:
    rows = {}
    with connection.cursor() as cursor:
        for name in tables:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)} ORDER BY 1")
            rows[name] = cursor.fetchall()
    return rows
