"""Rehearsal settings belong to practice copies and to nothing else: `manage.py check` and every process that starts hold to it."""

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.db import DatabaseError, connection

from clinic.rehearsal.erasing import is_copy

COPY_WITHOUT_REHEARSAL = Error(
    "This database is a practice copy, and the settings are those of the clinic itself.",
    hint="Set DATABASE_URL to the clinic's database, or start the copy with ./run rehearse.",
    id="clinic.E010",
)
REHEARSAL_WITHOUT_COPY = Error(
    "CLINIC_REHEARSAL is set, and this database is no practice copy: people would practise on real patients.",
    hint="Start the rehearsal with ./run rehearse, which makes a copy; or unset CLINIC_REHEARSAL.",
    id="clinic.E011",
)


class WrongDatabase(Exception):
    """These settings and this database do not belong together; nothing was started."""


@register(Tags.security)
def a_rehearsal_has_no_way_out(app_configs, **kwargs):
    """They are ignored in a rehearsal; that they are set means that somebody took one for the other."""
    if not settings.CLINIC_SILENCED:
        return []
    return [
        Error(
            f"CLINIC_REHEARSAL is set together with {', '.join(settings.CLINIC_SILENCED)}: a rehearsal sends nothing.",
            hint="Start the rehearsal with ./run rehearse, which sets them empty; or unset CLINIC_REHEARSAL.",
            id="clinic.E012",
        )
    ]


@register(Tags.database)
def settings_fit_the_database(app_configs, databases=None, **kwargs):
    return mismatch() if databases else []


def mismatch() -> list[Error]:
    """Return what is wrong between settings and database; nothing where there is no table to ask yet."""
    try:
        copied = is_copy()
    except DatabaseError:
        return []
    if copied == settings.CLINIC_REHEARSAL:
        return []
    return [COPY_WITHOUT_REHEARSAL if copied else REHEARSAL_WITHOUT_COPY]


def refuse_the_wrong_database() -> None:
    """Raise WrongDatabase before anybody is served or anything is sent.

    A clinic whose database is away starts all the same and waits for it; a rehearsal that cannot ask does not.
    """
    wrong = mismatch() if not settings.CLINIC_REHEARSAL or is_copy() else [REHEARSAL_WITHOUT_COPY]
    connection.close()  # the processes that are forked from this one open their own
    for error in wrong:
        raise WrongDatabase(f"{error.msg} {error.hint} ({error.id})")
