"""Another time for a visit, chosen by the patient: the days that have free times, and the times of one of them.

The old time is kept until the new one is taken, and whenever that fails. Times are shown without saying whose they are:
the page is open to whoever has the link.
"""

import datetime as dt
from dataclasses import replace
from itertools import islice
from typing import NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings import availability, scheduling
from bookings.availability.search import clinic_date
from bookings.forms import ChosenTime
from bookings.forms.manage import MoveForm
from bookings.models import Appointment
from bookings.models.appointments import Status
from bookings.views.own_deeds import has_changed, please_call, refuse, too_many_changes
from bookings.views.own_visit import with_appointment
from bookings.views.own_words import facts
from bookings.views.times import PARTS_OF_A_DAY
from treatments.templatetags.hours import clock, short_day

DATES_ON_A_PAGE = 10
NEAREST = 3
ANY = "any"


class Wish(NamedTuple):
    """What the page shows: from which date on, the times of which day, and with whom and where: `any`, or as now."""

    appointment: Appointment
    now: dt.datetime
    clinician: str = ""
    place: str = ""
    first: dt.date | None = None
    day: dt.date | None = None

    @classmethod
    def read(cls, words, appointment, *, now) -> "Wish":
        first, day = _date(words.get("from", "")), _date(words.get("day", ""))
        return cls(appointment, now, _any(words.get("clinician")), _any(words.get("place")), first, day)

    @property
    def filters(self) -> dict:
        """Whom and where to look, as availability asks it."""
        visit = self.appointment
        return {
            "clinician": None if self.clinician == ANY else visit.clinician,
            "location": None if self.place == ANY else visit.location,
        }

    @property
    def begin(self) -> dt.date:
        """The first date to look at: `first`, kept between today and the horizon."""
        today = clinic_date(self.now)
        return self.first if self.first and today <= self.first <= self.last else today

    @property
    def last(self) -> dt.date:
        return clinic_date(self.now) + dt.timedelta(days=self.appointment.treatment.horizon_days)

    def query(self, **changed) -> str:
        """Return the query string of this page with something changed. It names nobody."""
        words = {"clinician": self.clinician, "place": self.place, "from": self.first} | changed
        return urlencode({name: str(value) for name, value in words.items() if value})


@require_http_methods(["GET", "HEAD", "POST"])
@with_appointment
def move(request, appointment, *, now):
    """Show the free times, or take one of them. Where moving is not possible, the page says why."""
    if not facts(appointment, now=now)["may_change"]:
        return redirect("appointments")
    if request.method == "POST":
        return _move(request, Wish.read(request.POST, appointment, now=now))
    return _page(request, Wish.read(request.GET, appointment, now=now))


def _move(request, wish):
    appointment, now = wish.appointment, wish.now
    form = MoveForm(request.POST)
    if form.has_error("version"):
        return has_changed(request)
    if not form.is_valid():
        return _page(request, wish, error=_("Choose a time."))
    time = ChosenTime.parse(form.cleaned_data["slot"], now=now)
    if time is None or time.start <= now:
        return _page(request, wish, error=_("We do not offer that time. Please choose one of these."))
    if (time.start, time.location) == (appointment.start, appointment.location.slug):
        messages.info(request, _("That is the time you have already. Nothing has changed."))
        return redirect("appointments")
    if too_many_changes(appointment, now=now):
        return please_call(request, appointment)
    return _take(request, wish, time, version=form.cleaned_data["version"])


def _take(request, wish, time, *, version):
    try:
        moved = _move_to(wish, time, version=version)
    except scheduling.Taken:
        return _page(request, _around(wish, time), lost=time.start)
    except scheduling.NotOffered:
        return _page(request, wish, error=_("We do not offer that time. Please choose one of these."))
    except scheduling.NotAllowed:
        # All else that is not allowed was looked at above, in the version that the page showed.
        return _page(
            request, wish, error=_("You have another appointment at that time. Please choose a different one.")
        )
    except scheduling.Refused as refusal:
        return refuse(request, refusal)
    requested = moved.status == Status.REQUESTED
    messages.success(request, _("Your request is for this time now.") if requested else _("Your appointment is moved."))
    return redirect("appointments")


def _move_to(wish, time, *, version) -> Appointment:
    """Move with the clinician of now where they are free then; with somebody else only for those who said so."""
    own = wish.appointment
    slot = time._replace(clinician="").slot(own.treatment)
    asked = {"by": scheduling.By.patient(), "now": wish.now, "version": version}
    try:
        return scheduling.move(own, replace(slot, clinician=own.clinician), **asked)
    except (scheduling.Taken, scheduling.NotOffered):
        if wish.clinician != ANY:
            raise
    return scheduling.move(own, slot, **asked)


def _around(wish, time) -> Wish:
    """The days from the lost time's own on."""
    day = time.start.astimezone(wish.appointment.location.zone).date()
    return wish._replace(first=day, day=day)


# --- The page -------------------------------------------------------------------------------------------------------


def _page(request, wish, *, error="", lost=None):
    days = _days(wish)
    shown = days[:DATES_ON_A_PAGE]
    chosen = next((day for day in shown if day.date == wish.day), shown[0] if shown else None)
    context = facts(wish.appointment, now=wish.now) | {
        "wish": wish,
        "verified": request.own_visit.verified,
        "error": error,
        "lost": lost,
        "nearest": _nearest(wish, lost) if lost else [],
        "days": [_link(wish, day, is_chosen=day is chosen) for day in shown],
        "day": _day(chosen, wish) if chosen else None,
        "later": wish.query(**{"from": days[-1].date}) if len(days) > len(shown) else "",
        "earlier": wish.begin > clinic_date(wish.now),
        "first_dates": wish.query(**{"from": None}),
        "widest": wish.query(**{"from": None, "clinician": ANY, "place": ANY}),
        "is_widest": wish.clinician == wish.place == ANY,
        "zones": _zones(chosen),
    }
    return render(request, "bookings/manage/move.html", context)


def _days(wish) -> list[availability.DayOfTimes]:
    """Return the days to show, and one more if there is one. The visit's own minutes count as free, its start does not."""
    found = availability.free_times(
        wish.appointment.treatment,
        first=wish.begin,
        days=(wish.last - wish.begin).days + 2,
        now=wish.now,
        without=wish.appointment.pk,
        **wish.filters,
    )
    others = (day._replace(times=[time for time in day.times if not _is_own(time, wish)]) for day in found)
    return list(islice((day for day in others if day.times), DATES_ON_A_PAGE + 1))


def _is_own(time, wish) -> bool:
    return (time.start, time.location.pk) == (wish.appointment.start, wish.appointment.location_id)


def _link(wish, day, *, is_chosen) -> dict:
    count = len({(time.start_minute, time.location.pk) for time in day.times})
    return {"date": day.date, "count": count, "query": wish.query(day=day.date), "is_chosen": is_chosen}


def _day(day, wish) -> dict:
    """One radio for each start and place, by part of the day."""
    times = {(time.start_minute, time.location.pk): time for time in day.times}
    options = [_option(times[key], wish) for key in sorted(times)]
    parts, before = [], 0
    for until, name in PARTS_OF_A_DAY:
        inside = [option for option in options if before <= option["hour"] < until]
        parts += [{"name": name, "options": inside}] if inside else []
        before = until
    return {"date": day.date, "parts": parts}


def _option(time, wish) -> dict:
    return {
        "value": str(ChosenTime(time.start, "", time.location.slug)),
        "hour": time.local_start.hour,
        "day": short_day(time.local_start),
        "clock": clock(time.local_start),
        "place": time.location.name if wish.place == ANY else "",
    }


def _nearest(wish, lost) -> list[dict]:
    found = availability.nearest(
        wish.appointment.treatment, start=lost, now=wish.now, count=NEAREST + 1, **wish.filters
    )
    closest = sorted((time for time in found if not _is_own(time, wish)), key=lambda time: abs(time.start - lost))
    return [_option(time, wish) for time in sorted(closest[:NEAREST], key=lambda time: time.start_minute)]


def _zones(day) -> list[dict]:
    keys = sorted({time.location.zone.key for time in day.times}) if day else []
    return [{"key": key, "city": key.split("/")[-1].replace("_", " ")} for key in keys]


def _any(word) -> str:
    return ANY if word == ANY else ""


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
