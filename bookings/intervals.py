"""Half-open intervals of whole minutes: plain arithmetic, no database, no clock.

A minute is an integer counted from the Unix epoch (UTC). `overlaps` is `a.start < b.end and b.start < a.end`, and nothing else:
an interval that ends when another starts does not touch it.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

MINUTES_PER_DAY = 1440
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
ONE_MINUTE = dt.timedelta(minutes=1)


class Interval(NamedTuple):
    """Whole minutes since the epoch, `start` included, `end` not."""

    start: int
    end: int

    def overlaps(self, other: "Interval") -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, other: "Interval") -> bool:
        return self.start <= other.start and other.end <= self.end

    def minus(self, other: "Interval") -> list["Interval"]:
        """Return what is left of this interval without `other`: none, one or two pieces."""
        if not self.overlaps(other):
            return [self]
        pieces = [Interval(self.start, other.start), Interval(other.end, self.end)]
        return [piece for piece in pieces if piece.start < piece.end]


def to_minute(instant: dt.datetime) -> int:
    """Return the whole minutes since the epoch of an aware instant. Seconds are cut off; a naive one is a ValueError."""
    if instant.tzinfo is None:
        raise ValueError("a naive datetime has no place on the time line; give it a time zone")
    return (instant - EPOCH) // ONE_MINUTE


def from_minute(minute: int) -> dt.datetime:
    """Return the aware UTC instant of a minute since the epoch."""
    return EPOCH + dt.timedelta(minutes=minute)


def merge(intervals: Iterable[tuple[int, int]]) -> list[Interval]:
    """Return the union as sorted, separate intervals; touching ones become one, empty ones vanish."""
    merged: list[Interval] = []
    ordered = sorted([pair for pair in intervals if pair[0] < pair[1]])
    if not ordered:
        return merged
    begin, until = ordered[0]
    for start, end in ordered:
        if start > until:
            merged.append(Interval(begin, until))
            begin, until = start, end
        elif end > until:
            until = end
    merged.append(Interval(begin, until))
    return merged


def subtract(whole: Iterable[tuple[int, int]], taken: Iterable[tuple[int, int]]) -> list[Interval]:
    """Return what is left of `whole` when every interval of `taken` is cut out: one sweep over both."""
    holes = merge(taken)
    left: list[Interval] = []
    first = 0
    for start, end in merge(whole):
        while first < len(holes) and holes[first].end <= start:
            first += 1
        place, free_from = first, start
        while place < len(holes) and holes[place].start < end:
            if holes[place].start > free_from:
                left.append(Interval(free_from, holes[place].start))
            free_from = holes[place].end
            place += 1
        if free_from < end:
            left.append(Interval(free_from, end))
    return left


def intersect(one: Iterable[tuple[int, int]], other: Iterable[tuple[int, int]]) -> list[Interval]:
    """Return what both cover, sorted and separate."""
    ours, theirs = merge(one), merge(other)
    both: list[Interval] = []
    i = j = 0
    while i < len(ours) and j < len(theirs):
        start, end = max(ours[i].start, theirs[j].start), min(ours[i].end, theirs[j].end)
        if start < end:
            both.append(Interval(start, end))
        if ours[i].end < theirs[j].end:
            i += 1
        else:
            j += 1
    return both


def common(sets: Iterable[Iterable[tuple[int, int]]]) -> list[Interval]:
    """Return what every one of some sets of intervals covers, sorted and separate; nothing for no sets.

    Each set covers a minute once at most. So all n of them are there from the (n+i)th of all starts until the (1+i)th of
    all ends, if the start comes first.
    """
    tidy = [merge(intervals) for intervals in sets]
    starts = sorted([start for intervals in tidy for start, _end in intervals])
    ends = sorted([end for intervals in tidy for _start, end in intervals])
    last_to_start = starts[len(tidy) - 1 :]
    return [Interval(start, end) for start, end in zip(last_to_start, ends, strict=False) if start < end]


def local_dates(first: dt.date, days: int) -> Iterator[dt.date]:
    """Yield `days` dates from `first` on."""
    return (first + dt.timedelta(days=offset) for offset in range(days))


@lru_cache(maxsize=4096)  # a month of ten clinicians asks for the same few hundred over and over
def wall_minute(date: dt.date, minutes: int, zone: dt.tzinfo) -> int:
    """Return the minute at which the wall clock of `zone` shows `minutes` after 0:00 on `date` (1440: next midnight).

    A wall time that the spring change skips is read with the offset before it; one that the autumn change repeats is its
    first occurrence (PEP 495, fold=0).
    """
    if minutes >= MINUTES_PER_DAY:
        date, minutes = date + dt.timedelta(days=1), minutes - MINUTES_PER_DAY
    wall = dt.datetime.combine(date, dt.time(minutes // 60, minutes % 60), tzinfo=zone)
    return to_minute(wall)
