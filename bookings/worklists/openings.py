"""The next day each location is open: a day on which somebody works there and nothing closes it."""

import datetime as dt
from collections.abc import Iterable

from bookings.availability.facts import Place, Session
from bookings.availability.reading import read_sessions, read_time_off
from bookings.intervals import MINUTES_PER_DAY, Interval, from_minute, local_dates, subtract, wall_minute

# Who is closed for longer than that rings nobody up for the day after.
LOOK_AHEAD_DAYS = 62


def next_open_days(now: dt.datetime) -> dict[int, tuple[dt.datetime, dt.datetime]]:
    """Return by location (pk) the [start, end) of its next local date after today with hours left: two statements.

    Hours are those of clinicians, without their leave and without closures: on a Friday it is the Monday, before a
    public holiday the day after.
    """
    sessions = read_sessions(None, location=None)
    places = {session.place for session in sessions}
    until = now + dt.timedelta(days=LOOK_AHEAD_DAYS + 2)
    away = read_time_off(
        sorted({session.resource for session in sessions}), sorted(place.pk for place in places), (now, until)
    )
    found = ((place, _next_open(place, sessions, away, now=now)) for place in places)
    return {place.pk: _whole(date, place) for place, date in found if date is not None}


def _next_open(place: Place, sessions: Iterable[Session], away, *, now: dt.datetime) -> dt.date | None:
    here = [session for session in sessions if session.place == place]
    tomorrow = now.astimezone(place.zone).date() + dt.timedelta(days=1)
    dates = local_dates(tomorrow, LOOK_AHEAD_DAYS)
    return next((date for date in dates if any(_is_held(session, date, away) for session in here)), None)


def _is_held(session: Session, date: dt.date, away) -> bool:
    """Whether anything of the session is left on this date."""
    if not session.dates(date, 1):
        return False
    off, closed = away
    hours = Interval(*(wall_minute(date, minutes, session.place.zone) for minutes in (session.start, session.end)))
    return bool(subtract([hours], [*off[session.resource], *closed[session.place.pk]]))


def _whole(date: dt.date, place: Place) -> tuple[dt.datetime, dt.datetime]:
    start, end = (from_minute(wall_minute(date, minutes, place.zone)) for minutes in (0, MINUTES_PER_DAY))
    return start, end
