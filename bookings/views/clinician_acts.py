"""What a clinician may do with a visit now: its one main deed, and what can be taken back."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from bookings import scheduling
from bookings.models import Appointment, AppointmentEvent
from bookings.models.appointments import FREES_THE_TIME, Status

# The steps that are a clinician's: begun, done, missed. The ones before are the desk's to take back.
OWN_STEPS = (Status.WITH_CLINICIAN, Status.DONE, Status.MISSED)


class Acts(NamedTuple):
    """`main` is "start", "arrive" (is here, start), "finish" or "" for none."""

    main: str
    may_miss: bool
    may_undo: bool
    may_change: bool  # what is written about the visit: where it is, its readiness


def acts_of(visit: Appointment, *, now: dt.datetime) -> Acts:
    """Return what can be done with a visit. No statement, when its treatment and location are there."""
    return Acts(
        main=_main(visit, now=now),
        may_miss=visit.status == Status.BOOKED and visit.start <= now,
        may_undo=may_take_back(visit, now=now),
        may_change=visit.status not in (Status.DONE, *FREES_THE_TIME),
    )


def _main(visit: Appointment, *, now: dt.datetime) -> str:
    if visit.status == Status.BOOKED:
        return "arrive" if visit.local_start.date() == now.astimezone(visit.location.zone).date() else ""
    if visit.status in scheduling.MOVES["start"].before:
        return "start"
    return "finish" if visit.status in scheduling.MOVES["finish"].before else ""


def may_take_back(visit: Appointment, *, now: dt.datetime) -> bool:
    """Whether the last step of the visit's course is the clinician's to take back, on the day it was done."""
    return visit.status in OWN_STEPS and scheduling.may_undo(visit, now=now)


def takes_arrival_back(events: Sequence[AppointmentEvent]) -> bool:
    """Whether the visit began by one press that also said its patient is here: one press takes both back."""
    steps = [event for event in events if event.verb != "amend"][-2:]
    if [event.verb for event in steps] != ["check_in", "start"]:
        return False
    arrived, started = steps
    return arrived.user_id is not None and (arrived.at, arrived.user_id) == (started.at, started.user_id)
