"""A clinician's day, made for a phone between two patients: their own visits and nobody else's."""

import datetime as dt
import hashlib

from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from bookings import access
from bookings.views.own_clinician import clinician_of, for_clinicians
from bookings.views.schedule_day import Day, compose

WEEK = 7


@for_clinicians
@require_safe
def day(request, date: dt.date | None = None):
    """Show the signed-in clinician's visits of a date; without one, today's, with what is now and next on top."""
    now = timezone.now()
    shown = _read(request, date or timezone.localdate(now), now=now)
    parts, tag = _parts(request, shown)
    may_look = request.user.has_perm("bookings.view_any_schedule")
    context = around(shown, now=now) | {"parts": parts, "tag": tag, "may_look": may_look}
    return render(request, "bookings/schedule/day.html", context)


@for_clinicians
@require_safe
def live(request, date: dt.date):
    """Return the parts of a day that change, without the page around them; 304 when they are what was sent last."""
    parts, tag = _parts(request, _read(request, date, now=timezone.now()))
    is_known = request.headers.get("If-None-Match") == tag
    response = HttpResponseNotModified() if is_known else HttpResponse(parts)
    response.headers["ETag"] = tag
    return response


@for_clinicians
@require_safe
def sheet(request, date: dt.date):
    """Show a day to print: what is known of each visit, and room to write."""
    now = timezone.now()
    context = {"day": _read(request, date, now=now, on_paper=True), "now": now}
    return render(request, "bookings/schedule/sheet.html", context)


def _read(request, date: dt.date, *, now: dt.datetime, on_paper: bool = False) -> Day:
    """Read the own day, and note whom it shows."""
    shown = compose(clinician_of(request), date, now=now, on_paper=on_paper)
    access.shows_patients(request, shown.patients)
    return shown


def _parts(request, day: Day) -> tuple[SafeString, str]:
    """Return what changes of a day, and a tag that stays the same as long as that does."""
    parts = render_to_string("bookings/schedule/parts.html", {"day": day, "own": True}, request)
    return parts, f'"{hashlib.sha256(parts.encode()).hexdigest()[:32]}"'


def around(day: Day, *, now: dt.datetime, whose: str = "") -> dict:
    """Return what the page around a day needs: the days beside it, and its week. `whose`: a colleague's slug."""

    def address(date: dt.date) -> str:
        return reverse("schedule-colleague-day", args=[whose, date]) if whose else reverse("schedule-day", args=[date])

    monday = day.date - dt.timedelta(days=day.date.weekday())
    days = [monday + dt.timedelta(days=n) for n in range(WEEK)]
    return {
        "day": day,
        "now": now,
        "today": timezone.localdate(now),
        "today_address": reverse("schedule-colleague", args=[whose]) if whose else reverse("schedule"),
        "previous": address(day.date - dt.timedelta(days=1)),
        "next": address(day.date + dt.timedelta(days=1)),
        "week": [(each, address(each)) for each in days],
    }
