"""Calendar files. Neutral on purpose: a calendar is seen by colleagues and on lock screens.

No treatment, region, clinician or reason; the summary is an appointment at the clinic's neutral name. The UID stays for
the appointment's life and SEQUENCE is its revision, so that a moved or cancelled visit replaces the old entry (RFC 5546).
"""

import datetime as dt
import uuid
from email.utils import parseaddr
from functools import lru_cache

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText

from bookings.models import Appointment, Messenger
from bookings.models.appointments import Status
from treatments.templatetags.hours import clock

FILE_NAME = "appointment.ics"
NAMESPACE = uuid.UUID("6f2bd3d4-7c0f-4d0c-9d4a-2a7a3f1f0c11")
BEGIN_EVENT = b"BEGIN:VEVENT"


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


def uid(appointment: Appointment) -> str:
    """Return the same UID for an appointment's whole life. It tells nobody the reference."""
    return str(
        uuid.uuid5(NAMESPACE, f"{appointment.reference} {appointment.created_at.astimezone(dt.UTC).isoformat()}")
    )


def _calendar(method: str, event: Event) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    start = event.decoded("dtstart")
    return calendar.to_ical().replace(BEGIN_EVENT, _zone_rules(start.tzinfo, start.year) + BEGIN_EVENT, 1)


@lru_cache(maxsize=64)
def _zone_rules(zone: dt.tzinfo, year: int) -> bytes:
    """Return the VTIMEZONE of a zone, the same for all visits of a year.

    The rules of the years around it are enough; all of them since 1970 would be most of the file.
    """
    calendar, event = Calendar(), Event()
    event.add("dtstart", dt.datetime(year, 7, 1, tzinfo=zone))
    calendar.add_component(event)
    calendar.add_missing_timezones(first_date=dt.date(year - 1, 1, 1), last_date=dt.date(year + 1, 12, 31))
    return b"".join(rules.to_ical() for rules in calendar.timezones)


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
    organizer = vCalAddress(f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}")
    organizer.params["cn"] = vText(name)
    event["organizer"] = organizer
    if appointment.patient.email:
        attendee = vCalAddress(f"mailto:{appointment.patient.email}")
        attendee.params["rsvp"] = vText("FALSE")
        attendee.params["partstat"] = vText("ACCEPTED")
        event.add("attendee", attendee, encode=0)
    return event
