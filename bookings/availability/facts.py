"""Plain facts that availability works with: small, immutable, without the database."""

import datetime as dt
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bookings.intervals import Interval, from_minute, wall_minute


class Place(NamedTuple):
    pk: int
    slug: str
    name: str
    zone: ZoneInfo


class Person(NamedTuple):
    """A clinician, and the resource that stands for them in the diary."""

    pk: int
    slug: str
    name: str
    resource: int


class NeedFacts(NamedTuple):
    """A need of a treatment; `before` and `after` in minutes."""

    capability: int
    before: int
    after: int

    def around(self, start: int, end: int) -> Interval:
        """The minutes a resource is taken by a visit of [start, end)."""
        return Interval(start - self.before, end + self.after)


class FreeTime(NamedTuple):
    """A visit that could be booked: whole minutes since the epoch, with whom and where."""

    start_minute: int
    end_minute: int
    clinician: Person
    location: Place

    @property
    def start(self) -> dt.datetime:
        """The aware UTC instant it starts."""
        return from_minute(self.start_minute)

    @property
    def end(self) -> dt.datetime:
        return from_minute(self.end_minute)

    @property
    def local_start(self) -> dt.datetime:
        """The start on the location's wall clock."""
        return self.start.astimezone(self.location.zone)


class DayOfTimes(NamedTuple):
    """The free times of one local date, in order of start, location and clinician."""

    date: dt.date
    times: list[FreeTime]


class Choice(NamedTuple):
    """Who and what a visit takes: the clinician, its end, and each resource with the minutes it is taken."""

    clinician: Person
    end_minute: int
    resources: dict[int, Interval]


class Session(NamedTuple):
    """One row of hours: weekly (`weekday`) or on one `date`; wall minutes of the location; `only` treatments, or all."""

    resource: int
    place: Place
    weekday: int | None
    date: dt.date | None
    start: int
    end: int
    valid_from: dt.date | None
    valid_until: dt.date | None
    only: frozenset[int]
    limits: tuple[tuple[int, int], ...]

    def dates(self, first: dt.date, days: int) -> list[dt.date]:
        """Return those of `days` dates from `first` on that have this session."""
        if self.date is not None:
            return [self.date] if 0 <= (self.date - first).days < days else []
        until_weekday = ((self.weekday or 0) - first.weekday()) % 7  # where there is no date, there is a weekday
        weekly = (first + dt.timedelta(days=offset) for offset in range(until_weekday, days, 7))
        return [date for date in weekly if self._is_valid(date)]

    def _is_valid(self, date: dt.date) -> bool:
        started = self.valid_from is None or self.valid_from <= date
        return started and (self.valid_until is None or date <= self.valid_until)

    def on(self, date: dt.date) -> Interval:
        """Return the session's minutes on this date."""
        return Interval(wall_minute(date, self.start, self.place.zone), wall_minute(date, self.end, self.place.zone))

    def takes(self, treatment: int) -> bool:
        return not self.only or treatment in self.only

    def at_most(self, treatment: int) -> int | None:
        return dict(self.limits).get(treatment)
