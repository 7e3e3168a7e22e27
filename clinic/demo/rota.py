"""Invent visits that fit: inside the hours, on the grid, with every room and device they need free.

Plain arithmetic over facts read once, so that a hundred thousand visits take seconds. Minutes count from the epoch.
"""

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from random import Random

from bookings.intervals import Interval, to_minute, wall_minute
from bookings.models import Resource, TimeOff, WorkingHours
from bookings.models.resources import minutes_of
from treatments.models import Capability, Clinician, ClinicianTreatment, Location, Treatment

GAP = 15  # minutes a clinician's time stays free where no visit is placed
USUAL_LENGTH = 35
# How often each is asked for, beside the others that the same clinician offers.
WEIGHTS = {
    "consultation": 3,
    "follow-up-visit": 4,
    "epidural-steroid-injection": 5,
    "nerve-block": 3,
    "trigger-point-injection": 3,
    "physical-therapy-first-visit": 1,
    "physical-therapy-session": 3,
}


@dataclass(frozen=True)
class Visit:
    """A visit that fits; `taken` has the minutes of every resource, the need's extra minutes included."""

    treatment: Treatment
    clinician: Clinician
    location: Location
    start: int
    end: int
    taken: dict[int, Interval]


@dataclass
class Session:
    """One weekly session of one clinician."""

    hours: WorkingHours
    offers: list[tuple[Treatment, int]]
    limits: dict[int, int]

    @property
    def clinician(self) -> Clinician:
        return self.hours.resource.clinician

    def on(self, date: dt.date) -> Interval:
        zone = self.hours.location.zone
        end = minutes_of(self.hours.end, is_end=True)
        return Interval(wall_minute(date, minutes_of(self.hours.start), zone), wall_minute(date, end, zone))


@dataclass
class Rota:
    """Sessions, needs, rooms and closures: all that deciding needs."""

    sessions: list[Session]
    needs: dict[int, list[tuple[int, int, int]]]  # of a treatment: capability, minutes before, minutes after
    things: dict[tuple[int, int], list[int]]  # by location and capability: resources, lowest pk first
    clinician_capability: int
    off: dict[int, list[Interval]]
    closed: dict[int, list[Interval]]

    def plan(self, date: dt.date, *, fill: float, rng: Random) -> list[Visit]:
        """Return visits for a date that take about `fill` (0 to 1) of all hours; the same for the same `rng`."""
        day = Day(self, date, rng)
        chance = fill * GAP / (fill * GAP + (1 - fill) * USUAL_LENGTH)
        for session in self.sessions:
            if session.hours.weekday == date.weekday():
                day.plan_session(session, chance)
        return day.visits


@dataclass
class Day:
    """One date being filled."""

    rota: Rota
    date: dt.date
    rng: Random
    busy: dict[int, list[Interval]] = field(default_factory=lambda: defaultdict(list))
    visits: list[Visit] = field(default_factory=list)

    def plan_session(self, session: Session, chance: float) -> None:
        cursor, end = session.on(self.date)
        placed: Counter[int] = Counter()
        while cursor < end:
            visit = self._place(session, cursor, end, placed) if self.rng.random() < chance else None
            if visit is None:
                cursor += GAP
                continue
            placed[visit.treatment.pk] += 1
            self._keep(visit)
            cursor = visit.taken[session.hours.resource_id].end

    def _keep(self, visit: Visit) -> None:
        self.visits.append(visit)
        for resource, minutes in visit.taken.items():
            self.busy[resource].append(minutes)

    def _place(self, session: Session, cursor: int, end: int, placed: Counter[int]) -> Visit | None:
        """Return the first visit that fits from `cursor` on, trying treatments in a weighted random order."""
        order = sorted(
            session.offers, key=lambda offer: self.rng.random() ** (1 / WEIGHTS.get(offer[0].slug, 1)), reverse=True
        )
        for treatment, minutes in order:
            start = self._next_on_grid(cursor, treatment, session.hours.location)
            full = placed[treatment.pk] >= session.limits.get(treatment.pk, 99)
            if full or start + minutes > end:
                continue
            taken = self._take(treatment, session, start, start + minutes)
            if taken is not None:
                return Visit(treatment, session.clinician, session.hours.location, start, start + minutes, taken)
        return None

    def _next_on_grid(self, minute: int, treatment: Treatment, location: Location) -> int:
        midnight = wall_minute(self.date, 0, location.zone)
        return midnight + -(-(minute - midnight) // treatment.start_every) * treatment.start_every

    def _take(self, treatment: Treatment, session: Session, start: int, end: int) -> dict[int, Interval] | None:
        """Return the lowest free resource for every need, or None when one is missing."""
        location, clinician = session.hours.location_id, session.hours.resource_id
        if self._hits(self.rota.closed[location], Interval(start, end)):
            return None
        taken: dict[int, Interval] = {clinician: Interval(start, end)}
        for capability, before, after in self.rota.needs[treatment.pk]:
            minutes = Interval(start - before, end + after)
            is_clinician = capability == self.rota.clinician_capability
            candidates = [clinician] if is_clinician else self.rota.things[location, capability]
            free = next(
                (one for one in candidates if self._is_free(one, minutes, Interval(start, end), is_clinician)), None
            )
            if free is None:
                return None
            taken[free] = minutes
        return taken

    def _is_free(self, resource: int, minutes: Interval, visit: Interval, is_clinician: bool) -> bool:
        # A clinician's leave may cover the extra minutes, not the visit itself; a room's closure may cover neither.
        off = visit if is_clinician else minutes
        return not self._hits(self.rota.off[resource], off) and not self._hits(self.busy[resource], minutes)

    def _hits(self, intervals: list[Interval], minutes: Interval) -> bool:
        return any(interval.overlaps(minutes) for interval in intervals)


def read_rota() -> Rota:
    """Read what deciding needs from the database."""
    off, closed = _time_off()
    return Rota(
        sessions=_sessions(),
        needs={
            treatment.pk: [
                (need.capability_id, need.minutes_before, need.minutes_after) for need in treatment.needs.all()
            ]
            for treatment in Treatment.objects.active().prefetch_related("needs")
        },
        things=_things(),
        clinician_capability=Capability.objects.get(slug=Capability.CLINICIAN).pk,
        off=off,
        closed=closed,
    )


def _sessions() -> list[Session]:
    offers: dict[int, list[tuple[Treatment, int]]] = defaultdict(list)
    rows = ClinicianTreatment.objects.select_related("treatment").prefetch_related("treatment__regions")
    for offer in rows:
        offers[offer.clinician_id].append((offer.treatment, offer.minutes or offer.treatment.minutes))
    weekly = WorkingHours.objects.select_related("resource__clinician", "location").prefetch_related(
        "only_treatments", "limits"
    )
    sessions = []
    for hours in weekly.filter(resource__clinician__isnull=False).order_by("pk"):
        only = {treatment.pk for treatment in hours.only_treatments.all()}
        offered = [offer for offer in offers[hours.resource.clinician_id] if not only or offer[0].pk in only]
        sessions.append(Session(hours, offered, {limit.treatment_id: limit.at_most for limit in hours.limits.all()}))
    return sessions


def _things() -> dict[tuple[int, int], list[int]]:
    things: dict[tuple[int, int], list[int]] = defaultdict(list)
    for resource in (
        Resource.objects.active().filter(location__isnull=False).order_by("pk").prefetch_related("capabilities")
    ):
        for capability in resource.capabilities.all():
            things[resource.location_id, capability.pk].append(resource.pk)
    return things


def _time_off() -> tuple[dict[int, list[Interval]], dict[int, list[Interval]]]:
    off: dict[int, list[Interval]] = defaultdict(list)
    closed: dict[int, list[Interval]] = defaultdict(list)
    for row in TimeOff.objects.all():
        minutes = Interval(to_minute(row.start), to_minute(row.end))
        if row.location_id:
            closed[row.location_id].append(minutes)
        else:
            off[row.resource_id].append(minutes)
    return off, closed
