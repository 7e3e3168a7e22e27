"""Beginning and ending what an account may do in browsers: sessions, the mark of the second factor, the record of it."""

import datetime as dt

from django.conf import settings
from django.contrib.auth import login
from django.db.models import F

from clinic.models import DeskSeat, SignIn, User
from clinic.staff import throttle

BACKEND = "clinic.accounts.StaffBackend"
KNOWN_BY_CODE = "second_factor"  # in the session: how somebody showed that it is them
DAYS_KEPT = 90


def is_verified(request) -> bool:
    """Whether this session may open more than the pages of the second factor."""
    known_by = request.session.get(KNOWN_BY_CODE, SignIn.How.PASSWORD)
    return not settings.CLINIC_SECOND_FACTOR or known_by != SignIn.How.PASSWORD


def begin(request, user: User, *, how: str, now: dt.datetime) -> None:
    """Begin a verified session of `user` under a new session key; whoever was signed in before is out."""
    if request.user.is_authenticated and request.user.pk != user.pk:
        request.session.flush()
    login(request, user, backend=BACKEND)
    request.session.cycle_key()  # also when the same person was signed in, half way
    mark(request, user, how=how, now=now)


def mark(request, user: User, *, how: str, now: dt.datetime) -> None:
    """Note in the session and in the record how this person signed in."""
    request.session[KNOWN_BY_CODE] = how
    request.session["signed_in"] = request.session["last_seen"] = int(now.timestamp())
    user.sign_ins.filter(at__lt=now - dt.timedelta(days=DAYS_KEPT)).delete()
    SignIn.objects.create(user=user, at=now, how=how, address=throttle.network_address(request))


def end_everywhere(user: User) -> None:
    """End every session of this account, on every browser, and its seats at shared computers."""
    User.objects.filter(pk=user.pk).update(session_round=F("session_round") + 1)
    DeskSeat.objects.filter(user=user).delete()
    user.refresh_from_db(fields=["session_round"])
