"""Visits for tests of what comes after the booking."""

import datetime as dt

from django.utils import timezone

from bookings import scheduling
from bookings.models import Message
from tests import cast


def book(clinic, patient=None, date="2026-03-04", time="10:00", *, now=cast.NOW, by=None, notify=True):
    """Book a consultation for Ada or whoever is named: by default on Wednesday at 10:00, seen from Monday at 8:00."""
    return scheduling.book(
        scheduling.Slot(clinic.consultation, cast.at(date, time), clinic.house),
        patient=patient or clinic.ada,
        by=by or scheduling.By.patient(),
        now=now,
        source="web",
        notify=notify,
    )


def repeat_confirmation(visit, times):
    """Write that many more confirmations of a visit, all due since `cast.NOW`."""
    values = {"kind": "confirmation", "channel": "email", "appointment": visit, "patient_id": visit.patient_id}
    when = {"created_at": cast.NOW, "due_at": cast.NOW, "useful_until": visit.start}
    Message.objects.bulk_create(Message(intent=f"copy {number}", **values, **when) for number in range(times))


def wednesday(weeks):
    """Return the Wednesday of a week, 0 being this one: what runs in a browser or a process goes by today's clock."""
    today = timezone.now().date()
    return str(today + dt.timedelta(days=7 * weeks + 2 - today.weekday()))


def seen_last_week(clinic, treatment, *, kind, weeks):
    """See Ada on last week's Wednesday at 10:00; her clinician wants that treatment in so many weeks from then."""
    start, by = cast.at(wednesday(-1), "10:00"), scheduling.By.system()
    slot = scheduling.Slot(treatment, start, clinic.house)
    visit = scheduling.book(slot, patient=clinic.ada, by=by, now=start - dt.timedelta(days=7), source="web")
    for verb in (scheduling.check_in, scheduling.start):
        visit = verb(visit, by=by, now=start)
    return scheduling.finish(visit, by=by, now=start, then=scheduling.Next(kind, weeks, treatment))
