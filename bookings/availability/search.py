"""The questions people ask: which times are free, which come next, which are near the one just taken."""

import datetime as dt
from collections.abc import Iterable, Iterator

from django.utils import timezone

from bookings.availability.facts import DayOfTimes, FreeTime
from bookings.availability.picture import look
from treatments.models import Clinician, Location, Treatment

FIRST_WINDOW_DAYS = 7
LONGEST_WINDOW_DAYS = 62


def free_times(
    treatment: Treatment,
    *,
    first: dt.date,
    days: int,
    now: dt.datetime,
    clinician: Clinician | None = None,
    location: Location | None = None,
    session_key: str = "",
    without: int | None = None,
    by_staff: bool = False,
) -> Iterator[DayOfTimes]:
    """Yield the local dates that have free times, from `first` on, `days` dates. The caller's own hold counts as free."""
    picture = look(
        [treatment],
        first=first,
        days=days,
        now=now,
        clinician=clinician.pk if clinician else None,
        location=location.pk if location else None,
        session_key=session_key,
        without=without,
        by_staff=by_staff,
    )
    return picture.by_day(treatment.pk)


def next_times(
    treatments: Iterable[Treatment], *, count: int, now: dt.datetime, clinician: Clinician | None = None
) -> dict[int, list[FreeTime]]:
    """Return the next `count` free times with different starts for each treatment (by pk): one look for all of them.

    The window doubles until every treatment has enough or the longest horizon is reached.
    """
    waiting = list(treatments)
    found: dict[int, list[FreeTime]] = {treatment.pk: [] for treatment in waiting}
    first, window = clinic_date(now), FIRST_WINDOW_DAYS
    last = first + dt.timedelta(days=max((treatment.horizon_days for treatment in waiting), default=0) + 1)
    while waiting and first <= last:
        picture = look(waiting, first=first, days=window, now=now, clinician=clinician.pk if clinician else None)
        for treatment in waiting:
            found[treatment.pk] += _different_starts(picture.by_day(treatment.pk), count - len(found[treatment.pk]))
        waiting = [treatment for treatment in waiting if len(found[treatment.pk]) < count]
        first, window = first + dt.timedelta(days=window), min(window * 2, LONGEST_WINDOW_DAYS)
    return found


def _different_starts(days: Iterator[DayOfTimes], count: int) -> list[FreeTime]:
    times: dict[int, FreeTime] = {}
    for day in days:
        for time in day.times:
            times.setdefault(time.start_minute, time)
            if len(times) >= count:
                return list(times.values())
    return list(times.values())


def nearest(
    treatment: Treatment,
    *,
    start: dt.datetime,
    now: dt.datetime,
    count: int = 3,
    clinician: Clinician | None = None,
    location: Location | None = None,
    session_key: str = "",
    by_staff: bool = False,
) -> list[FreeTime]:
    """Return up to `count` free times with different starts nearest to `start`, in order of time."""
    wanted = max(start, now)
    for reach in (4, 31):
        first = clinic_date(wanted) - dt.timedelta(days=reach)
        days = free_times(
            treatment,
            first=first,
            days=2 * reach,
            now=now,
            clinician=clinician,
            location=location,
            session_key=session_key,
            by_staff=by_staff,
        )
        times = {time.start_minute: time for day in days for time in reversed(day.times)}
        if len(times) >= count:
            break
    closest = sorted(times.values(), key=lambda time: (abs(time.start - wanted), time.start_minute))
    return sorted(closest[:count], key=lambda time: time.start_minute)


def clinic_date(instant: dt.datetime) -> dt.date:
    """Return the date on the clinic's wall clock (settings.TIME_ZONE)."""
    return timezone.localtime(instant, timezone.get_default_timezone()).date()
