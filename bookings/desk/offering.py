"""Free times as the desk offers them on the phone: the next ones, those of a day, or those near one that was taken."""

import datetime as dt
from typing import NamedTuple

from bookings import availability
from bookings.availability import FreeTime
from bookings.forms.walltime import wall_at
from bookings.scheduling import Slot

NEAR_DAYS, NEAR_COUNT = 14, 4
# Three days with six times each, spread over the day, can be said on the phone; a chosen day is shown whole.
DAYS, TIMES_A_DAY, TIMES_OF_ONE_DAY = 3, 6, 48
LOOK_DAYS = (14, 62)


class Choice(NamedTuple):
    """A free time, and how the form says it back: wall time, place and clinician."""

    time: FreeTime
    value: str


class Day(NamedTuple):
    date: dt.date
    choices: list[Choice]


class Offer(NamedTuple):
    """Free times by local date. `later`: the date from which more are found. `exact`: the time asked for, if it is free."""

    days: list[Day]
    later: dt.date | None
    asked_start: dt.datetime | None
    exact: Choice | None

    @property
    def values(self) -> set[str]:
        return {choice.value for day in self.days for choice in day.choices}


def _choice(time: FreeTime) -> Choice:
    return Choice(time, f"{wall_at(time.start, time.location.zone)}|{time.location.pk}|{time.clinician.pk}")


def offer(wanted: dict, *, now: dt.datetime, later: dt.date | None = None) -> Offer | None:
    """Return free times for what is typed so far: from the time or the day asked for on, else the next ones.

    `later`: look from that date on instead. None while treatment or location are missing. The desk knows no notice and no
    horizon, and offers nothing that has begun.
    """
    if not wanted.get("treatment") or not wanted.get("location"):
        return None
    zone = wanted["location"].zone
    today = now.astimezone(zone).date()
    start = None if later or wanted.get("day") else wanted.get("start")
    asked_date = later or wanted.get("day") or (start.astimezone(zone).date() if start else today)
    days = _days(wanted, max(asked_date, today), since=max(start or now, now), now=now)
    if wanted.get("day") and not later:
        days = [Day(day.date, day.choices[:TIMES_OF_ONE_DAY]) for day in days if day.date == wanted["day"]]
    else:
        days = [Day(day.date, _spread(day.choices)) for day in days[:DAYS]]
    after = days[-1].date if days else asked_date
    exact = next((choice for day in days for choice in day.choices if choice.time.start == start), None)
    return Offer(days, after + dt.timedelta(days=1), start, exact)


def _spread(choices: list[Choice]) -> list[Choice]:
    """Return a few of a day's times, the first and the last among them."""
    last = len(choices) - 1
    if last < TIMES_A_DAY:
        return choices
    return [choices[last * step // (TIMES_A_DAY - 1)] for step in range(TIMES_A_DAY)]


def _days(wanted: dict, first: dt.date, *, since: dt.datetime, now: dt.datetime) -> list[Day]:
    """Return the dates from `first` on that have times with different starts, not before `since`; a longer look if need be."""
    where = {"clinician": wanted.get("clinician"), "location": wanted["location"], "by_staff": True}
    found: list[Day] = []
    for days in LOOK_DAYS:
        for day in availability.free_times(wanted["treatment"], first=first, days=days, now=now, **where):
            times = {time.start_minute: time for time in reversed(day.times) if time.start >= since}
            if times:
                found.append(Day(day.date, [_choice(times[minute]) for minute in sorted(times)]))
            if len(found) == DAYS:
                return found
        if found or wanted.get("day"):
            break
    return found


def near(slot: Slot, *, now: dt.datetime) -> list[FreeTime]:
    """Return a few free times near the slot's, from now on, in order of time. The desk knows no notice and no horizon."""
    wanted = max(slot.start, now)
    zone = slot.location.zone
    first = max(wanted.astimezone(zone).date() - dt.timedelta(days=2), now.astimezone(zone).date())
    where = {"clinician": slot.clinician, "location": slot.location, "by_staff": True}
    days = availability.free_times(slot.treatment, first=first, days=NEAR_DAYS, now=now, **where)
    times = {time.start_minute: time for day in days for time in reversed(day.times) if time.start >= now}
    closest = sorted(times.values(), key=lambda time: (abs(time.start - wanted), time.start_minute))
    return sorted(closest[:NEAR_COUNT], key=lambda time: time.start_minute)
