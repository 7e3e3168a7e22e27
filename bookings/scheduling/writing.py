"""How a change is written: the row by compare-and-set, its event, its messages."""

import datetime as dt
from typing import Any

from django.db import connection
from django.db.models import F

from bookings import outbox
from bookings.models import Appointment, AppointmentEvent, Occupancy
from bookings.models.appointments import Status
from bookings.scheduling.parties import By
from bookings.scheduling.refusals import Changed


def lock_appointment(appointment: Appointment, *, version: int | None) -> Appointment:
    """Return the row as it is now, locked until the transaction ends. Raises Changed when `version` is not its version."""
    rows = Appointment.objects.select_related("treatment", "clinician", "location", "patient")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(no_key=True, of=("self",))
    current = rows.get(pk=appointment.pk)
    if version is not None and current.version != version:
        raise Changed
    return current


def change(current: Appointment, *, new_revision: bool, **values: Any) -> Appointment:
    """Write the values if the row is still the one that was read; `revision` and `version` rise. Returns it fresh."""
    rows = Appointment.objects.filter(pk=current.pk, version=current.version)
    raised = {"version": F("version") + 1} | ({"revision": F("revision") + 1} if new_revision else {})
    if rows.compare_and_set(**values, **raised) != 1:
        raise Changed
    current.refresh_from_db()
    return current


def record(appointment: Appointment, verb: str, *, by: By, now: dt.datetime, before: str = "", **detail: Any) -> None:
    """Append what happened, when, and who did it."""
    AppointmentEvent.objects.create(
        appointment=appointment,
        verb=verb,
        at=now,
        actor=by.actor,
        user=by.user,
        status_before=before,
        status_after=appointment.status,
        revision=appointment.revision,
        detail=detail,
    )


def free(appointment: Appointment) -> None:
    """Let the appointment's resources go."""
    Occupancy.objects.filter(appointment=appointment).delete()


def tell(appointment: Appointment, kind: str | None, *, now: dt.datetime, notify: bool = True) -> None:
    """Void what is out of date, write what the patient must hear, and remind of what is booked."""
    outbox.void_unsent(appointment, now=now)
    if notify and kind and outbox.intend(appointment, kind, now=now):
        outbox.nudge_on_commit()
    if appointment.status == Status.BOOKED:
        outbox.intend_reminders(appointment, now=now)
