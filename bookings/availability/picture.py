"""A picture of the diary over some dates, and the arithmetic of what is free in it."""

import datetime as dt
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from operator import itemgetter

from bookings.availability import reading
from bookings.availability.facts import Choice, DayOfTimes, FreeTime, NeedFacts, Person, Place, Session
from bookings.intervals import (
    MINUTES_PER_DAY,
    Interval,
    common,
    from_minute,
    intersect,
    local_dates,
    subtract,
    to_minute,
    wall_minute,
)
from treatments.models import Treatment

# How far a visit that starts on a date may reach beyond it: 8 hours long, 4 hours of extra minutes (treatments.models.offer).
REACH_BEFORE, REACH_AFTER = 240, 480 + 240
NO_EXTRA = NeedFacts(0, 0, 0)
ALWAYS = Interval(-(10**9), 10**9)


@dataclass
class Picture:
    """Everything needed to answer for these treatments and dates without another statement."""

    treatments: dict[int, Treatment]
    first: dt.date
    days: int
    now: dt.datetime
    reference: reading.Reference
    sessions: dict[tuple[int, Place], list[Session]]  # by clinician's resource and place
    off: dict[int, list[Interval]]
    closed: dict[int, list[Interval]]
    taken: dict[int, list]
    visit_starts: dict[tuple[int, int], list[int]]
    by_staff: bool = False
    _things: dict = field(default_factory=dict)

    def by_day(self, treatment: int) -> Iterator[DayOfTimes]:
        """Yield each local date that has free times, in order; staff rules or patient rules as the picture was taken."""
        starts = [
            (person, place, length, self._starts(treatment, person, place, length))
            for person, place, length in self._offers(treatment)
        ]
        grids: dict[tuple, range | list[int]] = {}
        for date in local_dates(self.first, self.days):
            times: list[FreeTime] = []
            for person, place, length, free in starts:
                key = (date, place.pk)
                if key not in grids:
                    grids[key] = grid(date, place.zone, self.treatments[treatment].start_every)
                times.extend(FreeTime(start, start + length, person, place) for start in _on_grid(free, grids[key]))
            if times:
                times.sort(key=lambda time: (time[0], time[3][0], time[2][0]))
                yield DayOfTimes(date, times)

    def choose(
        self,
        treatment: int,
        start: int,
        place_pk: int,
        clinician: int | None = None,
        *,
        minutes: int | None = None,
        prefer: frozenset[int] = frozenset(),
    ) -> Choice | None:
        """Return who and what would serve a visit at this minute, the lowest pk first; None when nobody can.

        `minutes`: another length than usual; `prefer`: rooms and devices (pk) that come before the lowest.
        """
        for person, place, usual in self._offers(treatment):
            length = minutes or usual
            if place.pk != place_pk or (clinician is not None and person.pk != clinician):
                continue
            if not (self.by_staff or _starts_on_grid(start, place.zone, self.treatments[treatment].start_every)):
                continue
            if not any(begin <= start < end for begin, end in self._starts(treatment, person, place, length)):
                continue
            end = start + length
            return Choice(person, end, self.resources_for(treatment, person, place_pk, start, end, prefer=prefer))
        return None

    def take(self, treatment: int, choice: Choice, start: int) -> None:
        """Count a choice as taken, so that the picture stays that of the diary while visits are written into it."""
        for resource, minutes in choice.resources.items():
            self.taken[resource].append((minutes.start, minutes.end))
        self.visit_starts[choice.clinician.pk, treatment].append(start)
        self._things.clear()

    def resources_for(
        self,
        treatment: int,
        person: Person,
        place_pk: int,
        start: int,
        end: int,
        *,
        prefer: frozenset[int] = frozenset(),
    ) -> dict[int, Interval]:
        """Return each resource with its minutes, the lowest free pk for every need. KeyError-free: only call when free."""
        needs = [
            (self._first_free(place_pk, need, start, end, prefer), need) for need in self.reference.needs[treatment]
        ]
        needs.append((person.resource, self.reference.clinician_need.get(treatment, NO_EXTRA)))
        chosen: dict[int, Interval] = {}
        for resource, need in needs:
            if resource is None:
                continue
            mine = need.around(start, end)
            before = chosen.get(resource, mine)
            chosen[resource] = Interval(min(mine.start, before.start), max(mine.end, before.end))
        return chosen

    def without_visits(self) -> "Picture":
        """Return the same picture of an empty diary: hours, leave and rules alone."""
        return replace(self, taken=defaultdict(list), visit_starts=defaultdict(list), _things={})

    def missing_needs(self, treatment: int, place_pk: int, start: int, end: int) -> bool:
        """Whether a room or device is missing at this time (for overbooking, which never overbooks those)."""
        return any(self._first_free(place_pk, need, start, end) is None for need in self.reference.needs[treatment])

    def _first_free(
        self, place_pk: int, need: NeedFacts, start: int, end: int, prefer: frozenset[int] = frozenset()
    ) -> int | None:
        wanted = need.around(start, end)
        things = self.reference.things[place_pk][need.capability]
        for resource in sorted(things, key=lambda thing: thing not in prefer) if prefer else things:
            busy = [*self.taken[resource], *self.off[resource], *self.closed[place_pk]]
            if not any(wanted.start < until and begin < wanted.end for begin, until in busy):
                return resource
        return None

    def _offers(self, treatment: int) -> Iterator[tuple[Person, Place, int]]:
        for person, minutes in self.reference.offers[treatment]:
            for resource, place in self.sessions:
                if resource == person.resource:
                    yield person, place, minutes or self.treatments[treatment].minutes

    def _starts(self, treatment: int, person: Person, place: Place, length: int) -> list[Interval]:
        """Return the minutes at which a visit may start: half-open intervals, the grid not yet applied."""
        hours = subtract(self._hours(treatment, person, place), [*self.off[person.resource], *self.closed[place.pk]])
        allowed = [(start, end - length + 1) for start, end in hours if end - start >= length]
        need = self.reference.clinician_need.get(treatment, NO_EXTRA)
        forbidden = _forbidden_starts(self.taken[person.resource], need, length)
        forbidden += self._full_sessions(treatment, person, place)
        forbidden += self._without_things(treatment, place, length)
        return subtract(intersect(allowed, [self._open_for_booking(treatment, place)]), forbidden)

    def _open_for_booking(self, treatment: int, place: Place) -> Interval:
        """Notice and horizon, both inclusive. Staff know neither."""
        offer = self.treatments[treatment]
        if self.by_staff:
            after = self.first + dt.timedelta(days=self.days)
            return Interval(wall_minute(self.first, 0, place.zone), wall_minute(after, 0, place.zone))
        today = self.now.astimezone(place.zone).date()
        # In UTC: hours added to local time would be hours of the wall clock.
        soonest = self.now.astimezone(dt.UTC) + dt.timedelta(hours=offer.notice_hours)
        last = today + dt.timedelta(days=offer.horizon_days + 1)
        # A start is a whole minute: the first one that is not before the notice.
        return Interval(
            to_minute(soonest + dt.timedelta(seconds=60) - dt.timedelta(microseconds=1)),
            wall_minute(last, 0, place.zone),
        )

    def _hours(self, treatment: int, person: Person, place: Place) -> list[Interval]:
        sessions = [session for session in self.sessions[person.resource, place] if session.takes(treatment)]
        # A day more on each side: hours of neighboring dates may join at midnight.
        first, days = self.first - dt.timedelta(days=1), self.days + 2
        return [session.on(date) for session in sessions for date in session.dates(first, days)]

    def _full_sessions(self, treatment: int, person: Person, place: Place) -> list[Interval]:
        full = []
        for session in self.sessions[person.resource, place]:
            at_most = session.at_most(treatment)
            if at_most is None:
                continue
            for date in session.dates(self.first, self.days):
                whole = session.on(date)
                visits = sum(whole.start <= start < whole.end for start in self.visit_starts[person.pk, treatment])
                full += [whole] if visits >= at_most else []
        return full

    def _without_things(self, treatment: int, place: Place, length: int) -> list[Interval]:
        """Return the starts for which some room, device or support person is missing."""
        key = (treatment, place.pk, length)
        if key not in self._things:
            missing: list[Interval] = []
            for need in self.reference.needs[treatment]:
                missing += self._none_free(place, need, length)
            self._things[key] = missing
        return self._things[key]

    def _none_free(self, place: Place, need: NeedFacts, length: int) -> list[Interval]:
        things = self.reference.things[place.pk][need.capability]
        if not things:
            return [ALWAYS]
        busy = ([*self.taken[thing], *self.off[thing], *self.closed[place.pk]] for thing in things)
        return common(_forbidden_starts(one, need, length) for one in busy)


def _forbidden_starts(busy, need: NeedFacts, length: int) -> list[tuple[int, int]]:
    """Return the starts whose taken minutes would touch something busy. Plain pairs: there are thousands."""
    reach, before = length + need.after - 1, need.before
    return [(start - reach, end + before) for start, end in busy]


def grid(date: dt.date, zone, every: int) -> range | list[int]:
    """Return the minutes of a local date whose wall clock is a multiple of `every` after midnight, as minutes since the epoch."""
    start, end = wall_minute(date, 0, zone), wall_minute(date, MINUTES_PER_DAY, zone)
    if end - start == MINUTES_PER_DAY:
        return range(start, end, every)
    # The clock changes today: ask it minute by minute.
    return [minute for minute in range(start, end) if _starts_on_grid(minute, zone, every)]


def _starts_on_grid(minute: int, zone, every: int) -> bool:
    wall = from_minute(minute).astimezone(zone)
    return (wall.hour * 60 + wall.minute) % every == 0


def _on_grid(free: list[Interval], minutes: range | list[int]) -> Iterator[int]:
    """Yield the grid's minutes that lie in the free intervals, both in order."""
    if not minutes:
        return
    # Only what reaches into this date: `free` is that of the whole range.
    for start, end in free[bisect_right(free, minutes[0], key=itemgetter(1)) :]:
        if start > minutes[-1]:
            return
        if isinstance(minutes, range):
            skipped = max(0, -((minutes.start - start) // minutes.step))
            yield from minutes[skipped : max(skipped, -((minutes.start - end) // minutes.step))]
        else:
            yield from (minute for minute in minutes if start <= minute < end)


def _span(first: dt.date, days: int, places: set[Place]) -> Interval:
    """Return the minutes whose occupancy matters for visits that start on these local dates."""
    zones: set[dt.tzinfo] = {place.zone for place in places} or {dt.UTC}
    start = min(wall_minute(first, 0, zone) for zone in zones)
    end = max(wall_minute(first + dt.timedelta(days=days), 0, zone) for zone in zones)
    return Interval(start - REACH_BEFORE, end + REACH_AFTER)


def look(
    treatments: list[Treatment],
    *,
    first: dt.date,
    days: int,
    now: dt.datetime,
    clinician: int | None = None,
    location: int | None = None,
    session_key: str = "",
    without: int | None = None,
    by_staff: bool = False,
) -> Picture:
    """Take the picture: at most five statements. `without` is an appointment (pk) whose own time counts as free."""
    by_pk = {treatment.pk: treatment for treatment in treatments}
    reference = reading.read_reference(list(by_pk), clinician=clinician, location=location)
    people = {person.resource: person.pk for offers in reference.offers.values() for person, _minutes in offers}
    things = {pk for by_capability in reference.things.values() for pks in by_capability.values() for pk in pks}
    resources = sorted({*people, *things})
    sessions: dict[tuple[int, Place], list[Session]] = defaultdict(list)
    for session in reading.read_sessions(sorted(people), location=location):
        sessions[session.resource, session.place].append(session)
    places = {place for _resource, place in sessions}
    span = _span(first, days, places)
    instants = (from_minute(span.start), from_minute(span.end))
    off, closed = reading.read_time_off(resources, sorted(place.pk for place in places), instants)
    taken = reading.read_occupancy(resources, span, now=now, session_key=session_key, without=without)
    visits: dict[tuple[int, int], list[int]] = defaultdict(list)
    if any(session.limits for group in sessions.values() for session in group):
        visits = reading.read_visit_starts(
            list(by_pk), list(people.values()), instants, now=now, session_key=session_key, without=without
        )
    return Picture(by_pk, first, days, now, reference, sessions, off, closed, taken, visits, by_staff)
