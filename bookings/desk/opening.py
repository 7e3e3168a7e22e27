"""When a place works: who has hours there on which date, what is closed, who is away."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q

from bookings.availability.reading import read_sessions
from bookings.intervals import MINUTES_PER_DAY, Interval, from_minute, merge, subtract, to_minute, wall_minute
from bookings.models import Appointment, Resource, TimeOff
from bookings.models.appointments import Status
from treatments.models import Location

LOOK_AHEAD_DAYS = 31


class Notice(NamedTuple):
    """A closure, or somebody or something away; `start` and `end` are None when it is for all of the day."""

    off: TimeOff
    start: dt.datetime | None
    end: dt.datetime | None


@dataclass(frozen=True)
class Opening:
    """What the diary says about a place from `first` on, `days` local dates. Minutes are since the epoch."""

    place: Location
    first: dt.date
    days: int
    people: list[Resource]
    hours: dict[tuple[int, dt.date], list[Interval]]  # by clinician's resource and date
    off: list[TimeOff]  # closures of the place, and whoever and whatever of it is away

    @property
    def dates(self) -> list[dt.date]:
        return [self.first + dt.timedelta(days=offset) for offset in range(self.days)]

    def day(self, date: dt.date) -> Interval:
        """The minutes of a local date: 1440, or an hour more or less."""
        return day_of(self.place, date)

    def hours_of(self, person: Resource, date: dt.date) -> list[Interval]:
        """The hours somebody has there, whatever is closed."""
        return self.hours.get((person.pk, date), [])

    def working(self, person: Resource, date: dt.date) -> list[Interval]:
        """What is left of their hours beside closures and their leave."""
        off = [_minutes(each) for each in self.off if each.resource_id in (None, person.pk)]
        return subtract(self.hours_of(person, date), off)

    def is_open(self, date: dt.date) -> bool:
        return any(self.working(person, date) for person in self.people)

    def closures(self, date: dt.date) -> list[Notice]:
        """What closes the whole place on that date, or a part of the date."""
        found = [each for each in self.off if each.resource_id is None and _minutes(each).overlaps(self.day(date))]
        return [self._notice(each, date) for each in found]

    def away(self, date: dt.date) -> list[Notice]:
        """Who would work there that date and is away for some of it, and what of the place is out of order."""
        found = [each for each in self.off if each.resource_id is not None and self._is_missed(each, date)]
        return [self._notice(each, date) for each in found]

    def _notice(self, off: TimeOff, date: dt.date) -> Notice:
        start, end = map(from_minute, self.day(date))
        if off.start <= start and off.end >= end:
            return Notice(off, None, None)
        return Notice(off, max(off.start, start), min(off.end, end))

    def _is_missed(self, off: TimeOff, date: dt.date) -> bool:
        person = next((person for person in self.people if person.pk == off.resource_id), None)
        expected = self.hours_of(person, date) if person else [self.day(date)]
        return any(_minutes(off).overlaps(each) for each in expected)


def look(place: Location, first: dt.date, days: int = 1) -> Opening:
    """Read hours, closures and leave: three statements."""
    people = list(
        Resource.objects.filter(clinician__isnull=False)
        .select_related("clinician")
        .order_by("clinician__position", "clinician_id")
    )
    hours: dict[tuple[int, dt.date], list[Interval]] = defaultdict(list)
    for session in read_sessions([person.pk for person in people], location=place.pk):
        for date in session.dates(first, days):
            span = Interval(*(wall_minute(date, minutes, place.zone) for minutes in (session.start, session.end)))
            hours[session.resource, date] = merge([*hours[session.resource, date], span])
    return Opening(place, first, days, people, dict(hours), _time_off(place, people, first, days))


def _time_off(place: Location, people: list[Resource], first: dt.date, days: int) -> list[TimeOff]:
    start, end = day_of(place, first).start, day_of(place, first + dt.timedelta(days=days - 1)).end
    whose = Q(location=place) | Q(resource__location=place) | Q(resource__in=[person.pk for person in people])
    rows = TimeOff.objects.filter(whose, start__lt=from_minute(end), end__gt=from_minute(start))
    return list(rows.select_related("resource").order_by("start", "pk"))


def day_of(place: Location, date: dt.date) -> Interval:
    """Return the minutes of a local date of the place."""
    return Interval(wall_minute(date, 0, place.zone), wall_minute(date, MINUTES_PER_DAY, place.zone))


def _minutes(off: TimeOff) -> Interval:
    # A part of a minute off is the whole minute off, as availability reads it.
    return Interval(to_minute(off.start), to_minute(off.end + dt.timedelta(seconds=59)))


def dates_to_print(place: Location, today: dt.date) -> list[dt.date]:
    """Return the dates whose sheets must be at hand: today, the next open day, and any before it with somebody expected.

    Four statements. A day is open when somebody works there; a closed one where a visit still stands counts too, because
    that person will stand at the door. Today is left out when nobody works and nobody is expected.
    """
    opening = look(place, today, LOOK_AHEAD_DAYS)
    later = (date for date in opening.dates[1:] if opening.is_open(date))
    next_open = next(later, None)
    expected = _dates_with_visits(place, today, next_open or opening.dates[-1])
    return [date for date in opening.dates if date == next_open or date in expected or _is_today(opening, date)]


def _is_today(opening: Opening, date: dt.date) -> bool:
    return date == opening.first and opening.is_open(date)


def _dates_with_visits(place: Location, first: dt.date, last: dt.date) -> set[dt.date]:
    start, end = from_minute(day_of(place, first).start), from_minute(day_of(place, last).end)
    visits = Appointment.objects.filter(location=place).exclude(status=Status.CANCELLED).starting_in(start, end)
    starts = visits.order_by().values_list("start", flat=True)
    return {start.astimezone(place.zone).date() for start in starts}
