"""Why a verb was refused, in words for people; and the one table that maps what databases say to it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils.translation import gettext_lazy as _

from bookings.guards import REFUSAL


class Refused(Exception):
    """A verb that would break a rule. `message` may be shown to anybody; nothing was written."""

    message = _("That is not possible.")

    def __init__(self, message=None):
        if message is not None:
            self.message = message
        super().__init__(str(self.message))


class Taken(Refused):
    message = _("Somebody has just taken that time.")


class NotOffered(Refused):
    message = _("We do not offer that time.")


class NotAllowed(Refused):
    message = _("That cannot be done with this appointment now.")


class Changed(Refused):
    """Somebody was quicker; `scheduling.writing.changed` says who, what and when."""

    message = _("Somebody has changed this appointment since you opened it. Please look again.")


class FormReused(Refused):
    message = _("This form was already sent with other answers. Please start again.")


class TooMany(Refused):
    message = _("There are too many bookings from here right now. Please call us.")


# Who says it: PostgreSQL by SQLSTATE, SQLite by errorname. All mean that somebody else was quicker.
TAKEN_SQLSTATES = {"23P01": "exclusion", "40P01": "deadlock", "55P03": "lock timeout", "40001": "serialization"}
TAKEN_ERRORNAMES = {"SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_BUSY_TIMEOUT", "SQLITE_LOCKED"}
LOCK_TIMEOUT = "3s"


def means_taken(error: Exception) -> bool:
    """Whether a database error means that the time, or the lock on it, went to somebody else."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorname", "") in TAKEN_ERRORNAMES or str(cause) == REFUSAL
    return getattr(cause, "sqlstate", None) in TAKEN_SQLSTATES


@contextmanager
def diary_transaction() -> Iterator[None]:
    """One short transaction; whatever the database says about being too late comes out as `Taken`.

    Not durable: the admin wraps its own POSTs in a transaction.
    """
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
            yield
    except (IntegrityError, OperationalError) as error:
        if means_taken(error):
            raise Taken from error
        raise
