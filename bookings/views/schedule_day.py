"""A clinician's day put together: who is now and who is next, and of each visit what must be known before it."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from django.utils import timezone

from bookings import readiness, scheduling
from bookings.models import Appointment
from bookings.models.appointments import FREES_THE_TIME, Status
from bookings.past import Past, past_of
from bookings.views.clinician_acts import acts_of
from treatments.models import Clinician, Location

# No clock on Earth is further from UTC.
ANY_ZONE = dt.timedelta(hours=14)
HERE = (Status.ARRIVED, Status.IN_ROOM, Status.WITH_CLINICIAN)
# What matters first; what was asked and is none keeps quiet at the end.
ORDER = ("alert", "missing", "said", "none")


class Strip(NamedTuple):
    """One visit as the day shows it. `deed` is the clinician's main act, "" for none; `place` only where places differ."""

    visit: Appointment
    where: str
    chips: list[readiness.Chip]
    past: Past | None
    deed: str
    asks_where: bool  # nobody has written down the side yet: a form asks before it begins
    place: Location | None

    @property
    def css(self) -> str:
        return self.visit.status.replace("_", "-")

    @property
    def is_short(self) -> bool:
        """What is over is one line in the list."""
        return self.visit.status in (Status.DONE, *FREES_THE_TIME)

    @property
    def alerts(self) -> list[readiness.Chip]:
        return self._in_state("alert")

    @property
    def missing(self) -> list[readiness.Chip]:
        return self._in_state("missing")

    @property
    def said(self) -> list[readiness.Chip]:
        return self._in_state("said")

    @property
    def none(self) -> list[readiness.Chip]:
        return self._in_state("none")

    @property
    def has_told(self) -> bool:
        """Whether there is more to say than that all was asked and is none."""
        return any(chip.state != "none" for chip in self.chips)

    def _in_state(self, state: str) -> list[readiness.Chip]:
        return [chip for chip in self.chips if chip.state == state]


class Late(NamedTuple):
    """How many minutes late the clinician runs, and where, when they work at several places."""

    minutes: int
    place: Location | None


class Day(NamedTuple):
    """All a page shows of one local date. `visits` keep their time, `freed` were canceled or missed."""

    date: dt.date
    zone: dt.tzinfo
    current: Strip | None
    following: Strip | None
    visits: list[Strip]
    freed: list[Strip]
    late: list[Late]
    place: Location | None  # the one place of the day, None where there are several or none

    @property
    def is_seeing(self) -> bool:
        """Whether the clinician is with somebody: what must be read now is about the next one."""
        return self.current is not None and self.current.visit.status == Status.WITH_CLINICIAN

    @property
    def is_waited_for(self) -> bool:
        """Whether somebody is here, or should be, whom the clinician has not begun to see."""
        return self.current is not None and not self.is_seeing

    @property
    def patients(self) -> set[int]:
        return {strip.visit.patient_id for strip in (*self.visits, *self.freed)}


def compose(clinician: Clinician, date: dt.date, *, now: dt.datetime, on_paper: bool = False) -> Day:
    """Read a clinician's local date: six statements for any number of visits and of past ones, at one place.

    What was before is told of now and next alone; `on_paper`, where nothing can be opened, of all who are still to come.
    """
    visits = visits_of(clinician, date)
    places = list({visit.location_id: visit.location for visit in visits}.values())
    is_today = date == today_of(places, now=now)
    current, following = now_and_next(visits, now=now) if is_today else (None, None)
    told = _open(visits) if on_paper else [visit for visit in (current, following) if visit]
    past = past_of(told, now=now) if told else {}
    strips = {strip.visit.pk: strip for strip in _strips(visits, past, several=len(places) > 1, now=now)}
    return Day(
        date=date,
        zone=places[0].zone if len(places) == 1 else timezone.get_current_timezone(),
        current=strips[current.pk] if current else None,
        following=strips[following.pk] if following else None,
        visits=[strip for strip in strips.values() if strip.visit.keeps_time],
        freed=[strip for strip in strips.values() if not strip.visit.keeps_time],
        late=_late(clinician, places, date) if is_today else [],
        place=places[0] if len(places) == 1 else None,
    )


def visits_of(clinician: Clinician, date: dt.date) -> list[Appointment]:
    """Return the clinician's own visits of a local date, at whichever location: one statement."""
    midnight = dt.datetime.combine(date, dt.time(0), tzinfo=dt.UTC)
    around = clinician.appointments.starting_in(midnight - ANY_ZONE, midnight + dt.timedelta(days=1) + ANY_ZONE)
    found = around.select_related("patient", "treatment", "location", "region")
    return [visit for visit in found if visit.local_start.date() == date]


def today_of(places: list[Location], *, now: dt.datetime) -> dt.date:
    """Return the date it is where the clinician works that day; the clinic's own, where that is not one place."""
    return timezone.localdate(now, places[0].zone if len(places) == 1 else None)


def _open(visits: list[Appointment]) -> list[Appointment]:
    return [visit for visit in visits if visit.status not in (Status.DONE, *FREES_THE_TIME)]


def _strips(visits: list[Appointment], past: dict[int, Past], *, several: bool, now: dt.datetime) -> Iterable[Strip]:
    open_visits = _open(visits)
    chips = readiness.chips_of(open_visits, now=now) if open_visits else {}
    for visit in visits:
        yield Strip(
            visit=visit,
            where=readiness.where_words(visit),
            chips=_in_order(chips.get(visit.pk, ())),
            past=past.get(visit.pk),
            deed=acts_of(visit, now=now).main,
            asks_where=scheduling.lacks_side(visit),
            place=visit.location if several else None,
        )


def _in_order(chips: Iterable[readiness.Chip]) -> list[readiness.Chip]:
    """Sort by what matters; region and side, once said, stand in bold beside the treatment already."""
    told = [chip for chip in chips if (chip.name, chip.state) != ("where", "said")]
    return sorted(told, key=lambda chip: ORDER.index(chip.state))


def _late(clinician: Clinician, places: list[Location], date: dt.date) -> list[Late]:
    """Return how late the clinician runs at each place of the day, as last said; one statement a place."""
    said = ((place, scheduling.delays_of(place, date).get(clinician.pk, 0)) for place in places)
    return [Late(minutes, place if len(places) > 1 else None) for place, minutes in said if minutes]


def now_and_next(visits: list[Appointment], *, now: dt.datetime) -> tuple[Appointment | None, Appointment | None]:
    """Return the visit to be with and the one after it; each may be None.

    Now is whom the clinician sees, else who is here for the earliest time, else the visit whose time it is. Next is the
    first other one who is here or still to come.
    """
    open_visits = _open(visits)
    current = (
        _first(open_visits, lambda visit: visit.status == Status.WITH_CLINICIAN)
        or _first(open_visits, lambda visit: visit.status in HERE)
        or _first(open_visits, lambda visit: visit.start <= now < visit.end)
    )
    return current, _first(
        open_visits, lambda visit: visit is not current and (visit.status in HERE or visit.end > now)
    )


def _first(visits, fits):
    return next(filter(fits, visits), None)
