"""The clinic's rules about messages: what follows from a change of a visit, until when it may arrive, and what must.

A rule looks at one change and says what follows from it; a new kind of message is one more function in RULES. Written from the
rules as people state them; nothing of the outbox is asked.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.soak.ledger import Change, Span, Visit

EIGHT, TWENTY = dt.time(8), dt.time(20)
JUST_BOOKED = dt.timedelta(hours=12)
OURS_TO_START = frozenset({"reminder", "preparation", "missed", "aftercare", "invitation"})


class Scene(NamedTuple):
    """When the run ended, how late a letter may be, and how long what staff do waits before it is told."""

    end: dt.datetime
    patience: dt.timedelta
    notice_delay: dt.timedelta


class Following(NamedTuple):
    """What follows from a change: a kind of letter, due at a time, of use until another; `sure` when nothing excuses it."""

    kind: str
    due: dt.datetime
    until: dt.datetime
    sure: bool = True


@dataclass
class Expected:
    """A letter about one time of one visit, between two instants; without `must` it may be missing."""

    kind: str
    channel: str
    told: dt.datetime
    due: dt.datetime
    latest: dt.datetime
    must: bool
    taken: bool = False


# --- The rules ------------------------------------------------------------------------------------------------------


def told_at_once(visit: Visit, span: Span, scene: Scene) -> Iterator[Following]:
    """Whoever changes a visit, the patient hears of it: at once of what they did, a little later of what staff did."""
    change = span.change
    kind = _notice(change)
    if kind:
        wait = scene.notice_delay if change.by == "clinic" else dt.timedelta(0)
        # What is taken back before anybody heard of it is taken back in silence.
        yield Following(kind, change.began + wait, change.start, sure=change.verb != "undo")


def _notice(change: Change) -> str | None:
    if change.verb == "cancel":
        return "cancelled" if change.by == "patient" else "cancelled_by_clinic"
    if change.verb in ("book", "undo"):
        return "request" if change.status == "requested" else "confirmation"
    return {"move": "moved", "approve": "approved", "decline": "declined"}.get(change.verb)


def reminders(visit: Visit, span: Span, scene: Scene) -> Iterator[Following]:
    """Procedures 7, 2 and 1 days before, others 2 and 1: at the visit's own wall time, from 8 am to 8 pm."""
    change = span.change
    if change.status != "booked":
        return
    days = [7, 2, 1] if visit.procedure else [2, 1]
    moments = [days_before(change, number) for number in days]
    ends = [*moments[1:], change.start - dt.timedelta(hours=2)]
    for moment, end in zip(moments, ends, strict=True):
        # Whoever has just booked need not be reminded on the same day, except by the last one.
        early = moment - change.committed < JUST_BOOKED and moment is not moments[-1]
        if moment > change.began:
            yield Following("reminder", moment, end, sure=not early and moment > change.committed)


def missed(visit: Visit, span: Span, scene: Scene) -> Iterator[Following]:
    """Who did not come hears how to book again, a quarter of an hour later."""
    if span.change.status == "missed":
        due = decent(span.change.began + dt.timedelta(minutes=15), span.change.zone)
        yield Following("missed", due, due + dt.timedelta(days=7))


def aftercare(visit: Visit, span: Span, scene: Scene) -> Iterator[Following]:
    """The day after a procedure, at 10 am."""
    if span.change.verb == "finish" and visit.procedure:
        due = _wall(span.change.local_start.date() + dt.timedelta(days=1), dt.time(10), span.change.zone)
        yield Following("aftercare", due, due + dt.timedelta(days=1))


def preparation(visit: Visit, span: Span, scene: Scene) -> Iterator[Following]:
    """Once for each visit, the day before its preparation begins; booked later than that, an hour after the booking."""
    change = span.change
    if visit.first_step is None or change.status != "booked":
        return
    soon = decent(change.began + dt.timedelta(hours=1), change.zone)
    due = max(days_before(change, visit.first_step + 1), soon)
    # Whether an earlier one was told before it was out of date is not for this rule to know.
    yield Following("preparation", due, change.start - dt.timedelta(hours=4), sure=change is _first_booked(visit))


def _first_booked(visit: Visit) -> Change | None:
    return next((change for change in visit.changes if change.status == "booked"), None)


RULES = [told_at_once, reminders, missed, aftercare, preparation]


# --- Hours of the wall ----------------------------------------------------------------------------------------------


def _wall(date: dt.date, time: dt.time, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(date, time, tzinfo=zone).astimezone(dt.UTC)


def days_before(change: Change, days: int) -> dt.datetime:
    """Return the visit's wall time some days earlier; before 8 am it is 8 am, from 8 pm on the minute before it."""
    time = min(max(change.local_start.time(), EIGHT), dt.time(19, 59))
    return _wall(change.local_start.date() - dt.timedelta(days=days), time, change.zone)


def decent(instant: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return the instant, or the next 8 am of that place outside the sending hours."""
    local = instant.astimezone(zone)
    if EIGHT <= local.time() < TWENTY:
        return instant
    return _wall(local.date() + dt.timedelta(days=int(local.time() >= TWENTY)), EIGHT, zone)


# --- What must have arrived -----------------------------------------------------------------------------------------


def expected(visit: Visit, scene: Scene) -> list[Expected]:
    """Return every letter and text of this visit that may arrive, and which of them must."""
    found = [
        _expect(following, span, way, scene)
        for span in visit.spans()
        for rule in RULES
        for following in rule(visit, span, scene)
        for way in visit.ways
    ]
    _excuse_many_texts(found)
    return found


def _expect(following: Following, span: Span, channel: str, scene: Scene) -> Expected:
    change, after = span
    decently = channel == "sms" or following.kind in OURS_TO_START
    due = decent(following.due, change.zone) if decently else following.due
    latest = _latest(due, change.zone, scene, decently=decently)
    stands = after is None or after.began > latest
    must = following.sure and stands and latest < scene.end and latest < following.until
    return Expected(following.kind, channel, change.local_start, due, latest, must)


def _latest(due: dt.datetime, zone: ZoneInfo, scene: Scene, *, decently: bool) -> dt.datetime:
    end = due + scene.patience
    morning = decent(end, zone) if decently else end
    return morning if morning == end else morning + scene.patience


def _excuse_many_texts(found: list[Expected]) -> None:
    """Of the texts we start nobody gets more than one a day or three a week: then one of them may be missing."""
    ours = [each for each in found if each.channel == "sms" and each.kind in OURS_TO_START]
    for text in ours:
        near = [abs(other.due - text.due) for other in ours if other is not text]
        a_day = sum(apart < dt.timedelta(hours=23) for apart in near)
        a_week = sum(apart <= dt.timedelta(days=7) for apart in near)
        text.must = text.must and a_day == 0 and a_week < 3
