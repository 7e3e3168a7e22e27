"""What the product is compared with: the least that could answer the same question."""

from collections import defaultdict
from collections.abc import Iterable
from operator import itemgetter

from bookings.intervals import wall_minute
from clinic.bench.diary import CLOSES, LENGTH, OPENS, ZONE, House

Span = tuple[int, int]


def plain_sweep(rows: Iterable[tuple[int, int, int]], house: House, dates) -> list[Span]:
    """Return the free (start, clinician) of the dates: rows of (resource, start, end) swept once for each clinician."""
    taken: dict[int, list[Span]] = defaultdict(list)
    for resource, start, end in rows:
        taken[resource].append((start, end))
    nothing_left = _all_taken(house.rooms, taken) + _all_taken(house.devices, taken)
    opening = [wall_minute(date, OPENS, ZONE) for date in dates]
    free: list[Span] = []
    for clinician in house.clinicians:
        busy = sorted(taken[clinician] + nothing_left)
        free += [(start, clinician) for start in _free_starts(busy, opening)]
    return free


def _all_taken(resources: list[int], taken: dict[int, list[Span]]) -> list[Span]:
    """Return when all of these are taken at once."""
    changes = [(start, 1) for resource in resources for start, _end in taken[resource]]
    changes += [(end, -1) for resource in resources for _start, end in taken[resource]]
    full, count, since = [], 0, 0
    for minute, change in sorted(changes, key=itemgetter(0, 1)):
        if count == len(resources):
            full.append((since, minute))
        count += change
        since = minute
    return full


def _free_starts(busy: list[Span], opening: list[int]) -> list[int]:
    free, position = [], 0
    for opens in opening:
        for start in range(opens, opens + CLOSES - OPENS - LENGTH + 1, LENGTH):
            while position < len(busy) and busy[position][1] <= start:
                position += 1
            if position == len(busy) or busy[position][0] >= start + LENGTH:
                free.append(start)
    return free
