"""The VTIMEZONE of a calendar file: what the clocks of a place do, for programs that know no zone by its name.

Plain arithmetic on the zone's own data. icalendar can write one too, but names the change in spring by the clock after it, and
whoever believes the file is then wrong for an hour.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

ONE_DAY = dt.timedelta(days=1)
ONE_MINUTE = dt.timedelta(minutes=1)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class _Change(NamedTuple):
    """From one offset to another; `is_summer` is what the zone's data call it."""

    name: str
    before: dt.timedelta
    after: dt.timedelta
    is_summer: bool


@lru_cache(maxsize=64)
def zone_rules(zone: ZoneInfo, first_year: int, last_year: int) -> bytes:
    """Return the VTIMEZONE of a zone, right from the first of these years (UTC) to the last.

    RFC 5545 (3.6.5) names a change by the clock that was valid before it: spring begins at 2:00.
    """
    first, after = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (first_year, last_year + 1))
    onsets: dict[_Change, list[dt.datetime]] = defaultdict(list)
    for before, instant in [(first, first), *_changes(zone, first, after)]:
        was, new = before.astimezone(zone), instant.astimezone(zone)
        change = _Change(new.tzname(), was.utcoffset(), new.utcoffset(), bool(new.dst()))
        onsets[change].append((instant + change.before).replace(tzinfo=None))
    rules = Timezone()
    rules.add("tzid", str(zone))
    for change, times in onsets.items():
        yearly = _yearly(times, last_year)
        for time in times[:1] if yearly else times:
            rules.add_component(_observance(change, time, yearly))
    return rules.to_ical()


def _observance(change: _Change, onset: dt.datetime, yearly: str):
    part = TimezoneDaylight() if change.is_summer else TimezoneStandard()
    part.add("dtstart", onset)
    if yearly:
        part.add("rrule", vRecur.from_ical(yearly))
    part.add("tzname", change.name)
    part.add("tzoffsetfrom", change.before)
    part.add("tzoffsetto", change.after)
    return part


def _yearly(onsets: list[dt.datetime], last_year: int) -> str:
    """Return the one rule that says all of these, such as the second Sunday in March; "" when there is none.

    Some programs read nothing but such a rule, and leave lists of dates aside.
    """
    years = [onset.year for onset in onsets]
    same = {(onset.month, onset.weekday(), onset.time()) for onset in onsets}
    if len(same) > 1 or len(years) < 2 or years != list(range(years[0], last_year + 1)):
        return ""
    weeks = {(onset.day + 6) // 7 for onset in onsets}
    is_last = all((onset + 7 * ONE_DAY).month != onset.month for onset in onsets)
    if not is_last and len(weeks) > 1:
        return ""
    week = -1 if is_last else weeks.pop()
    return f"FREQ=YEARLY;BYMONTH={onsets[0].month};BYDAY={week}{WEEKDAYS[onsets[0].weekday()]}"


def _changes(zone: ZoneInfo, first: dt.datetime, after: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Yield, for every change of the zone's clock, an instant just before it and the first one after it."""
    for start, end in pairwise(first + number * ONE_DAY for number in range((after - first).days + 1)):
        if _offset(start, zone) != _offset(end, zone):
            yield _narrowed(start, end, zone)


def _narrowed(before: dt.datetime, then: dt.datetime, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    """Halve the time between two instants until a minute is left that has the change at its end."""
    while then - before > ONE_MINUTE:
        middle = before + (then - before) // 2 // ONE_MINUTE * ONE_MINUTE
        if _offset(middle, zone) == _offset(before, zone):
            before = middle
        else:
            then = middle
    return before, then


def _offset(instant: dt.datetime, zone: ZoneInfo) -> dt.timedelta | None:
    return instant.astimezone(zone).utcoffset()
