"""The left side of the day board: who is late, who is next, who waits how long, and whom to call. Pure functions."""

import datetime as dt
from typing import NamedTuple

from bookings.desk.blocks import EXPECTED, HERE, WAITING, Block, block_of
from bookings.desk.facts import Day
from bookings.models.appointments import Status

NEXT_FEW = 5


class Waits(NamedTuple):
    """Somebody in the house: minutes in the present state, and whether that is too long."""

    block: Block
    minutes: int
    too_long: bool


class Rail(NamedTuple):
    late: list[Block]
    next: list[Block]
    here: list[Waits]
    calls: list[Block]

    @property
    def too_long(self) -> int:
        return len([each for each in self.here if each.too_long])


def rail_of(day: Day, *, now: dt.datetime, too_long: int) -> Rail:
    """Say what of a day needs eyes now. `too_long`: minutes of waiting from which somebody is marked."""
    blocks = [block_of(visit, now=now, zone=day.zone) for visit in day.visits]
    expected = [block for block in blocks if block.visit.status in EXPECTED]
    return Rail(
        late=[block for block in expected if block.late],
        next=[block for block in expected if block.visit.start >= now][:NEXT_FEW] if _is_today(day, now) else [],
        here=_here(blocks, too_long),
        calls=[block for block in blocks if block.visit.phone_to_confirm and block.visit.status == Status.BOOKED],
    )


def _here(blocks: list[Block], too_long: int) -> list[Waits]:
    """Return who is in the house: those who wait first, the longest wait on top."""
    here = [block for block in blocks if block.visit.status in HERE]
    here.sort(key=lambda block: (block.visit.status not in WAITING, block.visit.status_at, block.visit.pk))
    return [Waits(block, block.since or 0, (block.waiting or 0) >= too_long) for block in here]


def _is_today(day: Day, now: dt.datetime) -> bool:
    return now.astimezone(day.zone).date() == day.date
