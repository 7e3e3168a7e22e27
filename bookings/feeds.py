"""A clinician's own calendar, read by their calendar program: visits that keep their time, and time off. Nobody's name.

The same diary makes the same bytes whenever it is asked, except that a month falls out when another begins
(docs/decisions/0016). The secret address is kept as a hash only, and a new one ends the old one.
"""

import datetime as dt
import secrets
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from bookings import access, ical
from bookings.availability.facts import Place, Session
from bookings.availability.reading import read_sessions
from bookings.ical import Entry
from bookings.intervals import Interval, from_minute, intersect, local_dates, to_minute
from bookings.links import TOKEN_BYTES, hash_of
from bookings.models import AppointmentEvent, CalendarFeed, Messenger, TimeOff
from bookings.models.appointments import Status
from treatments.models import Clinician

VIEW = "clinician-calendar"
ONE_DAY = dt.timedelta(days=1)
MONTHS_BEFORE = 2
# A closure of many years, by a slip of somebody's fingers, is written out for one.
MOST_DATES = 366


# --- The secret address ---------------------------------------------------------------------------------------------


def make(clinician: Clinician, *, now: dt.datetime) -> str:
    """Return a new token for this clinician: 256 random bits that cannot be read back later. The old one is over."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        _lock(clinician)
        take_back(clinician, now=now)
        CalendarFeed.objects.create(clinician=clinician, token_hash=hash_of(token), created_at=now)
    return token


def take_back(clinician: Clinician, *, now: dt.datetime) -> int:
    """End the clinician's address, if there is one; returns how many ended."""
    return clinician.calendar_feeds.filter(revoked_at=None).update(revoked_at=now)


def current(clinician: Clinician) -> CalendarFeed | None:
    """Return the clinician's address that is good now."""
    return clinician.calendar_feeds.filter(revoked_at=None).first()


def address(token: str) -> str:
    """Return the full address that goes into a calendar program."""
    return settings.CLINIC_BASE_URL.rstrip("/") + reverse(VIEW, args=[token])


def find(token: str) -> CalendarFeed | None:
    """Return the feed of a token, or None, whatever the reason: unknown, taken back, or a clinician who does not work here."""
    good = CalendarFeed.objects.filter(revoked_at=None, clinician__active=True, clinician__user__is_active=True)
    return good.select_related("clinician__user", "clinician__resource").filter(token_hash=hash_of(token)).first()


def note_reading(feed: CalendarFeed, *, now: dt.datetime) -> None:
    """Write down that it was read: once in a while, for a program may ask every minute."""
    long_ago = Q(read_at=None) | Q(read_at__lte=now - access.TOLD_AGAIN_AFTER)
    if CalendarFeed.objects.filter(long_ago, pk=feed.pk).update(read_at=now):
        access.calendar_read(feed.clinician.user, view=VIEW, now=now)


def _lock(clinician: Clinician) -> None:
    """Two presses at once make two addresses, one after the other: the second one ends the first."""
    list(Clinician.objects.select_for_update(no_key=True).filter(pk=clinician.pk).values_list("pk"))


# --- What it says ---------------------------------------------------------------------------------------------------


class _Off(NamedTuple):
    """One row of time off; `sequence` and `stamp` as its history tells."""

    pk: int
    location: int | None
    start: dt.datetime
    end: dt.datetime
    sequence: int
    stamp: dt.datetime


def compose(clinician: Clinician, *, now: dt.datetime) -> bytes:
    """Return the clinician's calendar file. Four statements, however many visits there are."""
    return ical.schedule(entries_of(clinician, now=now), name=Messenger.current().name)


def entries_of(clinician: Clinician, *, now: dt.datetime) -> list[Entry]:
    """Return the clinician's visits and time off since `since(now)`, without an end; time off first."""
    start = since(now)
    resource = getattr(clinician, "resource", None)
    if resource is None:
        return list(_visits(clinician, start))
    sessions = read_sessions([resource.pk], location=None)
    places = sorted({session.place for session in sessions})
    off = _time_off(resource, places, start)
    zone = places[0].zone if places else timezone.get_default_timezone()
    away = [_away(row, zone) for row in off if row.location is None]
    closed = [entry for row in off if row.location for entry in _closed(row, sessions, clinician, start)]
    return [*away, *closed, *_visits(clinician, start)]


def since(now: dt.datetime) -> dt.datetime:
    """Return the first instant of the month before last, by the clock of the clinic."""
    zone = timezone.get_default_timezone()
    month = now.astimezone(zone).date().replace(day=1)
    for _month in range(MONTHS_BEFORE):
        month = (month - ONE_DAY).replace(day=1)
    return dt.datetime.combine(month, dt.time(0), tzinfo=zone)


def _visits(clinician: Clinician, start: dt.datetime) -> Iterator[Entry]:
    """Yield an entry for each visit. No column of a patient, a treatment or a region is read."""
    # The first event of a revision: later ones, such as a confirmation, change nothing that is shown.
    events = AppointmentEvent.objects.filter(appointment=OuterRef("pk"), revision=OuterRef("revision"))
    rows = (
        clinician.appointments.keeping_time()
        .filter(start__gte=start)
        .annotate(stamp=Subquery(events.order_by("pk").values("at")[:1]))
        .order_by("start", "pk")
    )
    columns = ("reference", "created_at", "start", "end", "status", "revision", "stamp")
    for row in rows.values_list(*columns, "location__name", "location__time_zone"):
        reference, created, begins, ends, status, revision, stamp, place, zone = row
        tentative = status == Status.REQUESTED
        yield Entry(
            # Not the UID of the patient's own entry, nor that of a colleague who had the visit before.
            uid=_uid("visit", clinician, reference, created.astimezone(dt.UTC).isoformat()),
            summary=_("Visit (not yet sure)") if tentative else _("Visit"),
            start=begins,
            end=ends,
            zone=ZoneInfo(zone),
            sequence=revision,
            stamp=stamp or created,
            place=place,
            tentative=tentative,
        )


def _time_off(resource, places: list[Place], start: dt.datetime) -> list[_Off]:
    """One statement: the clinician's own time off and the closures of their places."""
    theirs = Q(resource=resource) | Q(location__in=[place.pk for place in places])
    rows = TimeOff.objects.filter(theirs, end__gt=start).order_by("start", "pk")
    history = TimeOff.history.model.objects.filter(id=OuterRef("pk")).order_by().values("id")
    rows = rows.annotate(
        changes=Subquery(history.annotate(number=Count("pk")).values("number")),
        stamp=Subquery(history.annotate(last=Max("history_date")).values("last")),
    )
    columns = rows.values_list("pk", "location_id", "start", "end", "changes", "stamp")
    return [
        _Off(pk, location, begins, ends, max((changes or 1) - 1, 0), stamp or begins)
        for pk, location, begins, ends, changes, stamp in columns
    ]


def _away(off: _Off, zone: ZoneInfo) -> Entry:
    """The clinician's own time off, of whatever kind: a calendar tells nobody who is ill."""
    start, end = off.start.astimezone(zone), off.end.astimezone(zone)
    whole = start.time() == end.time() == dt.time(0)
    times = (start.date(), end.date()) if whole else (off.start, off.end)
    return Entry(_uid("away", off.pk), _("Away"), *times, zone, off.sequence, off.stamp)


def _closed(off: _Off, sessions: list[Session], clinician: Clinician, start: dt.datetime) -> Iterator[Entry]:
    """Yield where a closure of a place meets the clinician's hours: whole dates side by side as one, parts by their times."""
    here = [session for session in sessions if session.place.pk == off.location]
    place = here[0].place
    dates, parts = _closed_parts(off, here, max(off.start, start))
    times = [*_runs(dates), *((from_minute(part.start), from_minute(part.end)) for part in parts)]
    for begins, ends in times:
        # Other hours make it another entry, for the closure itself is not newer than it was.
        uid = _uid("closed", clinician, off.pk, begins.isoformat(), ends.isoformat())
        yield Entry(uid, _("Closed"), begins, ends, place.zone, off.sequence, off.stamp, place.name)


def _closed_parts(off: _Off, here: list[Session], since: dt.datetime) -> tuple[list[dt.date], list[Interval]]:
    """Return the dates on which the place is closed all day and the clinician has hours; and the hours lost on other dates."""
    zone = here[0].place.zone
    closed = Interval(to_minute(off.start), to_minute(off.end + dt.timedelta(seconds=59)))
    first, last = since.astimezone(zone).date(), off.end.astimezone(zone).date()
    whole, parts = [], []
    for date in local_dates(first, min((last - first).days + 1, MOST_DATES)):
        lost = intersect((session.on(date) for session in here if session.dates(date, 1)), [closed])
        if lost and closed.contains(_whole_day(date, zone)):
            whole.append(date)
        else:
            parts += lost
    return whole, parts


def _whole_day(date: dt.date, zone: ZoneInfo) -> Interval:
    start, end = (dt.datetime.combine(date + number * ONE_DAY, dt.time(0), tzinfo=zone) for number in (0, 1))
    return Interval(to_minute(start), to_minute(end))


def _runs(dates: Iterable[dt.date]) -> list[tuple[dt.date, dt.date]]:
    """Return dates side by side as one run: its first date and the one after its last."""
    runs: list[tuple[dt.date, dt.date]] = []
    for date in dates:
        begins = runs.pop()[0] if runs and runs[-1][1] == date else date
        runs.append((begins, date + ONE_DAY))
    return runs


def _uid(kind: str, *parts: object) -> str:
    named = [f"clinician {part.pk}" if isinstance(part, Clinician) else str(part) for part in parts]
    return ical.uid_of(" ".join([kind, *named]))
