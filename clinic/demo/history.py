"""Write what lies in the past in bulk: appointments, events, occupancy and messages, with the overlap guard on.

Statuses follow `scheduling.MOVES`, and revisions and versions rise as its verbs raise them. `check_diary` compares.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from random import Random
from typing import Any

from bookings.intervals import from_minute
from bookings.models import Appointment, AppointmentEvent, Message, Occupancy
from bookings.models.appointments import REFERENCE_ALPHABET, Status
from bookings.outbox.intents import (
    AT_ONCE,
    DAY_BEFORE,
    OUT_OF_DATE,
    REMINDER_USEFUL_BEFORE,
    intent_of,
    notice_due,
    reminder_due,
)
from bookings.scheduling import MOVES, By, Slot
from bookings.scheduling.moves import UNDO_FOR
from bookings.scheduling.times import decision_due
from clinic.demo.stories import Step, Story

BATCH = 2000
PATIENT = "patient"  # the one in a story who is not staff
SENT_AFTER = dt.timedelta(seconds=40)
TELLS = {
    "book": Message.Kind.CONFIRMATION,
    "request": Message.Kind.REQUEST_RECEIVED,
    "approve": Message.Kind.APPROVED,
    "decline": Message.Kind.DECLINED,
    "cancel": Message.Kind.CANCELLED,
}


def write_history(
    stories: Iterable[Story],
    *,
    until: int,
    staff: dict[str, By],
    rng: Random,
    say: Callable[[int], None] = lambda count: None,
) -> int:
    """Write stories as they stood at the minute `until`; calls `say(written)` after each batch. Returns how many."""
    written = 0
    remaining = iter(stories)
    while batch := list(islice(remaining, BATCH)):
        _write_batch(batch, until=until, staff=staff, rng=rng)
        written += len(batch)
        say(written)
    return written


def _write_batch(batch: list[Story], *, until: int, staff: dict[str, By], rng: Random) -> None:
    drafts = [Draft(story, until, reference=_reference(rng)) for story in batch]
    Appointment.objects.bulk_create([draft.appointment for draft in drafts])
    AppointmentEvent.objects.bulk_create([event for draft in drafts for event in draft.events(staff)], batch_size=BATCH)
    Occupancy.objects.bulk_create([row for draft in drafts for row in draft.occupancy()], batch_size=BATCH)
    Message.objects.bulk_create([message for draft in drafts for message in draft.messages()], batch_size=BATCH)


def _reference(rng: Random) -> str:
    return "".join(rng.choices(REFERENCE_ALPHABET, k=8))


def _undo_until(by: str, at: dt.datetime) -> dt.datetime | None:
    return None if by == PATIENT else at + UNDO_FOR


class Draft:
    """One appointment as its story left it, and what led there."""

    def __init__(self, story: Story, until: int, *, reference: str):
        self.story = story
        self.steps = story.steps_until(until)
        visit = story.visit
        self.appointment = Appointment(
            reference=reference,
            patient=story.patient,
            treatment=visit.treatment,
            clinician=visit.clinician,
            location=visit.location,
            start=from_minute(visit.start),
            end=from_minute(visit.end),
            arrive_at=from_minute(visit.start - visit.treatment.arrive_early_minutes),
            source=story.source,
            created_at=from_minute(story.booked_at),
            phone_to_confirm=not story.patient.reachable,
            status_at=from_minute(story.booked_at),
            status=Status.REQUESTED if story.is_request else Status.BOOKED,
            **story.answers,
        )
        self.course = list(self._play())

    def _play(self) -> Iterator[tuple[Step, dict[str, Any]]]:
        """Play the steps on the appointment; yield each with what its event says."""
        row, story = self.appointment, self.story
        if story.is_request:
            slot = Slot(row.treatment, row.start, row.location, row.clinician)
            row.decide_by = decision_due(slot, now=row.created_at)
        row.undo_until = _undo_until(story.by, row.created_at)
        yield Step(story.booked_at, "request" if story.is_request else "book", story.by), self._said("")
        for step in self.steps:
            before = row.status
            self._take(step)
            yield step, self._said(before)

    def _take(self, step: Step) -> None:
        """Change the appointment as the verb would."""
        row, at = self.appointment, from_minute(step.at)
        row.version += 1
        row.undo_until = _undo_until(step.by, at)
        if step.verb == "confirm":
            row.confirmed_at, row.phone_to_confirm = at, False
            return
        row.status, row.status_at, row.revision = MOVES[step.verb].after, at, row.revision + 1
        if row.status == Status.CANCELLED:
            row.cancel_reason = step.options.get("reason", "declined")
        if step.verb == "cancel":
            row.phone_to_confirm = step.by != PATIENT and not self.story.patient.reachable
        if step.verb == "approve":
            row.decide_by = None

    def _said(self, before: str) -> dict[str, Any]:
        row = self.appointment
        why = {"reason": row.cancel_reason} if row.cancel_reason else {}
        return {"status_before": before, "status_after": row.status, "revision": row.revision, "detail": why}

    def events(self, staff: dict[str, By]) -> Iterator[AppointmentEvent]:
        for step, said in self.course:
            by = staff[step.by]
            at = from_minute(step.at)
            yield AppointmentEvent(
                appointment=self.appointment, verb=step.verb, at=at, actor=by.actor, user=by.user, **said
            )

    def occupancy(self) -> Iterator[Occupancy]:
        if self.appointment.keeps_time:
            for resource, (start, end) in sorted(self.story.visit.taken.items()):
                yield Occupancy(appointment=self.appointment, resource_id=resource, start=start, end=end)

    def messages(self) -> Iterator[Message]:
        """What was sent by email at the time; people without an address were phoned."""
        if not self.story.patient.email:
            return
        for step, said in self.course:
            at, revision = from_minute(step.at), said["revision"]
            kind = TELLS.get(step.verb)
            if kind:
                yield self._sent(kind, AT_ONCE, at, revision, due=at if step.by == PATIENT else notice_due(at))
            if said["status_after"] == Status.BOOKED and step.verb != "confirm" and reminder_due(self.appointment) > at:
                yield self._reminder(at, revision)

    def _reminder(self, booked: dt.datetime, revision: int) -> Message:
        """Sent the day before, unless the visit was cancelled by then: that reminder is void."""
        reminder = self._sent(Message.Kind.REMINDER, DAY_BEFORE, reminder_due(self.appointment), revision)
        reminder.created_at = booked
        reminder.useful_until -= REMINDER_USEFUL_BEFORE
        if self.appointment.revision > revision and self._changed_at(revision) <= reminder.due_at:
            reminder.state, reminder.last_error = Message.State.VOID, OUT_OF_DATE
            reminder.sent_at, reminder.attempts = None, 0
        return reminder

    def _changed_at(self, revision: int) -> dt.datetime:
        return next(from_minute(step.at) for step, said in self.course if said["revision"] == revision + 1)

    def _sent(self, kind: str, step: str, at: dt.datetime, revision: int, *, due: dt.datetime | None = None) -> Message:
        row, due = self.appointment, due or at
        channel = Message.Channel.EMAIL
        return Message(
            intent=intent_of(Appointment(pk=row.pk, revision=revision), kind, step, channel),
            kind=kind,
            channel=channel,
            appointment=row,
            patient=self.story.patient,
            revision=revision,
            state=Message.State.SENT,
            created_at=at,
            due_at=due,
            useful_until=row.start,
            sent_at=due + SENT_AFTER,
            attempts=1,
        )
