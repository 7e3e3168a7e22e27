"""The statements of the day board: what the diary's rows say about one local date of one place, four of them and no more."""

import datetime as dt
from typing import Any

from django.db.models import F, IntegerField, OuterRef, Q, QuerySet, Subquery, TimeField, Value
from django.db.models.functions import Cast

from bookings.desk.facts import Day, Head, Hours, Off, Taken
from bookings.guards import LONGEST_MINUTES
from bookings.intervals import from_minute, to_minute, wall_minute
from bookings.models import Appointment, Delay, ExtraHours, Occupancy, Resource, TimeOff, WorkingHours
from bookings.models.appointments import Status
from bookings.models.resources import minutes_of
from treatments.models import Location

PATIENT = ("first_name", "last_name", "date_of_birth", "phone", "alert")
VISIT = (
    "start",
    "end",
    "status",
    "status_at",
    "confirmed_at",
    "decide_by",
    "offered_at",
    "undo_until",
    "side",
    "source",
)
CLINICIAN = ("id", "slug", "name", "position")
KINDS: list[str] = [Resource.Kind.ROOM, Resource.Kind.DEVICE, Resource.Kind.STAFF]
ALL_DAY = 1440


def visits_of(place: Location, date: dt.date) -> QuerySet[Appointment]:
    """Return the visits that start on a local date of the place, with what the board says about them."""
    start, end = (dt.datetime.combine(date + dt.timedelta(days=n), dt.time(0), tzinfo=place.zone) for n in (0, 1))
    rows = Appointment.objects.filter(location=place).starting_in(start, end)
    rows = rows.select_related("patient", "treatment", "clinician").only(
        *VISIT,
        *("version", "phone_to_confirm", "location", "treatment__name", "treatment__role"),
        *(f"patient__{name}" for name in PATIENT),
        *(f"clinician__{name}" for name in CLINICIAN),
    )
    return rows.annotate(clinician_resource=F("clinician__resource"))


def read_day(place: Location, date: dt.date, *, now: dt.datetime) -> tuple[Day, list[Appointment]]:
    """Return the day, and apart from it what was canceled."""
    late = Delay.said_on(place, date).filter(clinician=OuterRef("clinician")).values("minutes")
    found = list(visits_of(place, date).annotate(late=Subquery(late[:1])))
    for visit in found:
        visit.location = place
    visits = [visit for visit in found if visit.status != Status.CANCELLED]
    heads, hours = _here(place, date)
    people = {head.resource: head for head in heads if head.clinician} | _who_come(visits)
    things = [head for head in heads if not head.clinician]
    pks = [*people, *(head.resource for head in things)]
    span = wall_minute(date, 0, place.zone), wall_minute(date, ALL_DAY, place.zone)
    day = Day(
        date=date,
        zone=place.zone,
        visits=visits,
        people=sorted(people.values(), key=lambda head: (head.position, head.clinician)),
        things=sorted(things, key=lambda head: (KINDS.index(head.kind), head.resource)),
        hours=hours,
        off=_off(place, pks, span),
        taken=_taken(pks, span, now=now),
        delays={visit.clinician_id: visit.late for visit in found if visit.late},
    )
    return day, [visit for visit in found if visit.status == Status.CANCELLED]


def _who_come(visits: list[Any]) -> dict[int, Head]:
    """Return by resource the clinicians who have visits, whether or not they have hours here today."""
    return {
        visit.clinician_resource: Head(
            *(visit.clinician_resource, visit.clinician.name, Resource.Kind.CLINICIAN),
            *(visit.clinician_id, visit.clinician.slug, visit.clinician.position),
        )
        for visit in visits
    }


# --- Who works here today, and what stands here -----------------------------------------------------------------------


def _here(place: Location, date: dt.date) -> tuple[list[Head], list[Hours]]:
    """One statement: clinicians with hours on the date, those hours, and the rooms and devices of the place."""
    heads: dict[int, Head] = {}
    sessions: dict[int, list] = {}
    for key, start, end, only, *head in _rows_here(place, date):
        heads[head[0]] = Head(head[0], head[5] or head[1], head[2], head[3], head[4] or "", head[6] or 0)
        if start is not None:
            sessions.setdefault(key, [head[0], start, end, set()])[3].add(only or "")
    hours = [
        Hours(resource, *_minutes(place, date, start, end), ", ".join(sorted(only)))
        for _key, (resource, start, end, only) in sorted(sessions.items())
    ]
    return list(heads.values()), hours


def _rows_here(place: Location, date: dt.date) -> QuerySet:
    """Rows of: a key of the session, from, until, one treatment it is for, and the columns of its `Head`."""
    clinicians = {"location": place, "resource__kind": Resource.Kind.CLINICIAN, "resource__active": True}
    valid = (Q(valid_from=None) | Q(valid_from__lte=date)) & (Q(valid_until=None) | Q(valid_until__gte=date))
    weekly = WorkingHours.objects.filter(valid, weekday=date.weekday(), **clinicians)
    extra = ExtraHours.objects.filter(date=date, **clinicians)
    things = Resource.objects.active().filter(location=place)
    nothing, no_time, no_words = Cast(Value(None), IntegerField()), Cast(Value(None), TimeField()), Value("")
    who = ("resource_id", "resource__name", "resource__kind", *(f"resource__clinician__{name}" for name in CLINICIAN))
    return (
        weekly.order_by()
        .values_list("pk", "start", "end", "only_treatments__name", *who)
        .union(
            extra.order_by().values_list(-F("pk"), "start", "end", no_words, *who),
            things.order_by().values_list(
                *(nothing, no_time, no_time, no_words, "pk", "name", "kind"), *(nothing, no_words, no_words, nothing)
            ),
            all=True,
        )
    )


def _minutes(place: Location, date: dt.date, start: dt.time, end: dt.time) -> tuple[int, int]:
    return (
        wall_minute(date, minutes_of(start), place.zone),
        wall_minute(date, minutes_of(end, is_end=True), place.zone),
    )


# --- What is closed, and what is taken --------------------------------------------------------------------------------


def _off(place: Location, resources: list[int], span: tuple[int, int]) -> list[Off]:
    start, end = map(from_minute, span)
    rows = TimeOff.objects.filter(Q(resource__in=resources) | Q(location=place), start__lt=end, end__gt=start)
    return [
        Off(
            resource=resource,
            start=max(to_minute(begins), span[0]),
            end=min(to_minute(ends + dt.timedelta(seconds=59)), span[1]),
            word=": ".join(filter(None, [str(TimeOff.Kind(kind).label), note])),
        )
        for resource, kind, begins, ends, note in rows.order_by("start", "pk").values_list(
            "resource_id", "kind", "start", "end", "note"
        )
    ]


def _taken(resources: list[int], span: tuple[int, int], *, now: dt.datetime) -> list[Taken]:
    """Return what takes these resources, live holds included. The longest occupancy bounds the range of the index."""
    rows = Occupancy.objects.filter(
        Q(hold=None) | Q(hold__expires_at__gt=now),
        resource__in=resources,
        start__lt=span[1],
        start__gt=span[0] - LONGEST_MINUTES,
        end__gt=span[0],
    )
    columns = ("resource_id", "start", "end", "appointment_id", "hold_id", "hold__treatment__name", "overbooked")
    return [
        Taken(resource, start, end, visit, hold, what or "", overbooked)
        for resource, start, end, visit, hold, what, overbooked in rows.order_by("start", "pk").values_list(*columns)
    ]
