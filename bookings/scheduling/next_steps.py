"""What comes after a visit, as its clinician says: work for the desk, and an invitation for the patient."""

import datetime as dt
from typing import NamedTuple

from django.utils.translation import gettext as _

from bookings import outbox
from bookings.models import Appointment, NextStep
from bookings.models.next_steps import MOST_WEEKS
from bookings.scheduling.parties import By
from bookings.scheduling.refusals import NotAllowed
from treatments.models import Treatment
from treatments.templatetags.hours import short_moment


class Next(NamedTuple):
    """What is wanted, and in how many weeks (0: as soon as can be). A follow-up needs no treatment, a discharge neither."""

    kind: str
    weeks: int | None = None
    treatment: Treatment | None = None


def write_next(current: Appointment, wanted: Next, *, by: By, now: dt.datetime) -> NextStep:
    """Write down what comes after a visit that is done, and invite the patient where they can book it themselves."""
    made = {"appointment": current, "kind": wanted.kind, "created_at": now, "user": by.user}
    if wanted.kind == NextStep.Kind.DISCHARGE:
        return NextStep.objects.create(**made)
    treatment, weeks = _treatment(wanted), wanted.weeks
    if treatment is None:
        raise NotAllowed(_("Choose what the patient should come for."))
    if weeks is None or not 0 <= weeks <= MOST_WEEKS:
        raise NotAllowed(_("Say in how many weeks, from 0 to %(most)s.") % {"most": MOST_WEEKS})
    due_on = now.astimezone(current.location.zone).date() + dt.timedelta(weeks=weeks)
    wish = NextStep.objects.create(**made, treatment=treatment, weeks=weeks, due_on=due_on)
    outbox.invite(wish, now=now)
    return wish


class NextBooked(NotAllowed):
    """What a clinician wanted next has its time already, or is not wanted any more: somebody else was quicker."""


def refuse_settled(wish: NextStep) -> None:
    """Raise NextBooked unless the next visit is still to be booked. Under the lock of the patient: it is booked once."""
    if NextStep.objects.open().filter(pk=wish.pk).exists():
        return
    visit = wish.visit()
    if visit is None:
        raise NextBooked(_("This next visit is not waited for any more."))
    raise NextBooked(_("This next visit has its time already: %(when)s.") % {"when": short_moment(visit.local_start)})


def withdraw_next(current: Appointment, *, now: dt.datetime) -> None:
    """Take back what was to come after a visit whose end is taken back."""
    NextStep.objects.filter(appointment=current, withdrawn_at=None).update(withdrawn_at=now)


def _treatment(wanted: Next) -> Treatment | None:
    if wanted.kind == NextStep.Kind.FOLLOW_UP:
        return wanted.treatment or Treatment.objects.active().filter(role=Treatment.Role.FOLLOW_UP).first()
    return wanted.treatment if wanted.treatment is not None and wanted.treatment.active else None
