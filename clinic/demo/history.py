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
from bookings.outbox.intents import AT_ONCE, OUT_OF_DATE, intent_of, notice_due
from bookings.outbox.plan import Plan, due_of, first_steps, preparation_due, reminders_of, useful_until
from bookings.scheduling import MOVES, By, Slot
from bookings.scheduling.moves import UNDO_FOR
from bookings.scheduling.times import decision_due
from clinic.demo.stories import Step, Story
from treatments.models import Treatment

BATCH = 2000
PATIENT = "patient"  # the one in a story who is not staff
SENT_AFTER = dt.timedelta(seconds=40)
TELLS = {
    "book": Message.Kind.CONFIRMATION,
    "request": Message.Kind.REQUEST_RECEIVED,
    "approve": Message.Kind.APPROVED,
    "decline": Message.Kind.DECLINED,
    "cancel": Message.Kind.CANCELLED,
    "miss": Message.Kind.MISSED,
    "finish": Message.Kind.AFTERCARE,
}
FOLLOW = (Message.Kind.MISSED, Message.Kind.AFTERCARE)


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
    plan, prepares = Plan(), first_steps()
    told = [message for draft in drafts for message in draft.messages(plan, prepares)]
    Message.objects.bulk_create(told, batch_size=BATCH)


def _reference(rng: Random) -> str:
    return "".join(rng.choices(REFERENCE_ALPHABET, k=8))


def _undo_until(by: str, at: dt.datetime) -> dt.datetime | None:
    return None if by == PATIENT else at + UNDO_FOR


class Draft:
    """One appointment as its story left it, and what led there."""

    def __init__(self, story: Story, until: int, *, reference: str):
        self.story, self.until = story, from_minute(until)
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
        if step.verb == "finish":
            row.outcome = step.options["outcome"]

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

    def messages(self, plan: Plan, prepares: dict[int, int]) -> Iterator[Message]:
        """What was sent by email at the time, and what is still to go; people without an address were phoned."""
        if not self.story.patient.email:
            return
        for step, said in self.course:
            at, revision = from_minute(step.at), said["revision"]
            kind = self._kind(step)
            if kind:
                yield self._message(kind, AT_ONCE, at, revision, due=self._due(kind, step))
            if said["status_after"] == Status.BOOKED and step.verb != "confirm":
                yield from self._ahead(at, revision, plan, prepares)

    def _kind(self, step: Step) -> str | None:
        if step.verb == "cancel" and step.by != PATIENT:
            return Message.Kind.CANCELLED_BY_CLINIC
        is_procedure = self.appointment.treatment.role == Treatment.Role.PROCEDURE
        return None if step.verb == "finish" and not is_procedure else TELLS.get(step.verb)

    def _due(self, kind: str, step: Step) -> dt.datetime:
        at = from_minute(step.at)
        if kind in FOLLOW:
            return due_of(kind, self.appointment, now=at)
        return at if step.by == PATIENT else notice_due(at)

    def _ahead(self, booked: dt.datetime, revision: int, plan: Plan, prepares: dict[int, int]) -> Iterator[Message]:
        """The reminders and the preparation of a booked visit, void where it was canceled before they were due."""
        row, kind = self.appointment, Message.Kind.PREPARATION
        for step, due, until in reminders_of(row, plan.steps(row.treatment), now=booked):
            yield self._message(Message.Kind.REMINDER, step.name, booked, revision, due=due, until=until)
        if row.treatment_id in prepares:
            due = preparation_due(row, prepares[row.treatment_id], now=booked)
            if due < useful_until(kind, row, now=booked, due=due):
                yield self._message(kind, AT_ONCE, booked, revision, due=due)

    def _changed_at(self, revision: int) -> dt.datetime | None:
        """Return when the next revision began."""
        later = (from_minute(step.at) for step, said in self.course if said["revision"] == revision + 1)
        return next(later, None)

    def _message(
        self,
        kind: str,
        step: str,
        at: dt.datetime,
        revision: int,
        *,
        due: dt.datetime,
        until: dt.datetime | None = None,
    ) -> Message:
        row, channel = self.appointment, Message.Channel.EMAIL
        return Message(
            intent=intent_of(Appointment(pk=row.pk, revision=revision), kind, step, channel),
            kind=kind,
            channel=channel,
            appointment=row,
            patient=self.story.patient,
            revision=revision,
            created_at=at,
            due_at=due,
            useful_until=until or useful_until(kind, row, now=at, due=due),
            **self._ended(due, revision),
        )

    def _ended(self, due: dt.datetime, revision: int) -> dict[str, Any]:
        """Void when the visit had changed by then, sent when its time has come, else due."""
        changed = self._changed_at(revision)
        if changed is not None and changed <= due:
            return {"state": Message.State.VOID, "last_error": OUT_OF_DATE}
        if due > self.until:
            return {"state": Message.State.DUE}
        return {"state": Message.State.SENT, "sent_at": due + SENT_AFTER, "attempts": 1}
