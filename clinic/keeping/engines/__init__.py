"""How each database is copied, read back and replaced. `of()` returns the one of `connection`."""

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from django.contrib.contenttypes.models import ContentType
from django.db import connection

from clinic.keeping.engines.postgresql import PostgreSQL
from clinic.keeping.engines.sqlite import SQLite


class Engine(Protocol):
    """One database that is kept. A *scratch* is another one beside it, named as in Django's settings."""

    name: str

    def dump(self, to: Path) -> dict[str, int]:
        """Write all of it as of one instant, while others write on; return the rows by table of that instant."""

    def read_through(self, dump: Path) -> dict[str, int]:
        """Read a dump to its end without a database; return the rows by table."""

    def can_load(self) -> bool:
        """Whether a scratch can be made."""

    def loaded(self, dump: Path, draft: Path) -> AbstractContextManager[str]:
        """Load a dump into a scratch that is gone afterwards, unless it was put in place; one for each folder of a dump."""

    def counts(self, scratch: str) -> dict[str, int]:
        """Check a scratch for damage and return its rows by table."""

    def exists(self) -> bool:
        """Whether there is a database to be kept aside."""

    def put_in_place(self, scratch: str) -> None:
        """Let the scratch be the database, in one step: all of it or nothing."""

    def set_aside(self, name: str) -> str:
        """Get a database out of the way that cannot even be read; return the words for where it is."""

    def connections(self) -> int:
        """How many others are connected, as far as it can be known."""


def of(database: str = "") -> Engine:
    """Return the engine of the database `connection` looks at, or of another one on the same server."""
    kinds = {"sqlite": SQLite, "postgresql": PostgreSQL}
    return kinds[connection.vendor](database or str(connection.settings_dict["NAME"]))


@contextlib.contextmanager
def looking_at(scratch: str) -> Iterator[None]:
    """Let `connection` mean the scratch during the block."""
    before = connection.settings_dict["NAME"]
    _point_to(scratch)
    try:
        yield
    finally:
        _point_to(before)


def _point_to(name) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
    ContentType.objects.clear_cache()  # its numbers are those of one database
