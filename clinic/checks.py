"""Settings that would hurt somebody, found by `manage.py check`, each with an id, the cause and the next step.

What can be read off the settings alone is the table of `clinic.hazards`.
"""

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.db import OperationalError, ProgrammingError, connection

from clinic import hazards
from clinic.demo.accounts import DEMO_EMAILS
from clinic.hazards.questions import LOCAL_HOSTS
from clinic.models import User


def is_local() -> bool:
    return set(settings.ALLOWED_HOSTS) <= LOCAL_HOSTS


@register(Tags.security)
def settings_are_safe(app_configs, **kwargs):
    """On this machine alone everything goes; where other hosts can reach the site, these settings would hurt."""
    return [] if is_local() else hazards.found(settings)


@register(Tags.database)
def no_demo_accounts(app_configs, databases=None, **kwargs):
    """Demo passwords are printed for everybody to read: they must not open a clinic that others can reach."""
    if settings.DEBUG or is_local() or not databases:
        return []
    try:
        demo = list(User.objects.filter(email__in=DEMO_EMAILS, is_active=True).values_list("email", flat=True))
    except (OperationalError, ProgrammingError):
        return []  # before the first migrate there are no accounts at all
    if not demo:
        return []
    return [
        Error(
            f"Demo accounts can sign in here: {', '.join(sorted(demo))}.",
            hint="Their passwords are public. Use a new database (DATABASE_URL), or deactivate these accounts.",
            id="clinic.E001",
        )
    ]


@register(Tags.database)
def database_can_guard(app_configs, databases=None, **kwargs):
    """The overlap guard needs PostgreSQL or SQLite."""
    if not databases or connection.vendor in {"postgresql", "sqlite"}:
        return []
    return [
        Error(
            f"{connection.vendor} cannot refuse overlapping bookings.",
            hint="Use PostgreSQL or SQLite in DATABASE_URL.",
            id="clinic.E003",
        )
    ]
