"""What the tests of staff accounts run in processes of their own."""

import datetime as dt

from clinic.models import DeskSeat, Invitation, User
from clinic.staff import factors, invitations, leaving, seats
from clinic.staff.leaving import MustStay

NOW = dt.datetime(2026, 3, 2, 13, 0, tzinfo=dt.UTC)


def accept_invitation(pk, password_hash):
    """Return how many recovery codes came of it; 0 when somebody was first."""
    invitation = Invitation.objects.select_related("user").get(pk=pk)
    app = factors.unsaved_app(invitation.user, factors.new_key())
    app.name = password_hash
    codes = invitations.accept(invitation, password_hash=password_hash, app=app, now=NOW)
    return len(codes or [])


def guess_pin(pk, pin):
    """Return whether the guess was read at all, and whether it was right."""
    seat = DeskSeat.objects.select_related("user").get(pk=pk)
    return seats.try_pin(seat, pin)


def spend_recovery_code(pk, code):
    return factors.check(User.objects.get(pk=pk), code, now=NOW)


def see_off(pk, by):
    try:
        leaving.leave(User.objects.get(pk=pk), by=User.objects.get(pk=by), now=NOW)
    except MustStay as reason:
        return str(reason)
    return "left"
