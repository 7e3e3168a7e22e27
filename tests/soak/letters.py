"""What arrived, read as its reader would: when, for whom, and which day and time it tells."""

import datetime as dt
import re
from typing import NamedTuple

from tests.mailbox import Delivery

DAY = re.compile(r"^(?:[A-Z][a-z]+day), ([A-Z][a-z]+ \d{1,2}, \d{4})$", re.MULTILINE)
TIME = re.compile(r"^(?:Starts at|Time): (.+)$", re.MULTILINE)
CALENDAR = re.compile(r"^DTSTART;TZID=[^:]+:(\d{8}T\d{6})\r?$", re.MULTILINE)


class Letter(NamedTuple):
    """One delivery. `at` by the run's clock, `real` by the machine's (seconds, only for differences).

    A text tells a day without a time now and then, or nothing; its `kind` is known by its words alone.
    """

    at: dt.datetime
    real: float
    address: str
    message_id: str
    told: dt.datetime | None
    calendar: dt.datetime | None
    subject: str
    channel: str = "email"
    kind: str = ""
    day: dt.date | None = None

    def tells(self, start: dt.datetime) -> bool:
        """Whether it says this wall time, or as much of it as it says at all."""
        if self.channel == "email" or self.told is not None:
            return self.told == start
        return self.day in (None, start.date())


def read(delivery: Delivery, *, at: dt.datetime, real: float) -> Letter:
    """Return what the oracle needs of a delivery; the rest is forgotten, or a long run would fill the memory."""
    text = delivery.text().replace("\r\n", "\n")
    return Letter(
        at=at,
        real=real,
        address=delivery.recipients[0],
        message_id=str(delivery.message["Message-ID"]).strip("<>").partition("@")[0],
        told=_told(text),
        calendar=_in_calendar(delivery),
        subject=delivery.subject,
    )


def _told(text: str) -> dt.datetime | None:
    """Return the day and time a letter tells, by the wall clock it tells them in; None when it tells none."""
    day, time = DAY.search(text), TIME.search(text)
    if day is None or time is None:
        return None
    date = dt.datetime.strptime(day[1], "%B %d, %Y")  # noqa: DTZ007  a wall clock, on purpose
    return dt.datetime.combine(date, clock_time(time[1]))


def clock_time(words: str) -> dt.time:
    """Read “2:30 pm”, “8 am”, “noon” and “midnight”."""
    if words in ("noon", "midnight"):
        return dt.time(12 if words == "noon" else 0)
    number, half = words.split()
    hour, _, minute = number.partition(":")
    return dt.time(int(hour) % 12 + (12 if half == "pm" else 0), int(minute or 0))


def _in_calendar(delivery: Delivery) -> dt.datetime | None:
    """Return the start of the calendar part, by the wall clock of its zone; None without one."""
    for part in delivery.message.walk():
        if part.get_content_type() == "text/calendar":
            events = part.get_content().split("BEGIN:VEVENT")[-1]  # the rules of the zone have starts of their own
            found = CALENDAR.search(events)
            return dt.datetime.strptime(found[1], "%Y%m%dT%H%M%S") if found else None  # noqa: DTZ007
    return None
