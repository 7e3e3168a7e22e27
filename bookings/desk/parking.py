"""Half-typed bookings that were put aside for a moment: at most three a person, seen by nobody else, forgotten after a day."""

import datetime as dt
from typing import NamedTuple

from django.contrib.auth import get_user_model
from django.db import transaction

from bookings.models import ParkedBooking
from treatments.models import Treatment

KEPT = dt.timedelta(days=1)
# What belongs to one sending of a form, not to what was typed.
NOT_TYPED = {"csrfmiddlewaretoken", "parked", "look", "later", "known"}
LONGEST_VALUE = 2000


class Parked(NamedTuple):
    """A parked booking as the panel lists it."""

    pk: int
    parked_at: dt.datetime
    label: str


def park(data, *, user, now: dt.datetime) -> ParkedBooking | None:
    """Put aside what a form says; one that was resumed takes its own place again. None when three are parked already."""
    typed = {name: _plain(data[name]) for name in data if name not in NOT_TYPED}
    with transaction.atomic():
        # Two presses wait for each other here; SQLite waits at the beginning of the transaction.
        get_user_model().objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
        mine = {row.pk: row for row in user.parked_bookings.all()}
        row = mine.get(resumed_pk(data))
        if row is None and len(mine) >= ParkedBooking.MOST:
            return None
        row = row or ParkedBooking(user=user)
        row.typed, row.parked_at = typed, now
        row.save()
    return row


def _plain(text: str) -> str:
    """No database keeps a NUL in JSON, and nobody types two thousand characters on the phone."""
    return text.replace("\x00", "\ufffd")[:LONGEST_VALUE]


def resumed_pk(data) -> int | None:
    """Return which parked booking a form was, as its hidden field says."""
    said = data.get("parked", "")
    return int(said) if said.isdecimal() and len(said) < 18 else None


def drop(pk: int | None, *, user) -> None:
    """Forget one of the user's own; anybody else's stays."""
    if pk is not None:
        user.parked_bookings.filter(pk=pk).delete()


def parked_by(user) -> list[Parked]:
    """Return what a person has parked, oldest first, each with the name and the treatment typed."""
    rows = list(user.parked_bookings.all())
    numbers = {row.typed.get("treatment", "") for row in rows}
    treatments = Treatment.objects.in_bulk({int(each) for each in numbers if each.isdecimal() and len(each) < 18})
    names = {str(pk): treatment.name for pk, treatment in treatments.items()}
    return [Parked(row.pk, row.parked_at, _label(row.typed, names)) for row in rows]


def _label(typed: dict[str, str], treatments: dict[str, str]) -> str:
    new = f"{typed.get('first_name', '')} {typed.get('last_name', '')}".strip()
    who = typed.get("find", "").strip() or new
    return ", ".join(filter(None, [who[:60], treatments.get(typed.get("treatment", ""), "")]))


def forget_parked(*, now: dt.datetime) -> int:
    """Delete what has been parked for a day. Returns how many."""
    deleted, _by_model = ParkedBooking.objects.filter(parked_at__lt=now - KEPT).delete()
    return deleted
