"""What the desk has chosen for the visits of a time off, carried out one after another. A refusal stops nothing."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import NamedTuple

from django.utils.translation import gettext as _

from bookings import scheduling
from bookings.availability import FreeTime
from bookings.desk.rescheduling import CANCEL, KEEP
from bookings.intervals import from_minute
from bookings.models import Appointment, Resource, TimeOff
from bookings.scheduling.closures import to_settle
from treatments.models import Clinician, Location

MOVED, CANCELED, REFUSED = "moved", "canceled", "refused"
MOVE = re.compile(r"move:(\d{1,9}):(\d{1,9}):(\d{1,9})", re.ASCII)
NUMBER = re.compile(r"\d{1,9}", re.ASCII)
STALE = -1  # no appointment has this version


class Outcome(NamedTuple):
    """What became of a visit (pk). `words`: why it was refused."""

    pk: int
    what: str
    words: str = ""


def value_of(time: FreeTime) -> str:
    """Return what a choice of this time posts: the minute since the epoch, place and clinician."""
    return f"move:{time.start_minute}:{time.location.pk}:{time.clinician.pk}"


def settle(off: TimeOff, posted: Mapping[str, str], *, by: scheduling.By, now: dt.datetime) -> list[Outcome]:
    """Move and cancel as posted (`do-<pk>`, `version-<pk>`, `notify`), each in its own transaction.

    A visit that does not fall into the time off, such as one moved a moment ago, is left alone without a word.
    """
    wanted = {visit: posted.get(f"do-{visit.pk}", KEEP) for visit in to_settle(off, now=now)}
    targets = _targets(list(wanted.values()))
    outcomes = []
    for visit, choice in wanted.items():
        if choice != KEEP:
            asked = {"by": by, "now": now, "notify": "notify" in posted, "version": _version(posted, visit)}
            outcomes.append(_settle_one(off, visit, choice, targets, asked))
    return outcomes


def _settle_one(off: TimeOff, visit: Appointment, choice: str, targets: dict, asked: dict) -> Outcome:
    try:
        if choice == CANCEL:
            scheduling.cancel(visit, reason=reason_of(off), **asked)
            return Outcome(visit.pk, CANCELED)
        scheduling.move(visit, _slot(visit, choice, targets), **asked)
    except scheduling.Refused as refusal:
        return Outcome(visit.pk, REFUSED, str(refusal.message))
    return Outcome(visit.pk, MOVED)


def reason_of(off: TimeOff) -> str:
    """Return why a visit is canceled: a person is away, or a place, a room or a device is closed."""
    people = (Resource.Kind.CLINICIAN, Resource.Kind.STAFF)
    return "clinician_away" if off.resource and off.resource.kind in people else "closed"


def _slot(visit: Appointment, choice: str, targets: dict) -> scheduling.Slot:
    minute, place, clinician = targets.get(choice, (None, None, None))
    if place is None or clinician is None:
        raise scheduling.NotOffered(_("Choose one of the times offered."))
    return scheduling.Slot(visit.treatment, from_minute(minute), place, clinician)


def _targets(choices: list[str]) -> dict[str, tuple[int, Location | None, Clinician | None]]:
    """Read the times chosen: two statements for all of them."""
    found = {choice: tuple(map(int, match.groups())) for choice in choices if (match := MOVE.fullmatch(choice))}
    places = Location.objects.in_bulk({place for _minute, place, _clinician in found.values()})
    people = Clinician.objects.in_bulk({clinician for _minute, _place, clinician in found.values()})
    return {
        choice: (minute, places.get(place), people.get(person)) for choice, (minute, place, person) in found.items()
    }


def _version(posted: Mapping[str, str], visit: Appointment) -> int:
    typed = posted.get(f"version-{visit.pk}", "")
    return int(typed) if NUMBER.fullmatch(typed) else STALE
