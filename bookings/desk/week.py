"""The week beside the day: one location, seven days, who works when and how full it is."""

import datetime as dt
from collections import defaultdict
from typing import Any, NamedTuple

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from bookings.desk.opening import Notice, Opening, day_of, look
from bookings.desk.sheets import place_of
from bookings.intervals import Interval, from_minute, intersect, to_minute
from bookings.models import Appointment
from bookings.models.appointments import FREES_THE_TIME, Status
from treatments.models import Clinician, Location

DAYS = 7
FIRST, LAST = dt.date(2000, 1, 10), dt.date(2199, 12, 16)  # the weeks beside these have addresses
# Percent of the hours taken, from which on a day is called that.
FULLNESS = (
    (100, _("full")),
    (80, _("nearly full")),
    (60, _("mostly taken")),
    (40, _("about half taken")),
    (1, _("mostly free")),
    (0, _("free")),
)


class Booked(NamedTuple):
    """A visit that keeps its time, as far as a week shows it."""

    clinician: int
    minutes: Interval
    status: str


class PersonDay(NamedTuple):
    """A clinician's day: their hours less leave and closures, how many visits, and how much of the hours these take."""

    clinician: Clinician
    hours: list[tuple[dt.datetime, dt.datetime]]
    visits: int
    percent: int
    word: Any
    away: list[Notice]


class Day(NamedTuple):
    date: dt.date
    closures: list[Notice]
    people: list[PersonDay]
    visits: int
    requests: int
    is_open: bool


@require_safe
def week(request, date: dt.date | None = None):
    """Show Monday to Sunday around a date: a column for each day, nobody's name but the clinicians'."""
    if not request.user.has_perm("bookings.change_appointment"):
        raise PermissionDenied
    now = timezone.now()
    places = list(Location.objects.active())
    place = place_of(request, places)
    today = timezone.localdate(now, place.zone)
    date = date or today
    if not FIRST <= date <= LAST:
        raise Http404
    monday = monday_of(date)
    context = {
        "title": _("Week"),
        "place": place,
        "places": places,
        "today": today,
        "monday": monday,
        "sunday": monday + dt.timedelta(days=DAYS - 1),
        "previous": monday - dt.timedelta(days=DAYS),
        "next": monday + dt.timedelta(days=DAYS),
        "is_this_week": monday == monday_of(today),
        "days": days_of(place, monday),
    }
    return TemplateResponse(request, "admin/week.html", admin.site.each_context(request) | context)


def monday_of(date: dt.date) -> dt.date:
    return date - dt.timedelta(days=date.weekday())


def days_of(place: Location, monday: dt.date) -> list[Day]:
    """Return the seven days: four statements, however much is booked."""
    opening = look(place, monday, DAYS)
    booked = _booked(place, monday)
    return [_day(opening, date, booked[date]) for date in opening.dates]


def _booked(place: Location, monday: dt.date) -> dict[dt.date, list[Booked]]:
    start = from_minute(day_of(place, monday).start)
    end = from_minute(day_of(place, monday + dt.timedelta(days=DAYS - 1)).end)
    visits = Appointment.objects.filter(location=place).exclude(status__in=FREES_THE_TIME).starting_in(start, end)
    found: dict[dt.date, list[Booked]] = defaultdict(list)
    for clinician, begins, ends, status in visits.order_by().values_list("clinician_id", "start", "end", "status"):
        booked = Booked(clinician, Interval(to_minute(begins), to_minute(ends)), status)
        found[begins.astimezone(place.zone).date()].append(booked)
    return found


def _day(opening: Opening, date: dt.date, booked: list[Booked]) -> Day:
    away = opening.away(date)
    people = [
        _person(opening, person, date, [each for each in booked if each.clinician == person.clinician_id], away)
        for person in opening.people
        if opening.hours_of(person, date) or any(each.clinician == person.clinician_id for each in booked)
    ]
    return Day(
        date=date,
        closures=opening.closures(date),
        people=people,
        visits=len(booked),
        requests=sum(each.status == Status.REQUESTED for each in booked),
        is_open=opening.is_open(date),
    )


def _person(opening: Opening, person, date: dt.date, booked: list[Booked], away: list[Notice]) -> PersonDay:
    working = opening.working(person, date)
    percent = percent_of(working, [each.minutes for each in booked])
    return PersonDay(
        clinician=person.clinician,
        hours=[(from_minute(start), from_minute(end)) for start, end in working],
        visits=len(booked),
        percent=percent,
        word=next(word for least, word in FULLNESS if percent >= least),
        away=[notice for notice in away if notice.off.resource_id == person.pk],
    )


def percent_of(working: list[Interval], taken: list[Interval]) -> int:
    """Return how much of the working minutes is taken, in whole percent: 100 only when all of it is. Nothing of none is 0."""
    minutes = sum(end - start for start, end in working)
    used = sum(end - start for start, end in intersect(working, taken))
    return 0 if not minutes else max(100 * used // minutes, 1 if used else 0)
