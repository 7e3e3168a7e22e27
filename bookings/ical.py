"""Calendar files. Neutral on purpose: a calendar is seen by colleagues and on lock screens.

No treatment, region, clinician or reason; the summary is an appointment at the clinic's neutral name. The UID stays for
the appointment's life and SEQUENCE is its revision, so that a moved or cancelled visit replaces the old entry (RFC 5546).
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from email.utils import parseaddr
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress, vDuration, vText

from bookings.models import Appointment, Messenger
from bookings.models.appointments import Status
from bookings.zone_rules import zone_rules
from treatments.templatetags.hours import clock

FILE_NAME = "appointment.ics"
NAMESPACE = uuid.UUID("6f2bd3d4-7c0f-4d0c-9d4a-2a7a3f1f0c11")
BEGIN_EVENT = b"BEGIN:VEVENT"
END_EVENT = b"END:VEVENT\r\n"
END_CALENDAR = b"END:VCALENDAR\r\n"
# How often a program that subscribed may look; most look less often.
LOOK_AGAIN_EVERY = dt.timedelta(minutes=15)


class Entry(NamedTuple):
    """One line of a schedule that a calendar program subscribes to.

    `start` and `end` are UTC instants, shown by the wall clock of `zone`; or the first date of whole days and the one after
    the last. `stamp` is when the diary made the entry what it is.
    """

    uid: str
    summary: str
    start: dt.datetime | dt.date
    end: dt.datetime | dt.date
    zone: ZoneInfo
    sequence: int
    stamp: dt.datetime
    place: str = ""
    tentative: bool = False


def published(appointment: Appointment, *, now: dt.datetime) -> bytes:
    """Return the file of an *Add to calendar* link (METHOD:PUBLISH)."""
    return _calendar("PUBLISH", _event(appointment, name=Messenger.current().name, now=now))


def requested(appointment: Appointment, *, now: dt.datetime, name: str = "") -> bytes:
    """Return the part of a mail that puts or moves the visit into a calendar (METHOD:REQUEST).

    `name` is what we call ourselves; without it, one statement asks.
    """
    name = name or Messenger.current().name
    return _calendar("REQUEST", _invite(_event(appointment, name=name, now=now), appointment, name=name))


def cancelled(appointment: Appointment, *, now: dt.datetime, name: str = "") -> bytes:
    """Return the part of a mail that takes the visit out of the calendar (METHOD:CANCEL)."""
    name = name or Messenger.current().name
    event = _event(appointment, name=name, now=now, status="CANCELLED")
    return _calendar("CANCEL", _invite(event, appointment, name=name))


def schedule(entries: Iterable[Entry], *, name: str) -> bytes:
    """Return the file that a calendar program subscribes to: the same bytes for the same entries, whenever it is asked.

    `name` is what we call ourselves.
    """
    entries = list(entries)
    calendar = _empty("PUBLISH")
    title = _("Schedule, %(name)s") % {"name": name}
    every = vDuration(LOOK_AGAIN_EVERY, params={"VALUE": "DURATION"})
    for field in ("name", "x-wr-calname"):
        calendar.add(field, vText(title))  # the library knows neither, and would not escape a comma
    calendar.add("refresh-interval", every)
    calendar.add("x-published-ttl", vDuration(LOOK_AGAIN_EVERY))
    parts = [*_rules_of(entries), *(_line(entry, name) for entry in entries)]
    return b"".join([calendar.to_ical().removesuffix(END_CALENDAR), *parts, END_CALENDAR])


def uid(appointment: Appointment) -> str:
    """Return the same UID for an appointment's whole life. It tells nobody the reference."""
    return uid_of(f"{appointment.reference} {appointment.created_at.astimezone(dt.UTC).isoformat()}")


def uid_of(words: str) -> str:
    """Return the UID that stands for these words, and tells nobody what they are."""
    return str(uuid.uuid5(NAMESPACE, words))


def _empty(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def _calendar(method: str, event: Event) -> bytes:
    calendar = _empty(method)
    calendar.add_component(event)
    start = event.decoded("dtstart")
    # The rules of the years around it are enough; all of them since 1970 would be most of the file.
    rules = zone_rules(start.tzinfo, start.year - 1, start.year + 1)
    return calendar.to_ical().replace(BEGIN_EVENT, rules + BEGIN_EVENT, 1)


def _event(appointment: Appointment, *, name: str, now: dt.datetime, status: str = "") -> Event:
    event = Event()
    event.add("uid", uid(appointment))
    event.add("dtstamp", now.astimezone(dt.UTC))
    event.add("sequence", appointment.revision)
    event.add("dtstart", appointment.local_start)
    event.add("dtend", appointment.local_end)
    event.add("summary", _("Appointment at %(name)s") % {"name": name})
    event.add("location", appointment.location.address)
    event.add("description", _description(appointment))
    event.add("class", "PRIVATE")
    event.add("status", status or _status(appointment))
    return event


def _status(appointment: Appointment) -> str:
    if not appointment.keeps_time:
        return "CANCELLED"
    return "TENTATIVE" if appointment.status == Status.REQUESTED else "CONFIRMED"


def _description(appointment: Appointment) -> str:
    return _("Please arrive at %(time)s. Questions? Call %(phone)s.") % {
        "time": clock(appointment.local_arrive_at),
        "phone": appointment.location.phone.as_national,
    }


def _invite(event: Event, appointment: Appointment, *, name: str) -> Event:
    """Name who asks whom: mail programs drop a REQUEST or CANCEL without them."""
    event["organizer"] = _organizer(name)
    if appointment.patient.email:
        attendee = vCalAddress(f"mailto:{appointment.patient.email}")
        attendee.params["rsvp"] = vText("FALSE")
        attendee.params["partstat"] = vText("ACCEPTED")
        event.add("attendee", attendee, encode=0)
    return event


def _organizer(name: str) -> vCalAddress:
    organizer = vCalAddress(f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}")
    organizer.params["cn"] = vText(name)
    return organizer


# --- A schedule's entries -------------------------------------------------------------------------------------------


def _line(entry: Entry, name: str) -> bytes:
    """Return the VEVENT of an entry.

    Moments and numbers are written here, for a year has thousands; whatever is text goes through the library, which escapes
    and folds it.
    """
    start, end = _shown(entry)
    stamp = f"{entry.stamp.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
    lines = [
        "BEGIN:VEVENT",
        f"UID:{entry.uid}",
        f"DTSTAMP:{stamp}",
        f"LAST-MODIFIED:{stamp}",
        f"SEQUENCE:{entry.sequence}",
        f"DTSTART{_moment(start)}",
        f"DTEND{_moment(end)}",
        "",
    ]
    return "\r\n".join(lines).encode() + _words(entry.summary, entry.place, entry.tentative, name) + END_EVENT


def _moment(value: dt.datetime | dt.date) -> str:
    if not isinstance(value, dt.datetime):
        return f";VALUE=DATE:{value:%Y%m%d}"
    wall = f"{value:%Y%m%dT%H%M%S}"
    return f":{wall}Z" if value.tzinfo is dt.UTC else f";TZID={value.tzinfo}:{wall}"


@lru_cache(maxsize=256)
def _words(summary: str, place: str, tentative: bool, name: str) -> bytes:
    """Return what many entries say alike. RFC 5546 wants an organizer in whatever is published."""
    event = Event()
    event.add("summary", summary)
    if place:
        event.add("location", place)
    event.add("class", "PRIVATE")
    event.add("status", "TENTATIVE" if tentative else "CONFIRMED")
    event["organizer"] = _organizer(name)
    return event.to_ical().removeprefix(BEGIN_EVENT + b"\r\n").removesuffix(END_EVENT)


def _shown(entry: Entry) -> tuple[dt.datetime | dt.date, dt.datetime | dt.date]:
    """Return start and end by the wall clock of the place.

    In the hour that the autumn change repeats, a wall time means the first of the two: the second is said in UTC.
    """
    if not isinstance(entry.start, dt.datetime) or not isinstance(entry.end, dt.datetime):
        return entry.start, entry.end
    start, end = entry.start.astimezone(entry.zone), entry.end.astimezone(entry.zone)
    return (start.astimezone(dt.UTC), end.astimezone(dt.UTC)) if start.fold or end.fold else (start, end)


def _rules_of(entries: Iterable[Entry]) -> Iterator[bytes]:
    """Yield the rules of each zone, for the years of its entries and one on either side."""
    years = defaultdict(set)
    for entry in entries:
        if isinstance(entry.start, dt.datetime):
            years[entry.zone] |= {entry.start.year, entry.end.year}
    for zone in sorted(years, key=str):
        yield zone_rules(zone, min(years[zone]) - 1, max(years[zone]) + 1)
