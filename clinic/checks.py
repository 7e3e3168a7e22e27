"""Settings that would hurt somebody, found by `manage.py check`, each with an id, the cause and the next step."""

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.db import OperationalError, ProgrammingError, connection

from clinic.demo.accounts import DEMO_EMAILS
from clinic.models import User

LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]", "::1", "testserver"}

WITHOUT_HTTPS = Warning(
    "The site answers to other hosts without HTTPS.",
    hint="Set CLINIC_HTTPS=true behind TLS: cookies become secure and HSTS is sent.",
    id="clinic.W001",
)
MAIL_TO_FILES = Warning(
    "Mail is written to files: no patient gets a confirmation.",
    hint="Set EMAIL_URL, for example smtp+tls://user:password@mail.example.com:587",
    id="clinic.W002",
)
DEBUG_ON = Error(
    "DEBUG is on for other hosts: error pages would show patients' data.",
    hint="Unset DEBUG.",
    id="clinic.E002",
)
SHIFTED_CLOCK = Error(
    "The clock is shifted for tests.",
    hint="Unset CLINIC_CLOCK_FILE: patients need the true time.",
    id="clinic.E004",
)

REHEARSAL_TEXTS = Error(
    "Text messages go to a gateway for rehearsals, without encryption.",
    hint="Set CLINIC_SMS_URL to twilio://SID:TOKEN@api.twilio.com/?from=%2B12125550100, or leave it empty.",
    id="clinic.E005",
)
OPEN_PING = Warning(
    "The dead-man address is asked without encryption.",
    hint="Set CLINIC_PING_URL to an address that begins with https://",
    id="clinic.W003",
)
PASSWORD_ALONE = Warning(
    "A password alone opens the patients' data: no second factor is asked for.",
    hint="Unset CLINIC_SECOND_FACTOR, or set it to true.",
    id="clinic.W004",
)


def is_local() -> bool:
    return set(settings.ALLOWED_HOSTS) <= LOCAL_HOSTS


@register(Tags.security)
def settings_are_safe(app_configs, **kwargs):
    """On this machine alone everything goes; where other hosts can reach the site, these settings would hurt."""
    if is_local():
        return []
    found = [
        (WITHOUT_HTTPS, not settings.CLINIC_HTTPS),
        (MAIL_TO_FILES, not settings.EMAIL_URL),
        (DEBUG_ON, settings.DEBUG),
        (SHIFTED_CLOCK, settings.CLINIC_CLOCK_FILE),
        (REHEARSAL_TEXTS, settings.CLINIC_SMS_URL.startswith("twilio+http:")),
        (OPEN_PING, settings.CLINIC_PING_URL.startswith("http:")),
        (PASSWORD_ALONE, not settings.CLINIC_SECOND_FACTOR),
    ]
    return [message for message, is_wrong in found if is_wrong]


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
