"""Links of messages: whoever holds one may do one thing with one appointment, such as see, move and cancel it.

Only a hash is kept, so that a leaked copy of the database opens nothing. A link for one purpose opens no other.
"""

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable

from django.conf import settings
from django.urls import reverse

from bookings.models import Appointment, ManageLink

Purpose = ManageLink.Purpose
TOKEN_BYTES = 32
# After the visit the link still says honestly what became of it.
LIFE_AFTER_VISIT = dt.timedelta(days=30)
# What previews show where a link would be.
PLACEHOLDER = "https://…/appointments/…/"


def mint(appointment: Appointment, *, now: dt.datetime, purpose: str = Purpose.MANAGE) -> str:
    """Return a new token for this appointment: 43 characters, 256 random bits. It cannot be read back later."""
    return mint_many([(appointment, purpose)], now=now)[0]


def mint_many(wanted: Iterable[tuple[Appointment, str]], *, now: dt.datetime) -> list[str]:
    """Return a new token for each appointment and purpose, in their order; one statement."""
    wanted = list(wanted)
    tokens = [secrets.token_urlsafe(TOKEN_BYTES) for _one in wanted]
    ManageLink.objects.bulk_create(
        ManageLink(
            token_hash=hash_of(token),
            purpose=purpose,
            appointment=appointment,
            created_at=now,
            # What is sent long after a visit opens for as long as what is sent before it.
            expires_at=max(appointment.end, now) + LIFE_AFTER_VISIT,
        )
        for token, (appointment, purpose) in zip(tokens, wanted, strict=True)
    )
    return tokens


def lead_on(link: ManageLink, appointment: Appointment) -> ManageLink:
    """Return a link to another visit of the same person, for a session that is on `link`: nobody has its token.

    It is as old as the one it comes from, and proves no more about the person.
    """
    return ManageLink.objects.create(
        token_hash=hash_of(secrets.token_urlsafe(TOKEN_BYTES)),
        purpose=link.purpose,
        appointment=appointment,
        created_at=link.created_at,
        expires_at=appointment.end + LIFE_AFTER_VISIT,
    )


def address(token: str) -> str:
    """Return the full address that goes into a message."""
    return settings.CLINIC_BASE_URL.rstrip("/") + reverse("appointments-open", args=[token])


def unsubscribe_address(token: str) -> str:
    """Return the full address of the page that stops reminders by email."""
    return settings.CLINIC_BASE_URL.rstrip("/") + reverse("unsubscribe", args=[token])


def find(token: str, *, now: dt.datetime, purpose: str = Purpose.MANAGE) -> ManageLink | None:
    """Return the live link of a token, or None, whatever the reason: unknown, expired, revoked, for something else."""
    return _live(purpose, now=now).filter(token_hash=hash_of(token)).first()


def find_again(pk: int | None, *, now: dt.datetime, purpose: str = Purpose.MANAGE) -> ManageLink | None:
    """Return the live link a session has opened before, with its appointment and all that is said of it."""
    beside = [f"appointment__{name}" for name in ("location", "treatment", "clinician", "patient")]
    return _live(purpose, now=now).select_related(*beside).filter(pk=pk).first()


def forget_expired(*, now: dt.datetime) -> int:
    """Delete links that are over; returns how many."""
    deleted, _by_model = ManageLink.objects.filter(expires_at__lte=now).delete()
    return deleted


def hash_of(token: str) -> str:
    """SHA-256: fast is fine for 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def _live(purpose: str, *, now: dt.datetime):
    return ManageLink.objects.filter(purpose=purpose, expires_at__gt=now, revoked_at=None)
