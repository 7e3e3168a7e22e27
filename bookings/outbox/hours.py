"""The hours in which we write: what we start, and every text message, arrives between 8 am and 8 pm at the place."""

import datetime as dt

from bookings.intervals import from_minute, wall_minute

# In minutes after local midnight.
EARLIEST, LATEST = 8 * 60, 20 * 60


def decent(instant: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """Return the instant, or the next 8 am when it falls outside the sending hours."""
    local = instant.astimezone(zone)
    minutes = local.hour * 60 + local.minute
    if EARLIEST <= minutes < LATEST:
        return instant
    date = local.date() + dt.timedelta(days=0 if minutes < EARLIEST else 1)
    return from_minute(wall_minute(date, EARLIEST, zone))


def days_before(appointment, days: int) -> dt.datetime:
    """Return the visit's own wall time some local days earlier, not before 8 am nor after 8 pm."""
    local = appointment.local_start
    minutes = min(max(local.hour * 60 + local.minute, EARLIEST), LATEST - 1)
    date = local.date() - dt.timedelta(days=days)
    return from_minute(wall_minute(date, minutes, appointment.location.zone))


def day_after(appointment, minutes: int) -> dt.datetime:
    """Return a wall time, in minutes after midnight, of the day after the visit."""
    date = appointment.local_start.date() + dt.timedelta(days=1)
    return from_minute(wall_minute(date, minutes, appointment.location.zone))
