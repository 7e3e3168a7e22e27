"""Running late: said once, told to those it concerns."""

import datetime as dt
from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from bookings import outbox
from bookings.models import Appointment, Delay, DeskNote, Message, Resource
from bookings.models.appointments import Status
from bookings.scheduling.parties import By
from bookings.scheduling.refusals import NotAllowed, diary_transaction
from treatments.models import Clinician, Location

# Whoever comes later than this has time to hear of it again.
REACH = dt.timedelta(hours=3)
MOST_MINUTES = 240
# The same said again within this time is a second press of the same hand.
SAME_PRESS = dt.timedelta(minutes=2)


class Lateness(NamedTuple):
    """What was said, the visits whose patients get a message, and those nobody can reach in writing."""

    delay: Delay
    told: list[Appointment]
    not_told: list[Appointment]


def late_audience(clinician: Clinician, location: Location, *, now: dt.datetime) -> list[Appointment]:
    """Return the visits of the next hours whose patients are still to come, in order of start."""
    ahead = Appointment.objects.filter(clinician=clinician, location=location, status=Status.BOOKED)
    ahead = ahead.starting_in(now, now + REACH).select_related("patient", "treatment", "clinician", "location")
    today = now.astimezone(location.zone).date()
    return [visit for visit in ahead.order_by("start", "pk") if visit.local_start.date() == today]


def delays_of(location: Location, date: dt.date) -> dict[int, int]:
    """Return how many minutes late each clinician (pk) runs there on a local date; on time is left out."""
    return Delay.of_day(location, date)


def run_late(
    clinician: Clinician, location: Location, minutes: int, *, by: By, now: dt.datetime, notify: bool = True
) -> Lateness:
    """Say that a clinician runs late today, or with 0 that they are on time again. What was not yet sent before is withdrawn.

    The visits keep their times. Raises NotAllowed for anything but 0 to 240 minutes.
    """
    if not 0 <= minutes <= MOST_MINUTES:
        raise NotAllowed(_("Say how late in minutes, from 0 to %(most)s.") % {"most": MOST_MINUTES})
    with diary_transaction():
        _lock(clinician)
        delay = Delay.objects.create(clinician=clinician, location=location, minutes=minutes, at=now, user=by.user)
        visits = late_audience(clinician, location, now=now)
        outbox.void_delays(visits)
        told = [visit for visit in visits if notify and minutes and _tell(visit, delay, now=now)]
    return Lateness(delay, told, [visit for visit in visits if minutes and visit not in told])


def run_late_once(
    clinician: Clinician, location: Location, minutes: int, *, by: By, now: dt.datetime, notify: bool
) -> Lateness | None:
    """Say it as `run_late` does, unless just this was said a moment ago: then nothing happens, and None is returned."""
    with diary_transaction():
        _lock(clinician)
        if _was_just_said(clinician, location, minutes, notify=notify, now=now):
            return None
        return run_late(clinician, location, minutes, by=by, now=now, notify=notify)


def _was_just_said(clinician: Clinician, location: Location, minutes: int, *, notify: bool, now: dt.datetime) -> bool:
    """Whether this is what was said last, to the same people: saying it anew with or without telling them is something else."""
    newest = Delay.said_on(location, now.astimezone(location.zone).date()).filter(clinician=clinician).first()
    if newest is None or newest.minutes != minutes or now - newest.at >= SAME_PRESS:
        return False
    letters = Message.objects.filter(kind=Message.Kind.DELAYED, intent__contains=f"/{_step(newest)}/")
    was_heard = letters.exists() or DeskNote.objects.filter(form_token=phoning_token(newest)).exists()
    return was_heard == bool(minutes and notify and late_audience(clinician, location, now=now))


def phoning_token(delay: Delay) -> str:
    """Return the token of the note that asks the desk to phone whom nobody can write to."""
    return f"late-{delay.pk}"


def _step(delay: Delay) -> str:
    return f"late{delay.pk}"


def _lock(clinician: Clinician) -> None:
    """Two who say it at the same instant wait for each other: the second one withdraws what the first one wrote."""
    if connection.features.has_select_for_update:
        rows = Resource.objects.filter(clinician=clinician).select_for_update(no_key=True, of=("self",))
        list(rows.values_list("pk", flat=True))


def _tell(visit: Appointment, delay: Delay, *, now: dt.datetime) -> bool:
    due = outbox.notice_due(now)
    return bool(outbox.intend(visit, Message.Kind.DELAYED, now=now, due=due, step=_step(delay)))
