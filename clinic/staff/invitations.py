"""Invitations: a link that works once, for 72 hours, and is the only way to a staff account."""

import datetime as dt
import hashlib
import secrets
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.models import Invitation, User
from clinic.staff import factors, signing

TOKEN_BYTES = 32


def invite(user: User, *, by: User | None, now: dt.datetime) -> str:
    """Return the token of a new invitation; those before it are over. What the person has now stays until they accept."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        Invitation.objects.filter(user=user, used_at=None).delete()
        Invitation.objects.create(
            token_hash=_hash_of(token),
            user=user,
            created_by=by,
            created_at=now,
            expires_at=now + dt.timedelta(hours=settings.CLINIC_INVITATION_HOURS),
        )
    return token


def address(token: str) -> str:
    """Return the full address of an invitation."""
    return settings.CLINIC_BASE_URL.rstrip("/") + reverse("invitation", args=[token])


def send(user: User, token: str) -> bool:
    """Mail the link to the person; False when the mail server did not take it. The words name no clinic."""
    context = {"user": user, "address": address(token), "hours": settings.CLINIC_INVITATION_HOURS}
    subject = _("%(name)s: your staff account") % {"name": settings.CLINIC_NEUTRAL_NAME}
    text = render_to_string("clinic/staff/invitation.txt", context | {"name": settings.CLINIC_NEUTRAL_NAME})
    try:
        EmailMultiAlternatives(subject, text, to=[user.email], headers={"Auto-Submitted": "auto-generated"}).send()
    except (OSError, SMTPException):
        return False
    return True


def find(token: str, *, now: dt.datetime) -> Invitation | None:
    """Return the open invitation of this token, or None when there is none, it was used, or it is over."""
    return open_ones(now=now).filter(token_hash=_hash_of(token)).select_related("user").first()


def open_ones(*, now: dt.datetime):
    return Invitation.objects.filter(used_at=None, expires_at__gt=now)


def accept(invitation: Invitation, *, password_hash: str, app, now: dt.datetime) -> list[str] | None:
    """Make the account usable: password, app (or none), active. Returns recovery codes, or None when somebody was first.

    The old password, app and codes are replaced in the same moment; every session from before is over.
    """
    with transaction.atomic():
        if not open_ones(now=now).filter(pk=invitation.pk).update(used_at=now):
            return None
        user = User.objects.select_for_update().get(pk=invitation.user_id)
        user.password, user.is_active, user.left_at, user.pin = password_hash, True, None, ""
        user.save(update_fields=["password", "is_active", "left_at", "pin"])
        signing.end_everywhere(user)
        factors.forget(user)
        return factors.replace_all(user, app) if app else []


def _hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
