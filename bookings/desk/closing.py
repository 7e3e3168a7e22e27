"""Public holidays of a region, as closures of the clinic's locations."""

import datetime as dt
from collections import defaultdict
from typing import NamedTuple

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from holidays import country_holidays

from bookings import scheduling
from bookings.forms.closures import HolidaysAskedForm
from bookings.models import Appointment, TimeOff
from treatments.models import Location

NOTE_LENGTH = 120


class Holiday(NamedTuple):
    """A day of a location's region. `off` is the closure that covers it; None while it is only offered."""

    date: dt.date
    name: str
    off: TimeOff | None


class Place(NamedTuple):
    """A location with its holidays; none, and `unknown`, when its region has no list."""

    location: Location
    holidays: list[Holiday]
    unknown: bool

    @property
    def field(self) -> str:
        return f"close-{self.location.pk}"


@require_http_methods(["GET", "HEAD", "POST"])
def public_holidays(request):
    """Show a year's public holidays of each location; those ticked are written as closures, editable afterwards."""
    if not request.user.has_perm("bookings.add_timeoff"):
        raise PermissionDenied
    now = timezone.now()
    asked = HolidaysAskedForm(request.GET, today=timezone.localdate(now))
    places = _places(asked.locations, asked.year_asked, now=now)
    if request.method == "POST":
        _close(request, places, now=now)
        return HttpResponseRedirect(request.get_full_path())
    context = {"title": _("Public holidays"), "asked": asked, "places": places}
    context["offered"] = any(holiday.off is None for place in places for holiday in place.holidays)
    return TemplateResponse(request, "admin/away/holidays.html", admin.site.each_context(request) | context)


def holidays_of(region: str, year: int) -> list[tuple[dt.date, str]] | None:
    """Return a region's public holidays ("US", "US-NY") in order of date; None when nothing is known of it."""
    country, _dash, part = region.partition("-")
    try:
        return sorted(country_holidays(country, subdiv=part or None, years=year).items())
    except NotImplementedError:
        return None


def _places(locations: list[Location], year: int, *, now: dt.datetime) -> list[Place]:
    closures = _closures(locations, year)
    return [_place(location, year, closures[location.pk], now=now) for location in locations]


def _place(location: Location, year: int, closures: list[TimeOff], *, now: dt.datetime) -> Place:
    """Return what is still to come of the year: a day that is over closes nothing."""
    known = holidays_of(location.holiday_region, year)
    today = now.astimezone(location.zone).date()
    days = [Holiday(date, name, _covering(location, date, closures)) for date, name in known or () if date >= today]
    return Place(location, days, known is None)


def _covering(location: Location, date: dt.date, closures: list[TimeOff]) -> TimeOff | None:
    start, end = _whole_day(location, date)
    return next((off for off in closures if off.start <= start and end <= off.end), None)


def _whole_day(location: Location, date: dt.date) -> tuple[dt.datetime, dt.datetime]:
    start, end = (dt.datetime.combine(date + dt.timedelta(days=n), dt.time(0), tzinfo=location.zone) for n in (0, 1))
    return start, end


def _closures(locations: list[Location], year: int) -> dict[int, list[TimeOff]]:
    """Return the closures of the year by location, each with the number of visits it hits: one statement."""
    begin, end = (dt.datetime(year + n, 1, 1, tzinfo=dt.UTC) for n in (0, 1))
    day = dt.timedelta(days=1)
    rows = TimeOff.objects.filter(location__in=locations, start__lt=end + day, end__gt=begin - day)
    found: dict[int, list[TimeOff]] = defaultdict(list)
    for off in rows.annotate(hits=Coalesce(_hits(), 0)):
        found[off.location_id or 0].append(off)
    return found


def _hits() -> Subquery:
    """Count the visits that keep time in a closure."""
    visits = Appointment.objects.keeping_time().order_by()
    hit = visits.filter(location=OuterRef("location"), start__lt=OuterRef("end"), end__gt=OuterRef("start"))
    counted = hit.values("location").annotate(number=Count("pk")).values("number")
    return Subquery(counted, output_field=IntegerField())


# --- Writing --------------------------------------------------------------------------------------------------------


def _close(request, places: list[Place], *, now: dt.datetime) -> None:
    """Write those ticked and offered, each by the verb; what is in the diary already is not written twice."""
    written = hits = 0
    for place in places:
        ticked = set(request.POST.getlist(place.field))
        for holiday in place.holidays:
            if holiday.off is None and holiday.date.isoformat() in ticked:
                hit = _block(request, place.location, holiday, now=now)
                written, hits = written + (hit is not None), hits + (hit or 0)
    if written:
        said = ngettext("%(number)s holiday is in the diary now.", "%(number)s holidays are in the diary now.", written)
        messages.success(request, said % {"number": written})
    if hits:
        said = ngettext("It hits %(number)s appointment.", "They hit %(number)s appointments.", hits)
        messages.warning(request, f"{said % {'number': hits}} {_('Settle them at each holiday below.')}")
    if not written:
        messages.info(request, _("Nothing new was ticked."))


def _block(request, location: Location, holiday: Holiday, *, now: dt.datetime) -> int | None:
    """Return how many visits the closure hits; None when it was refused, which is said."""
    start, end = _whole_day(location, holiday.date)
    try:
        _off, hit = scheduling.block(
            location=location,
            start=start,
            end=end,
            kind=TimeOff.Kind.HOLIDAY,
            note=holiday.name[:NOTE_LENGTH],
            by=scheduling.By.staff(request.user),
            now=now,
        )
    except scheduling.Refused as refusal:
        messages.error(request, f"{location}, {holiday.name}: {refusal.message}")
        return None
    return len(hit)
