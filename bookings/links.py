"""Manage links: whoever holds one may see and cancel one appointment.

Only a hash is kept, so that a leaked copy of the database opens nothing.
"""

import datetime as dt
import hashlib
import secrets

from django.conf import settings
from django.urls import reverse

from bookings.models import Appointment, ManageLink

TOKEN_BYTES = 32
# After the visit the link still says honestly what became of it.
LIFE_AFTER_VISIT = dt.timedelta(days=30)
# What previews show where a link would be.
PLACEHOLDER = "https://…/appointments/…/"


def mint(appointment: Appointment, *, now: dt.datetime, purpose: str = ManageLink.Purpose.MANAGE) -> str:
    """Return a new token for one purpose: 43 characters, 256 random bits. It cannot be read back later."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    expires = appointment.end + LIFE_AFTER_VISIT
    ManageLink.objects.create(
        token_hash=hash_of(token), purpose=purpose, appointment=appointment, created_at=now, expires_at=expires
    )
    return token


def address(token: str) -> str:
    """Return the full address that goes into a message."""
    return settings.CLINIC_BASE_URL.rstrip("/") + reverse("appointments-open", args=[token])


def unsubscribe_address(token: str) -> str:
    """Return the full address of the page that stops reminders by email."""
    return settings.CLINIC_BASE_URL.rstrip("/") + reverse("unsubscribe", args=[token])


def find(token: str, *, now: dt.datetime, purpose: str = ManageLink.Purpose.MANAGE) -> ManageLink | None:
    """Return the live link of a token, or None, whatever the reason: unknown, expired, revoked, good for something else."""
    return _live(now=now).filter(token_hash=hash_of(token), purpose=purpose).first()


def find_again(pk: int | None, *, now: dt.datetime) -> ManageLink | None:
    """Return the live link a session has opened before, with its appointment."""
    rows = _live(now=now).filter(pk=pk, purpose=ManageLink.Purpose.MANAGE)
    return rows.select_related("appointment__location", "appointment__treatment").first()


def forget_expired(*, now: dt.datetime) -> int:
    """Delete links that are over; returns how many."""
    deleted, _by_model = ManageLink.objects.filter(expires_at__lte=now).delete()
    return deleted


def hash_of(token: str) -> str:
    """SHA-256: fast is fine for 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def _live(*, now: dt.datetime):
    return ManageLink.objects.filter(expires_at__gt=now, revoked_at=None)
