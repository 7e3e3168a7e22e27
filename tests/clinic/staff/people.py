"""Staff who sign in for the tests, with their phones."""

import base64
import re

from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from clinic import roles
from clinic.staff import invitations
from tests.cast import NOW
from tests.desk import member

PASSWORD = "a-long-harbor-word"


def code_of(user, *, ahead=0):
    """Return what the phone of `user` shows now, or so many half minutes from now."""
    return code_for_key(TOTPDevice.objects.get(user=user).bin_key, ahead=ahead)


def code_for_key(key: bytes, *, ahead=0):
    return f"{totp(key, t0=-30 * ahead):06}"


def with_password(role=roles.FRONT_DESK, **fields):
    """Return a member of staff who has a password and no app yet."""
    user = member(role, **fields)
    user.set_password(PASSWORD)
    user.save()
    return user


def with_app(role=roles.FRONT_DESK, **fields):
    """Return a member of staff with a password and an app on the phone."""
    user = with_password(role, **fields)
    TOTPDevice.objects.create(user=user, name="app", confirmed=True)
    return user


def enter(client, user, password=PASSWORD):
    return client.post("/sign-in/", {"username": user.email, "password": password})


def enter_fully(client, user):
    enter(client, user)
    response = client.post("/second-factor/", {"code": code_of(user)})
    assert response.status_code == 302, response.content.decode()
    return response


def invited(role=roles.FRONT_DESK, **fields):
    """Return somebody who was invited at NOW and has accepted nothing, and their token."""
    user = member(role, is_active=False, **fields)
    user.set_unusable_password()
    user.save()
    return user, invitations.invite(user, by=None, now=NOW)


def key_on(page: str) -> bytes:
    """Read the key a set-up page shows, as a person types it."""
    text = re.search(r"<code[^>]*>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")
    return base64.b32decode(text + "=" * (-len(text) % 8))


def codes_on(page: str) -> list[str]:
    return re.findall(r"<code>([0-9A-Z-]{19})</code>", page)
