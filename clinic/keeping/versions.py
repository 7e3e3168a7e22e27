"""Which version of the tables a database has, compared with what this program knows."""

from typing import NamedTuple

from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader

OURS = {"bookings", "clinic", "treatments"}


class Version(NamedTuple):
    """`last` is the last migration by app; `pending` are still to be applied; `unknown` are of a newer program."""

    last: dict[str, str]
    pending: list[str]
    unknown: list[str]


def current() -> Version:
    """Return the version of the database that `connection` means."""
    loader = MigrationLoader(connection)
    applied, known = set(loader.applied_migrations), set(loader.disk_migrations)
    labels = OURS | {config.label for config in apps.get_app_configs()}
    # An app that a later version no longer uses leaves rows of its own: that is no newer program.
    unknown = sorted(each for each in applied - known if each[0] in labels)
    last = dict(sorted(applied))
    return Version(last, _named(known - applied), _named(unknown))


def _named(migrations) -> list[str]:
    return [f"{app}.{name}" for app, name in sorted(migrations)]
