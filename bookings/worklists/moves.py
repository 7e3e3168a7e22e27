"""The moves a visit can make now, as buttons."""

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bookings import scheduling
from bookings.models import Appointment
from bookings.models.appointments import Status

PAGES = ("decline", "move", "cancel", "offer", "amend")


class Move(NamedTuple):
    """A button: `opens_page` is a link to a form, everything else one press (POST)."""

    verb: str
    label: Any
    url: str
    opens_page: bool = False


def moves_of(visit: Appointment, *, now: dt.datetime) -> list[Move]:
    """Return what the desk may do with a visit now, by the one table of moves."""
    verbs = scheduling.allowed(visit)
    found = [_move(visit, verb, scheduling.MOVES[verb].label) for verb in verbs]
    if visit.status == Status.REQUESTED:
        found.append(_move(visit, "offer", _("Offer another time")))
    if visit.status in (Status.REQUESTED, Status.BOOKED):
        found.append(_move(visit, "move", _("Move")))
    if scheduling.may_undo(visit, now=now):
        found.append(_move(visit, "undo", _("Undo")))
    return [*found, _move(visit, "amend", _("Change details"))]


def only(*verbs: str) -> Callable[[Appointment, dt.datetime], list[Move]]:
    """Return a function that leaves of a visit's moves those that a list is about."""
    return lambda visit, now: [move for move in moves_of(visit, now=now) if move.verb in verbs]


def _move(visit: Appointment, verb: str, label: Any) -> Move:
    return Move(verb, label, reverse(f"admin:bookings_appointment_{verb}", args=[visit.pk]), verb in PAGES)
