"""The statements: what the diary's rows say about a range of dates, in as few queries as the question needs."""

import datetime as dt
import itertools
from collections import defaultdict
from operator import itemgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import CharField, DateField, F, IntegerField, Q, Value
from django.db.models.functions import Cast

from bookings.availability import prepared
from bookings.availability.facts import NeedFacts, Person, Place, Session
from bookings.guards import LONGEST_MINUTES
from bookings.intervals import Interval, to_minute
from bookings.models import Appointment, ExtraHours, Hold, Occupancy, Resource, TimeOff, WorkingHours
from bookings.models.resources import minutes_of
from treatments.models import Capability, ClinicianTreatment, Need

NEED, OFFER, THING = 0, 1, 2


class Reference(NamedTuple):
    """Who offers the treatments, what they need, and which rooms and devices could serve."""

    needs: dict[int, list[NeedFacts]]  # by treatment, the clinician's apart
    clinician_need: dict[int, NeedFacts]
    offers: dict[int, list[tuple[Person, int | None]]]  # by treatment: the person, and their own length in minutes
    things: dict[int, dict[int, list[int]]]  # by location, then capability: resources in order of pk


def _number(value: int | None) -> Cast:
    return Cast(Value(value), IntegerField())


def _text(value: str) -> Value:
    return Value(value, output_field=CharField())


def read_reference(treatments: list[int], *, clinician: int | None, location: int | None) -> Reference:
    """One statement: needs, offers and things of these treatments."""
    reference = Reference(defaultdict(list), {}, defaultdict(list), defaultdict(lambda: defaultdict(list)))
    rows = prepared.rows(_reference_rows, treatments=treatments, clinician=clinician, location=location)
    for kind, first, second, third, fourth, slug, name in sorted(rows, key=lambda row: row[:3]):
        if kind == NEED and slug == Capability.CLINICIAN:
            reference.clinician_need[first] = NeedFacts(second, third, fourth)
        elif kind == NEED:
            reference.needs[first].append(NeedFacts(second, third, fourth))
        elif kind == OFFER:
            reference.offers[first].append((Person(second, slug, name, third), fourth))
        else:
            reference.things[third][second].append(first)
    return reference


def _reference_rows(treatments, clinician, location):
    return _need_rows(treatments).union(_offer_rows(treatments, clinician), _thing_rows(treatments, location), all=True)


def _need_rows(treatments):
    return (
        Need.objects.filter(treatment__in=treatments)
        .order_by()
        .values_list(
            _number(NEED),
            "treatment_id",
            "capability_id",
            "minutes_before",
            "minutes_after",
            "capability__slug",
            _text(""),
        )
    )


def _offer_rows(treatments, clinician):
    rows = ClinicianTreatment.objects.filter(
        treatment__in=treatments, treatment__active=True, clinician__active=True, clinician__resource__active=True
    )
    if clinician is not None:
        rows = rows.filter(clinician=clinician)
    return rows.order_by().values_list(
        _number(OFFER),
        "treatment_id",
        "clinician_id",
        "clinician__resource",
        "minutes",
        "clinician__slug",
        "clinician__name",
    )


def _thing_rows(treatments, location):
    rows = Resource.capabilities.through.objects.filter(
        capability__needs__treatment__in=treatments, resource__active=True, resource__location__active=True
    )
    if location is not None:
        rows = rows.filter(resource__location=location)
    # The union keeps doubles: a capability that two of the treatments need would come twice.
    return (
        rows.order_by()
        .distinct()
        .values_list(
            _number(THING), "resource_id", "capability_id", "resource__location_id", _number(None), _text(""), _text("")
        )
    )


def read_sessions(resources: list[int] | None, *, location: int | None) -> list[Session]:
    """One statement: the weekly and the extra hours of these clinicians' resources (None: of all), at active locations."""
    if resources is None:
        everybody = Resource.objects.active().filter(kind=Resource.Kind.CLINICIAN)
        rows = _session_rows(everybody.values("pk"), location)
    else:
        rows = prepared.rows(_session_rows, resources=resources, location=location)
    ordered = sorted(rows, key=itemgetter(0))
    return [_session(list(group)) for _pk, group in itertools.groupby(ordered, key=itemgetter(0))]


def _session_rows(resources, location):
    weekly = WorkingHours.objects.filter(resource__in=resources, location__active=True)
    extra = ExtraHours.objects.filter(resource__in=resources, location__active=True)
    if location is not None:
        weekly, extra = weekly.filter(location=location), extra.filter(location=location)
    place = ("location_id", "location__slug", "location__name", "location__time_zone")
    no_number, no_date = _number(None), Cast(Value(None), DateField())
    return weekly.order_by().values_list(
        "pk", "resource_id", "weekday", Cast(Value(None), DateField()), "start", "end", "valid_from", "valid_until",
        "only_treatments", "limits__treatment", "limits__at_most", *place,
    ).union(
        extra.order_by().values_list(
            -F("pk"), "resource_id", no_number, "date", "start", "end", no_date, no_date, no_number, no_number, no_number, *place
        ),
        all=True,
    )  # fmt: skip


def _session(rows) -> Session:
    """Fold the rows of one session: the joins repeat it for each of its treatments and limits."""
    _pk, resource, weekday, date, start, end, valid_from, valid_until, *_joined, place_pk, slug, name, zone = rows[0]
    return Session(
        resource=resource,
        place=Place(place_pk, slug, name, ZoneInfo(zone)),
        weekday=weekday,
        date=date,
        start=minutes_of(start),
        end=minutes_of(end, is_end=True),
        valid_from=valid_from,
        valid_until=valid_until,
        only=frozenset(row[8] for row in rows if row[8] is not None),
        limits=tuple({(row[9], row[10]) for row in rows if row[9] is not None}),
    )


def read_time_off(resources: list[int], locations: list[int], instants) -> tuple[dict, dict]:
    """One statement: minutes off by resource and by location between two instants."""
    by_resource: dict[int, list[Interval]] = defaultdict(list)
    by_location: dict[int, list[Interval]] = defaultdict(list)
    rows = prepared.rows(_off_rows, resources=resources, locations=locations, start=instants[0], end=instants[1])
    for resource, location, start, end in rows:
        # A row is about one of the two (a CHECK). A part of a minute off is the whole minute off.
        closed = by_location[location] if resource is None else by_resource[resource]
        closed.append(Interval(to_minute(start), to_minute(end + dt.timedelta(seconds=59))))
    return by_resource, by_location


def _off_rows(resources, locations, start, end):
    off = TimeOff.objects.filter(Q(resource__in=resources) | Q(location__in=locations), start__lt=end, end__gt=start)
    return off.order_by().values_list("resource_id", "location_id", "start", "end")


def read_occupancy(resources: list[int], span: Interval, *, now, session_key="", without=None) -> dict[int, list]:
    """One statement: [start, end) taken by resource, overbooked rows included; over holds and the caller's own left out.

    `start > from - 1440` is implied by the longest occupancy; without it the read costs more with every year of the diary.
    """
    taken: dict[int, list] = defaultdict(list)
    for resource, start, end in prepared.rows(
        _occupancy_rows,
        resources=resources,
        start=span.start,
        longest_before=span.start - LONGEST_MINUTES,
        end=span.end,
        now=now,
        session_key=session_key or None,
        without=without,
    ):
        taken[resource].append((start, end))
    return taken


def _occupancy_rows(*, resources, start, longest_before, end, now, session_key, without):
    live = Hold.objects.live(now=now)
    if session_key is not None:
        live = live.exclude(session_key=session_key)
    rows = Occupancy.objects.filter(
        Q(hold__isnull=True) | Q(hold__in=live),
        resource__in=resources,
        start__lt=end,
        start__gt=longest_before,
        end__gt=start,
    )
    if without is not None:
        rows = rows.filter(~Q(appointment=without) | Q(appointment__isnull=True))
    return rows.order_by().values_list("resource_id", "start", "end")


def read_visit_starts(
    treatments, clinicians, instants, *, now, session_key="", without=None
) -> dict[tuple[int, int], list[int]]:
    """One statement, only where a session has a limit: starts of visits and live holds by (clinician, treatment)."""
    starts: dict[tuple[int, int], list[int]] = defaultdict(list)
    for clinician, treatment, start in prepared.rows(
        _visit_rows,
        treatments=treatments,
        clinicians=clinicians,
        start=instants[0],
        end=instants[1],
        now=now,
        session_key=session_key,
        without=without,
    ):
        starts[clinician, treatment].append(to_minute(start))
    return starts


def _visit_rows(*, treatments, clinicians, start, end, now, session_key, without):
    where = {"treatment__in": treatments, "clinician__in": clinicians, "start__gte": start, "start__lt": end}
    visits = Appointment.objects.keeping_time().filter(**where).exclude(pk=without)
    holds = Hold.objects.live(now=now).filter(**where).exclude(session_key=session_key)
    columns = ("clinician_id", "treatment_id", "start")
    return visits.order_by().values_list(*columns).union(holds.order_by().values_list(*columns), all=True)
