"""Who can go where: for visits that lose their time, the nearest free times, with no two proposals in each other's way.

One picture of the diary is taken for all of them. Every proposal is then marked in it as taken, so the next visit is
offered something else; the verb that moves a visit has the last word.
"""

import datetime as dt
import heapq
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from bookings import availability
from bookings.availability import Choice, FreeTime, Picture
from bookings.intervals import Interval, to_minute
from bookings.models import Appointment, Occupancy
from bookings.models.appointments import Status

MOVABLE = (Status.REQUESTED, Status.BOOKED)
# Dates looked at: before the first visit, after the last one or the end of the time off, and at most.
DAYS_BEFORE, DAYS_AFTER, MOST_DAYS = 3, 21, 62
# In minutes. A patient has to get here; and an earlier time than their own must leave them a day to hear of it.
SOONEST, EARLIER = 30, 24 * 60
SAME, OTHER, KEEP, CANCEL = "same", "other", "keep", "cancel"


class Proposal(NamedTuple):
    """The nearest time with the same clinician and with another one, and which of `same`, `other`, `keep` fits best."""

    same: FreeTime | None
    other: FreeTime | None
    best: str


NOTHING = Proposal(None, None, KEEP)


def propose(visits: list[Appointment], *, until: dt.datetime, now: dt.datetime) -> dict[int, Proposal]:
    """Return a proposal for each visit (by pk) that can be moved: eight statements at most, however many visits.

    `until`: the end of the time off.
    """
    movable = [visit for visit in visits if visit.status in MOVABLE]
    if not movable:
        return {}
    plan = _plan(movable, until=until, now=now)
    best: dict[int, str] = {}
    for only_own in (True, False):
        _keep_best(plan, movable, best, only_own=only_own)
    return {visit.pk: plan.both(visit, best[visit.pk]) for visit in movable}


def _keep_best(plan: "_Plan", visits: list[Appointment], best: dict[int, str], *, only_own: bool) -> None:
    """Keep the best time for each visit that has none yet; with `only_own`, for those who can come as they were told.

    Those go first: one time that is taken would else push everybody after it along.
    """
    for visit in visits:
        if visit.pk in best:
            continue
        found = {SAME: plan.nearest(visit, SAME), OTHER: plan.nearest(visit, OTHER)}
        if only_own:
            found = {whom: time for whom, time in found.items() if time and time.start == visit.start}
        chosen = _best(visit, found.get(SAME), found.get(OTHER))
        if chosen != KEEP or not only_own:
            best[visit.pk] = chosen
            plan.keep(visit, found.get(chosen))


def _best(visit: Appointment, same: FreeTime | None, other: FreeTime | None) -> str:
    """The patient has kept that day free: any time on it comes first, then their own clinician, then another.

    A time at another place is shown, and chosen by a person: nobody is sent across town by a press for all.
    """
    both = ((SAME, same), (OTHER, other))
    found = [(name, time) for name, time in both if time is not None and time.location.pk == visit.location_id]
    on_the_day = [name for name, time in found if time.local_start.date() == visit.local_start.date()]
    return next(iter(on_the_day + [name for name, _time in found]), KEEP)


@dataclass
class _Plan:
    """The picture with what is proposed already marked in it."""

    picture: Picture
    now_minute: int
    starts: dict[int, dict[tuple, list[int]]]  # free starts by treatment, then (person, place)
    own: dict[int, list[tuple[int, Interval]]]  # what a visit (pk) keeps now, by resource
    patients: dict[int, list[tuple[int, Interval]]]  # where a patient (pk) is, with the visit's pk
    kept: dict[int, FreeTime] = field(default_factory=dict)

    def nearest(self, visit: Appointment, whom: str) -> FreeTime | None:
        """Return the nearest time that is free, at the visit's own place if there is any."""
        free = self._without(visit)
        for time in self._candidates(visit, whom):
            if self._suits(visit, time) and _choice(free, visit, time) is not None:
                return time
        return None

    def keep(self, visit: Appointment, time: FreeTime | None) -> None:
        """Mark a time as taken by this visit."""
        if time is None:
            return
        choice = _choice(self._without(visit), visit, time)
        if choice is None:
            return
        self.kept[visit.pk] = time
        for resource, minutes in choice.resources.items():
            self.picture.taken[resource].append(minutes)
        self.patients[visit.patient_id].append((visit.pk, Interval(time.start_minute, choice.end_minute)))

    def both(self, visit: Appointment, best: str) -> Proposal:
        """Return the time kept for a visit, and find and keep the one with the other choice of clinician."""
        times = {SAME: None, OTHER: None} | {best: self.kept.get(visit.pk)}
        for whom in {SAME, OTHER} - {best}:
            times[whom] = self.nearest(visit, whom)
            self.keep(visit, times[whom])
        return Proposal(times[SAME], times[OTHER], best)

    def _without(self, visit: Appointment) -> Picture:
        """The picture in which the visit's own time is free: another room at the same time may be all it takes."""
        taken = defaultdict(list, self.picture.taken)
        for resource, minutes in self.own[visit.pk]:
            taken[resource] = [each for each in taken[resource] if tuple(each) != tuple(minutes)]
        return replace(self.picture, taken=taken, _things={})

    def _candidates(self, visit: Appointment, whom: str) -> Iterator[FreeTime]:
        """Yield times in order of distance, those at the visit's own place first."""
        wanted = to_minute(visit.start)
        groups = self.starts[visit.treatment_id]
        ours = [key for key in groups if (key[0].pk == visit.clinician_id) == (whom == SAME)]
        for here in (True, False):
            lines = [_outward(groups[key], wanted, key) for key in ours if (key[1].pk == visit.location_id) == here]
            for _distance, start, _person, key in heapq.merge(*lines):
                person, place, length = key
                yield FreeTime(start, start + length, person, place)

    def _suits(self, visit: Appointment, time: FreeTime) -> bool:
        start, was = time.start_minute, to_minute(visit.start)
        ahead = start - self.now_minute
        if ahead < 0 or (start < was and ahead < EARLIER) or (start > was and ahead < SOONEST):
            return False
        minutes = Interval(start, time.end_minute)
        elsewhere = (where for pk, where in self.patients[visit.patient_id] if pk != visit.pk)
        return not any(minutes.overlaps(where) for where in elsewhere)


def _choice(picture: Picture, visit: Appointment, time: FreeTime) -> Choice | None:
    return picture.choose(visit.treatment_id, time.start_minute, time.location.pk, time.clinician.pk)


def _outward(starts: list[int], wanted: int, key: tuple) -> Iterator[tuple]:
    """Yield (distance, start, person's pk, key) from the wanted minute outward; `wanted` itself first, free or not."""
    person = key[0].pk
    yield 0, wanted, person, key
    at = bisect_left(starts, wanted)
    before = ((wanted - start, start, person, key) for start in reversed(starts[:at]))
    after = ((start - wanted, start, person, key) for start in starts[at:] if start != wanted)
    yield from heapq.merge(before, after)


# --- Reading --------------------------------------------------------------------------------------------------------


def _plan(visits: list[Appointment], *, until: dt.datetime, now: dt.datetime) -> _Plan:
    first, days = _window(visits, until=until, now=now)
    treatments = {visit.treatment_id: visit.treatment for visit in visits}
    picture = availability.look(list(treatments.values()), first=first, days=days, now=now, by_staff=True)
    return _Plan(
        picture=picture,
        now_minute=to_minute(now),
        starts={pk: _grouped(picture, pk) for pk in treatments},
        own=_own(visits),
        patients=_whereabouts(visits, first, days),
    )


def _window(visits: list[Appointment], *, until: dt.datetime, now: dt.datetime) -> tuple[dt.date, int]:
    """Return the first date and the number of dates to look at."""
    zone = visits[0].location.zone
    dates = [visit.local_start.date() for visit in visits]
    today = now.astimezone(zone).date()
    first = max(today, min(dates) - dt.timedelta(days=DAYS_BEFORE))
    last = max(*dates, until.astimezone(zone).date()) + dt.timedelta(days=DAYS_AFTER)
    return first, min((last - first).days + 1, MOST_DAYS)


def _grouped(picture: Picture, treatment: int) -> dict[tuple, list[int]]:
    """Return the free starts by (person, place, length), each in order."""
    groups: dict[tuple, list[int]] = defaultdict(list)
    for day in picture.by_day(treatment):
        for start, end, person, place in day.times:
            groups[person, place, end - start].append(start)
    return groups


def _own(visits: list[Appointment]) -> dict[int, list[tuple[int, Interval]]]:
    own: dict[int, list[tuple[int, Interval]]] = defaultdict(list)
    rows = Occupancy.objects.filter(appointment__in=[visit.pk for visit in visits])
    for pk, resource, start, end in rows.values_list("appointment_id", "resource_id", "start", "end"):
        own[pk].append((resource, Interval(start, end)))
    return own


def _whereabouts(visits: list[Appointment], first: dt.date, days: int) -> dict[int, list[tuple[int, Interval]]]:
    """Return when the visits' patients are here anyway, by patient: a person is never in two places."""
    found: dict[int, list[tuple[int, Interval]]] = defaultdict(list)
    begin = dt.datetime.combine(first, dt.time(0), tzinfo=dt.UTC) - dt.timedelta(days=1)
    rows = Appointment.objects.keeping_time().filter(patient__in=[visit.patient_id for visit in visits])
    rows = rows.filter(end__gt=begin, start__lt=begin + dt.timedelta(days=days + 2))
    for pk, patient, start, end in rows.values_list("pk", "patient_id", "start", "end"):
        found[patient].append((pk, Interval(to_minute(start), to_minute(end))))
    return found
