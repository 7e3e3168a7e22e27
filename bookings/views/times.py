"""Place and time: the days that have free times, with clinician and place as plain filters."""

import datetime as dt
from http import HTTPStatus
from itertools import islice

from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings import availability, scheduling
from bookings.availability.search import clinic_date
from bookings.forms import ChosenTime
from bookings.views.draft import named
from bookings.views.steps import keep_time, show, step
from treatments.models import Clinician, Location
from treatments.templatetags.hours import clock, short_day

DAYS_ON_A_PAGE = 4
# Until which hour of the wall clock.
PARTS_OF_A_DAY = ((12, gettext_lazy("Morning")), (17, gettext_lazy("Afternoon")), (24, gettext_lazy("Evening")))


@step("book-time")
def place_and_time(request, draft):
    if request.method == "POST":
        return _choose(request, draft)
    if "clinician" in request.GET or "location" in request.GET:
        return _filter(request, draft)
    return _page(request, draft)


def _filter(request, draft):
    """Move the filters into the session: an address names nobody, not even a clinician."""
    for name, model in (("clinician", Clinician), ("location", Location)):
        row = named(model.objects.active(), request.GET.get(name, "")[:120])
        draft.keep(**{name: row.slug if row else None})
    return redirect("book-time")


def _choose(request, draft):
    text = request.POST.get("slot", "")
    time = ChosenTime.parse(text, now=draft.now)
    if not text:
        return _page(request, draft, error=_("Choose a time."))
    if time is None or time.start <= draft.now:
        return _not_offered(request, draft)
    try:
        return keep_time(request, draft, time)
    except scheduling.NotOffered:
        return _not_offered(request, draft)


def _not_offered(request, draft):
    words = _("We do not offer that time. Please choose one of these.")
    return _page(request, draft, error=words, status=HTTPStatus.BAD_REQUEST)


def _page(request, draft, *, error="", status=HTTPStatus.OK):
    clinicians = list(Clinician.objects.active().filter(treatments=draft.treatment))
    locations = list(Location.objects.active())
    clinician = draft.clinician if draft.clinician in clinicians else None
    first = _first_date(request, draft)
    days = _days(draft, first, clinician)
    context = {
        "error": error,
        "clinicians": clinicians,
        "clinician": clinician,
        "not_with": draft.clinician if draft.clinician and not clinician else None,
        "locations": locations,
        "days": [_day(day, draft, clinician, many_places=len(locations) > 1) for day in days[:DAYS_ON_A_PAGE]],
        "later": days[DAYS_ON_A_PAGE].date if len(days) > DAYS_ON_A_PAGE else None,
        "earlier": first > clinic_date(draft.now),
        "zones": [{"key": key, "city": key.split("/")[-1].replace("_", " ")} for key in _zones(days)],
        "lost": draft.answers.get("lost"),
        "nearest": _nearest(draft, clinician),
        "elsewhere": _next_without_filters(draft) if not days else None,
        "opens": clinic_date(draft.now) + dt.timedelta(days=draft.treatment.horizon_days),
    }
    return show(request, draft, "times", at="book-time", status=status, **context)


def _first_date(request, draft) -> dt.date:
    """The first day to show: `from` in the address, kept between today and the horizon; anything else is today."""
    today = clinic_date(draft.now)
    try:
        asked = dt.date.fromisoformat(request.GET.get("from", ""))
    except ValueError:
        return today
    return asked if today <= asked <= today + dt.timedelta(days=draft.treatment.horizon_days) else today


def _days(draft, first, clinician) -> list:
    """Return the days to show, and one more if there is one."""
    last = clinic_date(draft.now) + dt.timedelta(days=draft.treatment.horizon_days + 1)
    days = availability.free_times(
        draft.treatment,
        first=first,
        days=(last - first).days + 1,
        now=draft.now,
        clinician=clinician,
        location=draft.location,
        session_key=draft.holder,
    )
    return list(islice(days, DAYS_ON_A_PAGE + 1))


def _day(day, draft, clinician, *, many_places) -> dict:
    """One radio for each start and place: who it is with matters only to those who chose somebody."""
    times = {(time.start_minute, time.location.pk): time for time in reversed(day.times)}
    options = [_option(times[key], draft, named=bool(clinician), many_places=many_places) for key in sorted(times)]
    parts = []
    before = 0
    for until, name in PARTS_OF_A_DAY:
        inside = [option for option in options if before <= option["hour"] < until]
        parts += [{"name": name, "options": inside}] if inside else []
        before = until
    return {"date": day.date, "parts": parts}


def _option(time, draft, *, named, many_places) -> dict:
    chosen = ChosenTime(time.start, time.clinician.slug if named else "", time.location.slug)
    mine = draft.chosen
    return {
        "value": str(chosen),
        "hour": time.local_start.hour,
        "day": short_day(time.local_start),
        "clock": clock(time.local_start),
        "place": time.location.name if many_places else "",
        "clinician": time.clinician.name,
        "selected": bool(mine and mine["start"] == time.start and mine["location"].slug == time.location.slug),
    }


def _nearest(draft, clinician) -> list[dict]:
    lost = draft.answers.get("lost")
    if not lost:
        return []
    start = dt.datetime.fromisoformat(lost["start"])
    found = availability.nearest(
        draft.treatment,
        start=start,
        now=draft.now,
        clinician=clinician,
        location=draft.location,
        session_key=draft.holder,
    )
    return [_option(time, draft, named=True, many_places=True) for time in found]


def _next_without_filters(draft) -> dict | None:
    """The next free time with anybody, anywhere, for those whose filters left nothing."""
    if not (draft.clinician or draft.location):
        return None
    found = availability.next_times([draft.treatment], count=1, now=draft.now)[draft.treatment.pk]
    return _option(found[0], draft, named=False, many_places=True) if found else None


def _zones(days) -> list[str]:
    return sorted({time.location.zone.key for day in days for time in day.times})
