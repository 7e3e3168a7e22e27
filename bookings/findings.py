"""What does not add up in the diary: appointments, occupancy, events and messages compared with each other.

The verbs keep these together. A finding means that something else has written: a repair by hand, a restored backup, a bug.
Reads only. Appointments are read in slices, a fixed number of statements each, so that years of diary fit in memory.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from django.db import connection
from django.db.models import F, Max, QuerySet, RowRange, Window

from bookings.guards import missing_guards
from bookings.intervals import Interval, from_minute, to_minute
from bookings.models import Appointment, AppointmentEvent, Hold, Message, Occupancy, Resource
from bookings.models.appointments import Status
from bookings.outbox.intents import Kind, channels
from bookings.outbox.plan import Plan, reminders_of
from treatments.models import Capability, Need

SLICE = 2000

Progress = Callable[[int], None]


class Finding(NamedTuple):
    """`about` is a reference or the name of a row; `wrong` and `remedy` are sentences for whoever runs the clinic's machine."""

    about: str
    wrong: str
    remedy: str

    def __str__(self):
        return f"{self.about}: {self.wrong}. {self.remedy}."


class Row(NamedTuple):
    """One row of occupancy with what its resource is."""

    appointment: int | None
    hold: int | None
    resource: int
    minutes: Interval
    overbooked: bool


class Thing(NamedTuple):
    """What is known of a resource."""

    name: str
    clinician: int | None
    location: int | None
    capabilities: frozenset[int]


def findings(*, now: dt.datetime, progress: Progress = lambda checked: None) -> Iterator[Finding]:
    """Yield everything that does not add up. `progress` hears how many appointments were compared so far."""
    yield from _guard()
    yield from _overlaps()
    things = _things()
    yield from _holds(things)
    needs = _needs()
    checked = 0
    for rows in _slices(Appointment.objects.order_by("pk")):
        yield from _slice(rows, things, needs, now=now)
        checked += len(rows)
        progress(checked)


def _guard() -> Iterator[Finding]:
    for name in missing_guards(connection, Occupancy):
        remedy = "Two visits may now take one time: stop booking, add the constraint of Occupancy again by a migration"
        yield Finding(name, "the database's own guard against overlaps is missing", remedy)


def _overlaps() -> Iterator[Finding]:
    """Each row that starts before an earlier one of its resource has ended: one pass, however long the diary."""
    earlier = Window(Max("end"), partition_by="resource", order_by=["start", "pk"], frame=RowRange(end=-1))
    rows = Occupancy.objects.filter(overbooked=False).annotate(busy_until=earlier).filter(busy_until__gt=F("start"))
    for row in rows.select_related("resource", "appointment", "hold__location").order_by("resource", "start"):
        who = row.appointment.reference if row.appointment else f"hold {row.hold_id}"
        yield Finding(who, f"{row.resource} was already taken at {_at(row.start)}", "Move one of the two visits")


def _things() -> dict[int, Thing]:
    skills = defaultdict(set)
    for resource, capability in Resource.capabilities.through.objects.values_list("resource_id", "capability_id"):
        skills[resource].add(capability)
    rows = Resource.objects.values_list("pk", "name", "clinician_id", "location_id")
    return {pk: Thing(name, clinician, location, frozenset(skills[pk])) for pk, name, clinician, location in rows}


def _needs() -> dict[int, list[tuple[int, str]]]:
    """Return by treatment each capability it needs besides the clinician, with its name."""
    needs = defaultdict(list)
    rows = Need.objects.exclude(capability__slug=Capability.CLINICIAN).order_by("pk")
    for treatment, capability, name in rows.values_list("treatment_id", "capability_id", "capability__name"):
        needs[treatment].append((capability, name))
    return needs


def _holds(things: dict[int, Thing]) -> Iterator[Finding]:
    remedy = "It ends by itself within minutes; if it does not, delete the hold"
    for holds in _slices(Hold.objects.order_by("pk")):
        rows = _rows_of(Occupancy.objects.filter(hold__gte=holds[0].pk, hold__lte=holds[-1].pk), "hold")
        for hold in holds:
            for wrong in _wrong_with_time(hold, rows[hold.pk], things):
                yield Finding(f"hold {hold.pk}", wrong, remedy)


# --- Appointments ----------------------------------------------------------------------------------------------------


def _slice(rows: list[Appointment], things, needs, *, now: dt.datetime) -> Iterator[Finding]:
    span = {"appointment__gte": rows[0].pk, "appointment__lte": rows[-1].pk}
    taken = _rows_of(Occupancy.objects.filter(**span), "appointment")
    events = _last_events(AppointmentEvent.objects.filter(**span))
    for row in rows:
        yield from _time(row, taken[row.pk], things)
        yield from _history(row, events.get(row.pk))
        if row.start > now and row.keeps_time:
            yield from _rooms(row, taken[row.pk], things, needs)
    yield from _messages(rows, span, now=now)


def _time(row: Appointment, taken: list[Row], things: dict[int, Thing]) -> Iterator[Finding]:
    if not row.keeps_time:
        if taken:
            yield Finding(row.reference, f"it is {row.status}, but still takes time", "Delete its rows of occupancy")
        return
    for wrong in _wrong_with_time(row, taken, things):
        yield Finding(row.reference, wrong, "Move it to the time where it belongs")
    for each in taken:
        if each.overbooked and things[each.resource].clinician is None:
            yield Finding(
                row.reference,
                f"{things[each.resource].name} is overbooked, and no room ever is",
                "Move one of the two visits",
            )


def _wrong_with_time(row: Appointment | Hold, taken: list[Row], things: dict[int, Thing]) -> Iterator[str]:
    """Its clinician is taken for all of it; nobody else is; every room is taken for all of it, and stands at its place."""
    visit = Interval(to_minute(row.start), to_minute(row.end))
    if row.clinician_id not in {things[each.resource].clinician for each in taken}:
        yield "its clinician is not taken at its time"
    for each in taken:
        thing = things[each.resource]
        if not each.minutes.contains(visit):
            yield f"{thing.name} is taken from {_at(each.minutes.start)} to {_at(each.minutes.end)}, which is not its time"
        if thing.clinician not in (None, row.clinician_id):
            yield f"it takes the time of {thing.name}, who is not its clinician"
        if thing.location not in (None, row.location_id):
            yield f"it takes {thing.name}, which is at another place"


def _rooms(row: Appointment, taken: list[Row], things: dict[int, Thing], needs) -> Iterator[Finding]:
    """What the treatment needs today; what a past visit needed nobody can tell any more."""
    skills = frozenset().union(*(things[each.resource].capabilities for each in taken))
    for capability, name in needs[row.treatment_id]:
        if capability not in skills:
            yield Finding(
                row.reference,
                f"nothing is kept for it that is a {name}",
                "Move it to its own time: that takes what is needed today",
            )


def _history(row: Appointment, event: tuple[str, int] | None) -> Iterator[Finding]:
    if event is None:
        yield Finding(row.reference, "nothing is written of how it was made", "Ask who wrote it past the diary's verbs")
    elif event != (row.status, row.revision):
        said, revision = event
        wrong = f"it is {row.status} in revision {row.revision}, but its last event says {said} in revision {revision}"
        yield Finding(row.reference, wrong, "Ask who changed it past the diary's verbs")


def _messages(rows: list[Appointment], span: dict, *, now: dt.datetime) -> Iterator[Finding]:
    stale = Message.objects.unsent().filter(**span, revision__lt=F("appointment__revision"))
    for reference, intent in stale.order_by("pk").values_list("appointment__reference", "intent"):
        yield Finding(
            reference, f"the message {intent} is out of date and would still be sent", "Set its state to void"
        )
    reminded = set(
        Message.objects.filter(**span, kind=Message.Kind.REMINDER, revision=F("appointment__revision")).values_list(
            "appointment", flat=True
        )
    )
    told = [row for row in rows if row.status == Status.BOOKED and row.held_since is None]  # imports are held at first
    ahead = [row.pk for row in told if row.start > now and row.pk not in reminded]
    missing = Appointment.objects.filter(pk__in=ahead).select_related("patient", "location", "treatment").order_by("pk")
    plan = Plan() if ahead else None
    for row in missing if plan else ():
        ways = channels(row.patient, Kind.REMINDER)
        due = reminders_of(row, plan.steps(row.treatment), now=now)
        if any(each.step.goes_by(way) for each in due for way in ways):
            yield Finding(
                row.reference,
                "nobody will be reminded of it",
                "The next tick of the worker writes it; is the worker running?",
            )


# --- Reading ---------------------------------------------------------------------------------------------------------


def _slices(rows: QuerySet) -> Iterator[list]:
    """Yield the rows by slices in order of pk; each is one statement on the primary key."""
    last = 0
    while found := list(rows.filter(pk__gt=last)[:SLICE]):
        yield found
        last = found[-1].pk


def _rows_of(rows: QuerySet, owner: str) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    columns = ("appointment_id", "hold_id", "resource_id", "start", "end", "overbooked")
    for appointment, hold, resource, start, end, overbooked in rows.order_by("pk").values_list(*columns):
        row = Row(appointment, hold, resource, Interval(start, end), overbooked)
        found[getattr(row, owner)].append(row)
    return found


def _last_events(rows: QuerySet) -> dict[int, tuple[str, int]]:
    """Return (status after, revision) of the last event by appointment."""
    columns = rows.order_by("appointment", "pk").values_list("appointment_id", "status_after", "revision")
    return {pk: (status, revision) for pk, status, revision in columns}


def _at(minute: int) -> str:
    return f"{from_minute(minute):%Y-%m-%d %H:%M} UTC"
