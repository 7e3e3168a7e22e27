"""The desk's day: one location, visits in order of time, what can be done with each, and what else waits."""

import datetime as dt
from typing import NamedTuple

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from bookings import access
from bookings.models import Appointment
from bookings.models.appointments import Status
from bookings.worklists import WORKLISTS, Move, Worklist, moves_of, waiting
from treatments.models import Location

PLACE_KEY = "board_location"
WAITING = (Status.ARRIVED, Status.IN_ROOM)
EXPECTED = (Status.REQUESTED, Status.BOOKED)
# What one press does stands out; the rest is one step away on the visit's own page.
MAIN_MOVES = ("approve", "check_in", "room", "start", "finish")
UNDO_STANDS_OUT = dt.timedelta(minutes=5)


class Row(NamedTuple):
    """A visit on the board. `late` and `waiting`: whole minutes, or None."""

    visit: Appointment
    main: list[Move]
    more: list[Move]
    late: int | None
    waiting: int | None
    is_after_now: bool


@require_safe
def day(request, date: dt.date | None = None):
    """Show a day of one location. The location is remembered for the session; a GET changes nothing else."""
    if not request.user.has_perm("bookings.change_appointment"):
        raise PermissionDenied
    now = timezone.now()
    places = list(Location.objects.active())
    place = _place(request, places)
    today = timezone.localdate(now, place.zone)
    date = date or today
    visits = list(visits_of(place, date))
    access.shows_patients(request, [visit.patient_id for visit in visits])
    context = {
        "place": place,
        "places": places,
        "date": date,
        "today": today,
        "previous": date - dt.timedelta(days=1),
        "next": date + dt.timedelta(days=1),
        "now": now,
        "rows": rows_of([visit for visit in visits if visit.status != Status.CANCELLED], now=now),
        "cancelled": [visit for visit in visits if visit.status == Status.CANCELLED],
        "worklists": waiting(request.user, now=now),
    }
    return TemplateResponse(request, "admin/day.html", admin.site.each_context(request) | context)


@require_safe
def worklist(request, name: str):
    """Show one worklist, oldest first."""
    chosen = WORKLISTS.get(name)
    if chosen is None:
        raise Http404
    if not request.user.has_perm(chosen.permission):
        raise PermissionDenied
    now = timezone.now()
    rows = list(chosen.rows(now)[:200])
    access.shows_patients(request, set().union(*(chosen.patients(row) for row in rows)))
    context = {
        "worklist": chosen,
        "rows": [_listed(chosen, row, now=now) for row in rows],
        "worklists": waiting(request.user, now=now),
    }
    return TemplateResponse(request, "admin/worklist.html", admin.site.each_context(request) | context)


def visits_of(place: Location, date: dt.date) -> QuerySet[Appointment]:
    """Return the visits that start on a local date of the place, with all the board says about them."""
    start, end = (dt.datetime.combine(date + dt.timedelta(days=n), dt.time(0), tzinfo=place.zone) for n in (0, 1))
    rows = Appointment.objects.filter(location=place).starting_in(start, end)
    return rows.select_related("patient", "treatment", "clinician", "location", "article", "treatment_wanted")


def rows_of(visits: list[Appointment], *, now: dt.datetime) -> list[Row]:
    return [_row(visit, now=now) for visit in visits]


def _row(visit: Appointment, *, now: dt.datetime) -> Row:
    moves = moves_of(visit, now=now)
    main = (*MAIN_MOVES, "undo") if now - visit.status_at < UNDO_STANDS_OUT else MAIN_MOVES
    return Row(
        visit=visit,
        main=[move for move in moves if move.verb in main],
        more=[move for move in moves if move.verb not in main],
        late=_minutes(now - visit.start) if visit.status in EXPECTED and visit.start < now else None,
        waiting=_minutes(now - visit.status_at) if visit.status in WAITING else None,
        is_after_now=visit.start > now,
    )


def _minutes(span: dt.timedelta) -> int:
    return max(int(span.total_seconds() // 60), 0)


def _place(request, places: list[Location]) -> Location:
    """Return the location asked for, else the one of the last time, else the first."""
    by_slug = {place.slug: place for place in places}
    if not by_slug:
        raise Http404
    asked = request.GET.get("location", "")
    if asked in by_slug and request.session.get(PLACE_KEY) != asked:
        request.session[PLACE_KEY] = asked
    return by_slug.get(asked) or by_slug.get(request.session.get(PLACE_KEY)) or places[0]


def _listed(chosen: Worklist, row, *, now: dt.datetime) -> dict:
    """Return a row as the page shows it: cells, where it leads, and its buttons."""
    return {
        "cells": [column.value(row) for column in chosen.columns],
        "link": chosen.link(row),
        "moves": chosen.moves(row, now),
        "version": getattr(row, "version", ""),
    }
