"""What the day board says of one visit: how late, how long it waits, and what one press does. Pure functions."""

import datetime as dt
from typing import Any, NamedTuple

from bookings import scheduling
from bookings.models import Appointment
from bookings.models.appointments import Status

MISSED_AFTER = 15  # minutes late from which the board offers “Missed”
UNDO_STANDS_OUT = dt.timedelta(minutes=5)

WAITING = (Status.ARRIVED, Status.IN_ROOM)
EXPECTED = (Status.REQUESTED, Status.BOOKED)
OVER = (Status.DONE, Status.MISSED)
HERE = (*WAITING, Status.WITH_CLINICIAN)
# The one press that comes next, by status.
NEXT: dict[str, str] = {
    Status.REQUESTED: "approve",
    Status.BOOKED: "check_in",
    Status.ARRIVED: "room",
    Status.IN_ROOM: "start",
    Status.WITH_CLINICIAN: "finish",
}


class Block(NamedTuple):
    """A visit on the board. `late`, `waiting`, `since`: whole minutes, or None."""

    visit: Appointment
    steps: list[tuple[str, Any]]
    can: list[str]
    late: int | None
    waiting: int | None
    since: int | None
    undo: bool


def block_of(visit: Appointment, *, now: dt.datetime, zone: dt.tzinfo) -> Block:
    """Say what the board says about a visit: how late, how long it waits, and what one press does."""
    late = minutes_between(visit.start, now) if visit.status in EXPECTED and visit.start < now else None
    can = _can(visit, late or 0, is_today=visit.start.astimezone(zone).date() == now.astimezone(zone).date())
    steps = [verb for verb in (NEXT.get(visit.status), "miss" if (late or 0) >= MISSED_AFTER else None) if verb in can]
    may_undo = scheduling.may_undo(visit, now=now)
    since = minutes_between(visit.status_at, now)
    return Block(
        visit=visit,
        steps=[(verb, scheduling.MOVES[verb].label) for verb in steps if verb],
        can=[*can, "undo"] if may_undo else can,
        late=late,
        waiting=since if visit.status in WAITING else None,
        since=since if visit.status in HERE else None,
        undo=may_undo and (now - visit.status_at < UNDO_STANDS_OUT or _is_fresh(visit, now)),
    )


def _can(visit: Appointment, late: int, *, is_today: bool) -> list[str]:
    """Return the verbs that make sense now: nobody arrives on another day, and nobody is missed before the start."""
    verbs = [verb for verb in scheduling.allowed(visit) if is_today or verb in ("approve", "decline")]
    return [verb for verb in verbs if late or verb != "miss"]


def _is_fresh(visit: Appointment, now: dt.datetime) -> bool:
    return visit.undo_until is not None and now <= visit.undo_until


def minutes_between(start: dt.datetime, end: dt.datetime) -> int:
    return max(int((end - start).total_seconds() // 60), 0)
