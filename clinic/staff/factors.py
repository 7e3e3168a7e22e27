"""The second factor: codes of an authenticator app, and ten recovery codes for the day the phone is lost."""

import base64
import datetime as dt
import hashlib
import secrets
import time

import segno
from django.db import transaction
from django.utils.safestring import mark_safe
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from clinic.models import RecoveryCode, SignIn, User

CODES = 10
# Neither I, L, O nor U: they are read as something else, or make words.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS, GROUP_LENGTH = 4, 4  # 80 random bits

new_key = default_key


def has_app(user: User) -> bool:
    """Whether an authenticator app is set up."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).exists()


def unsaved_app(user: User, key: str) -> TOTPDevice:
    """Return an app that is not kept yet: it is, once its first code was right."""
    return TOTPDevice(user=user, key=key, name="app", confirmed=True)


def key_as_text(app: TOTPDevice) -> str:
    """Return the key as people type it into an app: base 32 in groups of four."""
    text = base64.b32encode(app.bin_key).decode().rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def qr_code(app: TOTPDevice) -> str:
    """Return the QR code of the app as inline SVG, without a style or an address of its own."""
    drawn = segno.make(app.config_url, error="m", micro=False)
    return mark_safe(
        drawn.svg_inline(scale=5, border=4, light="#ffffff", omitsize=False, svgclass="qr", lineclass=None)
    )


def is_code_of(app: TOTPDevice, typed: str) -> bool:
    """Whether an app that is not kept yet shows this code now; the code is then spent."""
    totp = TOTP(app.bin_key, app.step, app.t0, app.digits, app.drift)
    totp.time = time.time()
    digits = _digits(typed)
    if not digits or not totp.verify(int(digits), app.tolerance):
        return False
    app.last_t, app.drift = totp.t(), totp.drift
    return True


def replace_all(user: User, app: TOTPDevice) -> list[str]:
    """Make `app` this person's only factor, with new recovery codes, which are returned and can never be read again."""
    TOTPDevice.objects.filter(user=user).delete()
    app.save()
    return new_recovery_codes(user)


def forget(user: User) -> None:
    """Take every factor away."""
    TOTPDevice.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()


def new_recovery_codes(user: User) -> list[str]:
    """Return ten new recovery codes; those before stop working."""
    codes = [_new_code() for _number in range(CODES)]
    with transaction.atomic():
        RecoveryCode.objects.filter(user=user).delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(user=user, code_hash=_hash_of(code)) for code in codes)
    return codes


def check(user: User, typed: str, *, now: dt.datetime) -> str:
    """Return how this code shows that it is `user` (a `SignIn.How`), or "". Each code works once.

    Wrong codes make the next one wait, twice as long each time; what comes before the wait is over is refused unread.
    """
    with transaction.atomic():
        app = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=True).first()
        if app is None or not app.verify_is_allowed()[0]:
            return ""
        if _is_recovery_code(typed):
            return _spend_recovery_code(user, app, typed, now=now)
        return SignIn.How.CODE if app.verify_token(_digits(typed)) else ""


def _spend_recovery_code(user: User, app: TOTPDevice, typed: str, *, now: dt.datetime) -> str:
    unused = RecoveryCode.objects.filter(user=user, code_hash=_hash_of(typed), used_at=None)
    if unused.update(used_at=now):
        app.throttle_reset()
        return SignIn.How.RECOVERY
    app.throttle_increment()
    return ""


def must_wait(user: User) -> bool:
    """Whether codes of this person are refused for a while, because some were wrong."""
    app = TOTPDevice.objects.filter(user=user, confirmed=True).first()
    return app is not None and not app.verify_is_allowed()[0]


def _new_code() -> str:
    letters = [secrets.choice(ALPHABET) for _letter in range(GROUPS * GROUP_LENGTH)]
    return "-".join("".join(letters[at : at + GROUP_LENGTH]) for at in range(0, len(letters), GROUP_LENGTH))


def _digits(typed: str) -> str:
    bare = "".join(typed.split())
    return bare if bare.isascii() and bare.isdigit() else ""


def _plain(typed: str) -> str:
    return "".join(letter for letter in typed.upper() if letter.isalnum()).translate(str.maketrans("ILO", "110"))


def _is_recovery_code(typed: str) -> bool:
    return len(_plain(typed)) == GROUPS * GROUP_LENGTH


def _hash_of(code: str) -> str:
    return hashlib.sha256(f"recovery/{_plain(code)}".encode()).hexdigest()
