"""Which backups are kept: pure arithmetic on their times."""

import datetime as dt
from collections.abc import Callable, Iterable


def kept(times: Iterable[dt.datetime], *, now: dt.datetime, days: int, weeks: int, months: int) -> set[dt.datetime]:
    """Return those to keep: all of the last `days`, and the newest of each of so many weeks and months that have one.

    Weeks begin on Monday and months on the first, in UTC. The newest of all is kept however old it is: a clinic whose
    backups fail for a year still has its last one.
    """
    newest_first = sorted(set(times), reverse=True)
    recent = {time for time in newest_first if time > now - dt.timedelta(days=days)}
    weekly = _newest_of_each(newest_first, lambda day: day.isocalendar()[:2])[:weeks]
    monthly = _newest_of_each(newest_first, lambda day: (day.year, day.month))[:months]
    return recent | {*newest_first[:1], *weekly, *monthly}


def _newest_of_each(newest_first: list[dt.datetime], period: Callable[[dt.date], tuple]) -> list[dt.datetime]:
    found: dict[tuple, dt.datetime] = {}
    for time in newest_first:
        found.setdefault(period(time.astimezone(dt.UTC).date()), time)
    return list(found.values())
