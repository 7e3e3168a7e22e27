"""Preparing for a visit: the steps of its treatment, each with its date, and which of them are done."""

import datetime as dt
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bookings.models import Appointment, PreparationDone
from bookings.models.appointments import Status
from treatments.models import PreparationStep

# A prepared visit is one that still lies ahead.
AHEAD = (Status.REQUESTED, Status.BOOKED)


class NotOfVisit(Exception):
    """A step that cannot be ticked off for this visit. `message` may be shown to anybody; nothing was written."""

    message = _("That is not a step of this visit.")

    def __init__(self, message=None):
        if message is not None:
            self.message = message
        super().__init__(str(self.message))


class Step(NamedTuple):
    """One thing to do. `due` is a local date of the place, never after the visit's own.

    `done_at` is None while it is to be done; `done_by` is the member of staff who ticked it off, None for the patient.
    """

    step: PreparationStep
    due: dt.date
    done_at: dt.datetime | None
    done_by: str | None

    @property
    def is_done(self) -> bool:
        return self.done_at is not None


def steps_of(appointment: Appointment) -> list[Step]:
    """Return what is to be done before this visit, the earliest first. Two statements, fewer when prefetched.

    Prefetch `treatment__preparation_steps` and `preparation_done__user` to show many visits.
    """
    ticks = {tick.step_id: tick for tick in _ticks(appointment)}
    date = appointment.local_start.date()
    return [_step(step, date, ticks.get(step.pk)) for step in appointment.treatment.preparation_steps.all()]


def can_prepare(appointment: Appointment, *, now: dt.datetime) -> bool:
    """Whether there is still something to prepare for: the visit is ahead and stands."""
    return appointment.status in AHEAD and now < appointment.start


def tick(appointment: Appointment, step_pk: int, *, done: bool, user=None, now: dt.datetime) -> None:
    """Tick a step off, or take the tick back; a second time changes nothing, and keeps who did it first.

    `user`: the member of staff who does it, None for the patient. Raises NotOfVisit for a step of another treatment and for
    a visit that is over or cancelled.
    """
    if not can_prepare(appointment, now=now):
        raise NotOfVisit(_("This visit is over or canceled, so there is nothing to prepare."))
    if not appointment.treatment.preparation_steps.filter(pk=step_pk).exists():
        raise NotOfVisit
    with transaction.atomic():
        if done:
            told = {"at": now, "user": user}
            PreparationDone.objects.get_or_create(appointment=appointment, step_id=step_pk, defaults=told)
        else:
            PreparationDone.objects.filter(appointment=appointment, step_id=step_pk).delete()


def _ticks(appointment: Appointment):
    """Return the ticks with who made them, from the prefetched rows where there are some."""
    rows = appointment.preparation_done
    fetched = "preparation_done" in getattr(appointment, "_prefetched_objects_cache", {})
    return rows.all() if fetched else rows.select_related("user")


def _step(step: PreparationStep, date: dt.date, tick: PreparationDone | None) -> Step:
    due = date - dt.timedelta(days=step.days_before)
    if tick is None:
        return Step(step, due, None, None)
    return Step(step, due, tick.at, str(tick.user) if tick.user else None)
