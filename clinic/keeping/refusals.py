"""Why something was not done."""

import contextlib
import sqlite3
from collections.abc import Iterator

import psycopg
from django.db import DatabaseError


class Refused(Exception):
    """The text names the cause and the next step, for whoever runs the clinic's machine. Nothing was changed."""


@contextlib.contextmanager
def in_words() -> Iterator[None]:
    """Let what the machine refuses (a full disk, a server that went away) be Refused with its reason, and no traceback."""
    try:
        yield
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        raise Refused(
            f"{error.strerror or type(error).__name__}{where}. Is there room on the disk, and may we write there?"
        ) from error
    except (DatabaseError, psycopg.Error, sqlite3.Error) as error:
        # Its first line only: the next ones repeat rows.
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise Refused(f"The database refuses: {reason}") from error
