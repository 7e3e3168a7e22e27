"""Imported visits: nothing is written of them until the clinic says so, and then only what still lies ahead.

Their patients were told by the system before, so that no confirmation is made up; and a clinic that moves in on a
Sunday writes to nobody before Monday's reminders are due.
"""

import datetime as dt
from collections.abc import Iterable, Iterator

from django.db import connection, transaction
from django.db.models import QuerySet

from bookings.models import Appointment, Message
from bookings.models.appointments import Status
from bookings.outbox.hours import days_before
from bookings.outbox.intents import AT_ONCE, Kind, channels, row_of
from bookings.outbox.plan import Plan, first_steps, reminders_of, useful_until

AT_ONE_TIME = 500


def count_held(appointments: QuerySet[Appointment]) -> int:
    """Return how many of these visits are held."""
    return appointments.exclude(held_since=None).count()


def release_visits(appointments: QuerySet[Appointment], *, now: dt.datetime) -> Iterator[tuple[int, int]]:
    """Let these held visits be spoken of: write the reminders and preparations whose own time lies ahead.

    Yields (visits, rows) after each of its transactions. Interrupted and asked again, it goes on where it stopped.
    """
    held = appointments.exclude(held_since=None).order_by("pk")
    while chosen := list(held.values_list("pk", flat=True)[:AT_ONE_TIME]):
        with transaction.atomic():
            visits = _lock(chosen)
            rows = [row for visit in _told(visits, now=now) for row in visit]
            Message.objects.bulk_create(rows)
            Appointment.objects.filter(pk__in=[visit.pk for visit in visits]).update(held_since=None)
        yield len(visits), len(rows)


def _lock(chosen: list[int]) -> list[Appointment]:
    """Return those that are held still, locked: a verb that changes one of them waits, and then sees it released."""
    rows = Appointment.objects.filter(pk__in=chosen).exclude(held_since=None).order_by("pk")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(no_key=True, of=("self",))
    return list(rows.select_related("patient", "treatment", "location"))


def _told(visits: Iterable[Appointment], *, now: dt.datetime) -> Iterator[list[Message]]:
    plan, first = Plan(), first_steps()
    for visit in visits:
        if visit.status == Status.BOOKED and visit.start > now:
            ways = channels(visit.patient, Kind.REMINDER)
            yield _reminders(visit, plan, ways, now=now) + _preparation(visit, first, ways, now=now)


def _reminders(visit: Appointment, plan: Plan, ways: list, *, now: dt.datetime) -> list[Message]:
    rows = []
    for step, due, until in reminders_of(visit, plan.steps(visit.treatment), now=now):
        kept = {"now": now, "due": due, "until": until}
        rows += [row_of(visit, Kind.REMINDER, step.name, way, **kept) for way in ways if step.goes_by(way)]
    return [row for row in rows if row.useful_until is None or row.due_at < row.useful_until]


def _preparation(visit: Appointment, first: dict[int, int], ways: list, *, now: dt.datetime) -> list[Message]:
    """Tell how to prepare on the day it is due; where that day is over, the reminders' link says it."""
    if visit.treatment_id not in first:
        return []
    due = days_before(visit, first[visit.treatment_id] + 1)
    if due <= now:
        return []
    until = useful_until(Kind.PREPARATION, visit, now=now, due=due)
    return [row_of(visit, Kind.PREPARATION, AT_ONCE, way, now=now, due=due, until=until) for way in ways]
