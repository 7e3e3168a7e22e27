"""Seats at a shared computer: who fully signed in on this browser today may take it over by PIN.

A browser is known by a random cookie, of which only a hash is kept. Five wrong PINs end a seat.
"""

import datetime as dt
import hashlib
import itertools
import secrets

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.models import DeskSeat, User

MOST_FAILURES = 5
SHORTEST, LONGEST = 4, 8
COOKIE_BYTES = 32


def check_pin(pin: str) -> None:
    """Raise ValidationError for what is no PIN, or one that everybody tries first."""
    if not (pin.isascii() and pin.isdigit() and SHORTEST <= len(pin) <= LONGEST):
        raise ValidationError(_("Enter 4 to 8 digits."))
    steps = {int(after) - int(before) for before, after in itertools.pairwise(pin)}
    if steps in ({0}, {1}, {-1}) or pin[: len(pin) // 2] * 2 == pin:
        raise ValidationError(_("That is too easy to guess. Choose digits that do not repeat or count."))


def set_pin(user: User, pin: str) -> None:
    """Keep this PIN, or none when it is empty; seats under the PIN before are over."""
    user.pin = make_password(pin) if pin else ""
    user.save(update_fields=["pin"])
    DeskSeat.objects.filter(user=user).delete()


def cookie_name() -> str:
    return "__Host-desk" if settings.CLINIC_HTTPS else "desk"


def take(request, response, user: User, *, now: dt.datetime) -> None:
    """Give `user` a seat on this browser for today, if they have a PIN. Only for who has just fully signed in."""
    if not user.pin:
        return
    browser = request.COOKIES.get(cookie_name(), "") or secrets.token_urlsafe(COOKIE_BYTES)
    DeskSeat.objects.update_or_create(browser_hash=_hash_of(browser), user=user, defaults={"at": now, "failures": 0})
    response.set_cookie(
        cookie_name(),
        browser,
        max_age=settings.CLINIC_STAFF_SESSION_SECONDS,
        secure=settings.CLINIC_HTTPS,
        httponly=True,
        samesite="Lax",
    )


def on_this_browser(request, *, now: dt.datetime):
    """Return the seats that can be taken here now, by name."""
    browser = request.COOKIES.get(cookie_name(), "")
    if not browser:
        return DeskSeat.objects.none()
    seats = DeskSeat.objects.filter(
        browser_hash=_hash_of(browser), at__gt=_since(now), failures__lt=MOST_FAILURES, user__is_active=True
    )
    return seats.exclude(user__pin="").select_related("user").order_by("user__name", "pk")


def try_pin(seat: DeskSeat, pin: str) -> bool:
    """Whether this is the PIN of the seat. The try is counted before it is read, so that tries at once cannot outrun it."""
    counted = DeskSeat.objects.filter(pk=seat.pk, failures__lt=MOST_FAILURES).update(failures=F("failures") + 1)
    if not counted or not check_password(pin, seat.user.pin):
        return False
    DeskSeat.objects.filter(pk=seat.pk).update(failures=0)
    return True


def leave(request, user: User) -> None:
    """Give up this person's seat on this browser: they signed out here."""
    browser = request.COOKIES.get(cookie_name(), "")
    DeskSeat.objects.filter(browser_hash=_hash_of(browser), user=user).delete()


def _since(now: dt.datetime) -> dt.datetime:
    """A seat lasts a working day and never past midnight at the clinic."""
    midnight = timezone.localtime(now, timezone.get_default_timezone()).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    return max(midnight, now - dt.timedelta(seconds=settings.CLINIC_STAFF_SESSION_SECONDS))


def _hash_of(browser: str) -> str:
    return hashlib.sha256(browser.encode()).hexdigest()
