"""Free times for a patient to choose from: the days that have some, the times of one of them, those near one just taken.

What moving a visit and booking the next one show alike. Times do not say whose they are: the pages are open to whoever has
the link.
"""

import datetime as dt
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlencode

from bookings import availability
from bookings.availability.search import clinic_date
from bookings.forms import ChosenTime
from bookings.models import Appointment
from bookings.views.times import PARTS_OF_A_DAY
from treatments.models import Clinician, Location, Treatment
from treatments.templatetags.hours import clock, short_day

DATES_ON_A_PAGE = 10
NEAREST = 3
ANY = "any"


class About(NamedTuple):
    """What times are for: a treatment, with whom and where unless asked otherwise (`whom` None: with anybody).

    `own`: the visit that is moved; its own minutes count as free, its start is not offered. `since`: the date to begin with.
    """

    treatment: Treatment
    whom: Clinician | None
    where: Location
    own: Appointment | None = None
    since: dt.date | None = None


class Wish(NamedTuple):
    """What the page shows: from which date on, the times of which day, and with whom and where: `any`, or as told."""

    about: About
    now: dt.datetime
    clinician: str = ""
    place: str = ""
    first: dt.date | None = None
    day: dt.date | None = None

    @classmethod
    def read(cls, words, about: About, *, now: dt.datetime) -> "Wish":
        first, day = _date(words.get("from", "")), _date(words.get("day", ""))
        return cls(about, now, _any(words.get("clinician")), _any(words.get("place")), first, day)

    @property
    def filters(self) -> dict[str, Any]:
        """Whom and where to look, as availability asks it."""
        return {
            "clinician": None if self.clinician == ANY else self.about.whom,
            "location": None if self.place == ANY else self.about.where,
        }

    @property
    def today(self) -> dt.date:
        return clinic_date(self.now)

    @property
    def begin(self) -> dt.date:
        """The first date to look at: `first`, else what it is about says, kept between today and the horizon."""
        asked = next((date for date in (self.first, self.about.since) if date and date <= self.last), self.today)
        return max(asked, self.today)

    @property
    def last(self) -> dt.date:
        return self.today + dt.timedelta(days=self.about.treatment.horizon_days)

    @property
    def is_widest(self) -> bool:
        return self.place == ANY and (self.clinician == ANY or self.about.whom is None)

    def query(self, **changed) -> str:
        """Return the query string of this page with something changed. It names nobody."""
        words = {"clinician": self.clinician, "place": self.place, "from": self.first} | changed
        return urlencode({name: str(value) for name, value in words.items() if value})

    def around(self, start: dt.datetime) -> "Wish":
        """Return the days from a lost time's own on."""
        day = start.astimezone(self.about.where.zone).date()
        return self._replace(first=day, day=day)


def shown(wish: Wish, *, lost: dt.datetime | None = None) -> dict[str, Any]:
    """Return what the templates of free times show; with those nearest to `lost`, a start that was taken."""
    days = _days(wish)
    on_page = days[:DATES_ON_A_PAGE]
    chosen = next((day for day in on_page if day.date == wish.day), on_page[0] if on_page else None)
    return {
        "wish": wish,
        "lost": lost,
        "nearest": _nearest(wish, lost) if lost else [],
        "days": [_link(wish, day, is_chosen=day is chosen) for day in on_page],
        "day": _day(chosen, wish) if chosen else None,
        "later": wish.query(**{"from": days[-1].date}) if len(days) > len(on_page) else "",
        "earlier": wish.begin > wish.today,
        "first_dates": wish.query(**{"from": wish.today if wish.about.since else None}),
        "widest": wish.query(**{"from": None, "clinician": ANY, "place": ANY}),
        "is_widest": wish.is_widest,
        "zones": _zones(chosen),
    }


def _days(wish: Wish) -> list[availability.DayOfTimes]:
    """Return the days to show, and one more if there is one."""
    own = wish.about.own
    found = availability.free_times(
        wish.about.treatment,
        first=wish.begin,
        days=(wish.last - wish.begin).days + 2,
        now=wish.now,
        without=own.pk if own else None,
        **wish.filters,
    )
    others = (day._replace(times=[time for time in day.times if not _is_own(time, wish)]) for day in found)
    return list(islice((day for day in others if day.times), DATES_ON_A_PAGE + 1))


def _is_own(time, wish) -> bool:
    own = wish.about.own
    return own is not None and (time.start, time.location.pk) == (own.start, own.location_id)


def _link(wish, day, *, is_chosen) -> dict:
    count = len({(time.start_minute, time.location.pk) for time in day.times})
    return {"date": day.date, "count": count, "query": wish.query(day=day.date), "is_chosen": is_chosen}


def _day(day, wish) -> dict:
    """One choice for each start and place, by part of the day."""
    times = {(time.start_minute, time.location.pk): time for time in day.times}
    options = [_option(times[key], wish) for key in sorted(times)]
    parts, before = [], 0
    for until, name in PARTS_OF_A_DAY:
        inside = [option for option in options if before <= option["hour"] < until]
        parts += [{"name": name, "options": inside}] if inside else []
        before = until
    return {"date": day.date, "parts": parts}


def _option(time, wish) -> dict:
    value = str(ChosenTime(time.start, "", time.location.slug))
    return {
        "value": value,
        "query": wish.query(day=time.local_start.date(), slot=value),
        "hour": time.local_start.hour,
        "day": short_day(time.local_start),
        "clock": clock(time.local_start),
        "place": time.location.name if wish.place == ANY else "",
    }


def _nearest(wish, lost) -> list[dict]:
    found = availability.nearest(wish.about.treatment, start=lost, now=wish.now, count=NEAREST + 1, **wish.filters)
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
