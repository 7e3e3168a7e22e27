"""The plan: which reminders a visit has and when, and when what follows or precedes it by itself is due."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Max

from bookings.intervals import from_minute, wall_minute
from bookings.models import Appointment, Message, NextStep, ReminderStep
from bookings.outbox.hours import day_after, days_before, decent
from treatments.models import PreparationStep, Treatment

Way = ReminderStep.Way
# A reminder that comes later than this before the visit helps nobody.
REMINDER_USEFUL_BEFORE = dt.timedelta(hours=2)
# Whoever has just booked is not reminded within hours of it; the last reminder before the visit goes all the same.
JUST_BOOKED = dt.timedelta(hours=12)
PREPARE_USEFUL_BEFORE = dt.timedelta(hours=4)
# Somebody who is only late has been found by then, and a slip of the desk undone.
MISSED_AFTER = dt.timedelta(minutes=15)
MISSED_USEFUL = dt.timedelta(days=7)
AFTERCARE_AT = 10 * 60
AFTERCARE_USEFUL = dt.timedelta(days=1)
LINK_USEFUL = dt.timedelta(days=1)
# At the counter the next visit is often booked before the patient has left: the invitation waits that long.
INVITED_AFTER = dt.timedelta(minutes=45)
INVITED_AT = 10 * 60
INVITATION_USEFUL = dt.timedelta(days=14)


class Step(NamedTuple):
    """A reminder: so many local days before the visit, by which way."""

    days: int
    way: str = Way.ANY

    @property
    def name(self) -> str:
        """How an intent names it: `2d`."""
        return f"{self.days}d"

    def goes_by(self, channel: str) -> bool:
        return self.way in (Way.ANY, channel)


# Until somebody edits the plan: procedures need more notice, for drivers and medicines.
PROCEDURES = [Step(7), Step(2), Step(1)]
OTHERS = [Step(2), Step(1)]


def default_steps(treatment: Treatment) -> list[Step]:
    """Return the reminders of a treatment in a clinic that never edited its plan."""
    return PROCEDURES if treatment.role == Treatment.Role.PROCEDURE else OTHERS


class Plan:
    """The plan as it is now: one statement, for any number of treatments."""

    def __init__(self):
        self._steps: dict[int | None, list[Step]] = {}
        rows = ReminderStep.objects.order_by("-days_before").values_list("treatment_id", "days_before", "way", "active")
        for treatment, days, way, active in rows:
            own = self._steps.setdefault(treatment, [])
            if active:
                own.append(Step(days, way))

    def steps(self, treatment: Treatment) -> list[Step]:
        """Return its own steps, else the clinic's, else the default: the earliest first."""
        return self._steps.get(treatment.pk, self._steps.get(None, default_steps(treatment)))


def steps_for(treatment: Treatment) -> list[Step]:
    """Return the reminders of a treatment, the earliest first."""
    return Plan().steps(treatment)


class Reminder(NamedTuple):
    """A step of one visit; of use until the next step says the same."""

    step: Step
    due: dt.datetime
    useful_until: dt.datetime


def reminders_of(appointment: Appointment, steps: Iterable[Step], *, now: dt.datetime) -> list[Reminder]:
    """Return the reminders that are still to come at `now`, the earliest first."""
    dated = [(step, days_before(appointment, step.days)) for step in steps]
    if not dated:
        return []
    ends = [due for _step, due in dated[1:]] + [appointment.start - REMINDER_USEFUL_BEFORE]
    found = [Reminder(step, due, end) for (step, due), end in zip(dated, ends, strict=True)]
    last = found[-1]
    return [each for each in found if each.due > (now if each is last else now + JUST_BOOKED)]


def first_steps(**chosen) -> dict[int, int]:
    """Return by treatment (pk) how many days before a visit its preparation begins; treatments without one are left out."""
    begin = PreparationStep.objects.filter(**chosen).order_by().values("treatment").annotate(first=Max("days_before"))
    return dict(begin.values_list("treatment", "first"))


def preparation_due(appointment: Appointment, first: int, *, now: dt.datetime) -> dt.datetime:
    """Return when to tell of a preparation that begins `first` days before the visit: the day before that."""
    # Booked late, it follows the confirmation, not in the same minute.
    soon = decent(now + dt.timedelta(hours=1), appointment.location.zone)
    return max(days_before(appointment, first + 1), soon)


def due_of(kind: str, appointment: Appointment, *, now: dt.datetime) -> dt.datetime:
    """Return when a message of this kind is due that follows what happened at `now`."""
    if kind == Message.Kind.MISSED:
        return decent(now + MISSED_AFTER, appointment.location.zone)
    if kind == Message.Kind.AFTERCARE:
        return day_after(appointment, AFTERCARE_AT)
    return now


def invitation_due(wish: NextStep, *, now: dt.datetime) -> dt.datetime:
    """Return when to invite: soon, or once the wanted date can be booked."""
    assert wish.due_on is not None  # noqa: S101  a discharge invites nobody
    assert wish.treatment is not None  # noqa: S101
    zone = wish.appointment.location.zone
    bookable = wish.due_on - dt.timedelta(days=wish.treatment.horizon_days)
    opens = from_minute(wall_minute(bookable, INVITED_AT, zone))
    return decent(max(now + INVITED_AFTER, opens), zone)


def useful_until(kind: str, appointment: Appointment, *, now: dt.datetime, due: dt.datetime) -> dt.datetime:
    """Return from when on a message of this kind would help nobody any more."""
    lives = {
        Message.Kind.MISSED: due + MISSED_USEFUL,
        Message.Kind.AFTERCARE: due + AFTERCARE_USEFUL,
        Message.Kind.INVITATION: due + INVITATION_USEFUL,
        Message.Kind.LINK: now + LINK_USEFUL,
        Message.Kind.PREPARATION: appointment.start - PREPARE_USEFUL_BEFORE,
    }
    return lives.get(Message.Kind(kind), appointment.start)
