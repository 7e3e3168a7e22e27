"""The day board: one location, a column per clinician, rooms and devices beside them, and what needs eyes now."""

import datetime as dt
from collections.abc import Callable

from django.conf import settings
from django.contrib import admin
from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from bookings import access
from bookings.desk.blocks import OVER
from bookings.desk.columns import board_of
from bookings.desk.facts import Day
from bookings.desk.rail import rail_of
from bookings.desk.reading import read_day
from bookings.desk.since import waiting_and_new
from bookings.models import Appointment
from bookings.models.appointments import Status
from treatments.models import Location, Treatment

PLACE_KEY = "board_location"
INITIALS = "initials"
STATUSES = [(status.value, status.label) for status in Status if status != Status.CANCELLED]
# What a single key does to the visit that has the focus.
KEYS = {"a": "check_in", "r": "room", "c": "start", "d": "finish", "m": "miss", "u": "undo"}
PRESSES = ("approve", *KEYS.values())


@require_safe
def day(request, date: dt.date | None = None):
    """Show a day of one location; with `?part=board` what refreshes itself. A GET remembers the location and nothing else."""
    if not request.user.has_perm("bookings.change_appointment"):
        raise PermissionDenied
    now = timezone.now()
    places = list(Location.objects.active())
    place = _place(request, places)
    today = timezone.localdate(now, place.zone)
    context = _board(request, place, date or today, now=now) | {"today": today, "places": places}
    if request.GET.get("part") == "board":
        # A poll leaves what is to be said to the page that asked for it.
        context["told"] = [] if "X-Polling" in request.headers else list(get_messages(request))
        return TemplateResponse(request, "admin/bookings/board/part.html", context)
    return TemplateResponse(request, "admin/day.html", admin.site.each_context(request) | context)


def _board(request, place: Location, date: dt.date, *, now: dt.datetime) -> dict:
    shown_day, cancelled = read_day(place, date, now=now)
    asked = filters_of(request.GET, shown_day)
    if asked["names"]:
        only_initials([*shown_day.visits, *cancelled])
    access.shows_patients(request, [visit.patient_id for visit in [*shown_day.visits, *cancelled]])
    board = board_of(shown_day, now=now, shown=filtered(asked))
    only = asked["clinician"]
    worklists, news = waiting_and_new(request.user, now=now)
    return {
        "place": place,
        "date": date,
        "previous": date - dt.timedelta(days=1),
        "next": date + dt.timedelta(days=1),
        "now": now,
        "to_the_second": to_the_second(now, place.zone),
        "board": board,
        "columns": [column for column in board.people if not only or column.head.slug == only],
        "people": shown_day.people,
        "rail": rail_of(shown_day, now=now, too_long=settings.CLINIC_WAITS_TOO_LONG_MINUTES),
        "cancelled": cancelled,
        "worklists": worklists,
        "news": news,
        "asked": asked,
        "query": _query(place, asked),
        "other_names": _query(place, asked | {"names": "" if asked["names"] else INITIALS}),
        "statuses": STATUSES,
        "kinds": Treatment.Role.choices,
        "keys": KEYS,
        "presses": {verb: reverse(f"admin:bookings_appointment_{verb}", args=[0]) for verb in PRESSES},
    }


def _query(place: Location, asked: dict[str, str]) -> str:
    return urlencode({"location": place.slug} | {name: value for name, value in asked.items() if value})


def only_initials(visits: list[Appointment]) -> None:
    """Leave of the names what those who work here recognize, and those who look over a shoulder do not."""
    for visit in visits:
        patient = visit.patient
        patient.first_name, patient.last_name = (
            f"{name[:1]}." if name else "" for name in (patient.first_name, patient.last_name)
        )


def to_the_second(now: dt.datetime, zone: dt.tzinfo) -> str:
    """Say “9:14:05 am”; other languages count to 24."""
    style = "g:i:s A" if (get_language() or "en").startswith("en") else "H:i:s"
    return date_format(now.astimezone(zone), style).lower()


def filters_of(query, shown_day: Day) -> dict[str, str]:
    """Return the filters an address asks for, as far as they mean something on this day."""
    slugs = {head.slug for head in shown_day.people}
    known = {
        "clinician": slugs,
        "status": {value for value, _label in STATUSES},
        "kind": set(Treatment.Role.values),
        "hide": {"over"},
        "names": {INITIALS},
    }
    return {name: query.get(name, "") if query.get(name) in values else "" for name, values in known.items()}


def filtered(asked: dict[str, str]) -> Callable[[Appointment], bool]:
    """Return a function that says whether a visit passes the filters; the clinician's chooses columns instead."""

    def shown(visit: Appointment) -> bool:
        return (
            (not asked["status"] or visit.status == asked["status"])
            and (not asked["kind"] or visit.treatment.role == asked["kind"])
            and not (asked["hide"] and visit.status in OVER)
        )

    return shown


def _place(request, places: list[Location]) -> Location:
    """Return the location asked for, else the one of the last time, else the first."""
    by_slug = {place.slug: place for place in places}
    if not by_slug:
        raise Http404
    asked = request.GET.get("location", "")
    if asked in by_slug and request.session.get(PLACE_KEY) != asked:
        request.session[PLACE_KEY] = asked
    return by_slug.get(asked) or by_slug.get(request.session.get(PLACE_KEY)) or places[0]
