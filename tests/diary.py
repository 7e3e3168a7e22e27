"""Rows of the diary written directly, for tests of the database and of reading. Everything else goes through `scheduling`."""

import datetime as dt
import itertools

from django.db.models import QuerySet

from bookings.intervals import from_minute
from bookings.models import Appointment, Hold, Occupancy

_numbers = itertools.count(1)


def put_hold(
    clinic, start: int, end: int, *, expires_at: dt.datetime, session_key: str = "", treatment=None, clinician=None
) -> Hold:
    """Write a hold of [start, end), minutes since the epoch, without occupancy."""
    return Hold.objects.create(
        session_key=session_key or f"session-{next(_numbers)}",
        treatment=treatment or clinic.consultation,
        clinician=clinician or clinic.ortiz,
        location=clinic.house,
        start=from_minute(start),
        end=from_minute(end),
        created_at=expires_at - dt.timedelta(minutes=10),
        expires_at=expires_at,
    )


def put_appointment(
    clinic, start: int, end: int, *, patient=None, treatment=None, clinician=None, **fields
) -> Appointment:
    """Write an appointment of [start, end), minutes since the epoch, without occupancy, event or message."""
    begins = from_minute(start)
    return Appointment.objects.create(
        patient=patient or clinic.ada,
        treatment=treatment or clinic.consultation,
        clinician=clinician or clinic.ortiz,
        location=clinic.house,
        start=begins,
        end=from_minute(end),
        arrive_at=begins,
        status_at=begins,
        created_at=begins,
        **fields,
    )


def take(resource, start: int, end: int, *, overbooked: bool = False, **owner) -> Occupancy:
    """Write one row of occupancy for `appointment=` or `hold=`."""
    return Occupancy.objects.create(resource=resource, start=start, end=end, overbooked=overbooked, **owner)


def past_the_verbs(model) -> QuerySet:
    """Return rows of a model as if nothing in Python guarded them: what is left is the database's own word."""
    return QuerySet(model)
