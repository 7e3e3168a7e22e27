"""Taking back what was done last: a step of a visit's course, or what the desk has just booked, moved or confirmed."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from bookings import outbox
from bookings.intervals import from_minute
from bookings.models import Appointment, AppointmentEvent, Message
from bookings.models.appointments import FREES_THE_TIME, Status
from bookings.scheduling.booking import move_back
from bookings.scheduling.moves import may_undo
from bookings.scheduling.next_steps import withdraw_next
from bookings.scheduling.parties import By, Slot
from bookings.scheduling.refusals import Changed, NotAllowed, diary_transaction
from bookings.scheduling.times import choose, decision_due, drop_expired, lock_for, occupy, refuse_elsewhere
from bookings.scheduling.visits import cancel
from bookings.scheduling.writing import change, changed, is_news, lock_appointment, record, tell
from treatments.models import Clinician, Location


def undo(appointment: Appointment, *, by: By, now: dt.datetime, version: int | None = None) -> Appointment:
    """Take the last change back: a step of the visit's course, or what the desk has just booked, moved or confirmed.

    A time that was freed is taken again, or the undo is refused (Taken, NotOffered). Nobody is told who did not hear of the
    change.
    """
    last = appointment.events.last()
    if (last is not None and last.revision > appointment.revision) or version not in (None, appointment.version):
        raise changed(appointment)  # what was seen is not what would be undone
    if not may_undo(appointment, now=now):
        raise NotAllowed(_("That is too long ago to undo. Move or cancel the appointment instead."))
    if last is not None and _is_walk_in_of_now(appointment, last, now=now):
        return cancel(appointment, by=by, now=now, reason="mistake", version=version, notify=False)
    if last is not None and last.verb in ("move", "offer"):
        return move_back(appointment, slot_before(appointment, last), by=by, now=now, version=version)
    if last is not None and appointment.status in (Status.REQUESTED, Status.BOOKED) and last.verb in TAKE_BACK:
        return TAKE_BACK[last.verb](appointment, by=by, now=now, version=version)
    return undo_step(appointment, by=by, now=now, version=version)


def _is_walk_in_of_now(appointment: Appointment, last: AppointmentEvent, *, now: dt.datetime) -> bool:
    """Whether somebody was written down as here by one press just now: one press takes all of it back."""
    by_one_press = appointment.source == Appointment.Source.WALK_IN and last.at == appointment.created_at
    return (
        by_one_press
        and last.verb == "check_in"
        and appointment.undo_until is not None
        and now <= appointment.undo_until
    )


def undo_step(appointment: Appointment, *, by: By, now: dt.datetime, version: int | None) -> Appointment:
    """Go back to the status before the last change, and take a time again that was freed by it."""
    slot = _slot_of(appointment)
    with diary_transaction():
        lock_for(slot, patient=appointment.patient)
        current = lock_appointment(appointment, version=version)
        if _slot_of(current) != slot:
            raise Changed
        undone, before = current.status, _status_to_return_to(current)
        values = _take_again(current, slot, now=now) if undone in FREES_THE_TIME else {}
        if before == Status.REQUESTED:
            values |= {"decide_by": decision_due(slot, now=now)} | _offered_again(current)
        is_offer = before == Status.REQUESTED and bool(values.get("offered_at") or current.offered_at)
        said = Message.Kind.OFFERED if is_offer else _told_of_undo(before, undone)
        kind = said if current.start > now and is_news(current) else None
        values |= {"cancel_reason": "", "undo_until": None}
        if undone == Status.DONE:
            withdraw_next(current, now=now)
        current = change(current, new_revision=True, status=before, status_at=now, **values)
        record(current, "undo", by=by, now=now, before=undone)
        tell(current, kind, by=by, now=now)
    return current


def _take_back_booking(appointment: Appointment, *, by: By, now: dt.datetime, version: int | None) -> Appointment:
    """Cancel what was booked by mistake; in silence, while nobody has been told of it."""
    told = outbox.was_told(appointment, since=0)
    return cancel(appointment, by=by, now=now, reason="mistake", version=version, notify=told)


def _take_back_confirmation(appointment: Appointment, *, by: By, now: dt.datetime, version: int | None) -> Appointment:
    with diary_transaction():
        current = lock_appointment(appointment, version=version)
        unreachable = not outbox.can_tell(current)
        current = change(current, new_revision=False, confirmed_at=None, phone_to_confirm=unreachable, undo_until=None)
        record(current, "undo", by=by, now=now, before=current.status)
    return current


TAKE_BACK = {"book": _take_back_booking, "request": _take_back_booking, "confirm": _take_back_confirmation}


def slot_before(appointment: Appointment, moved: AppointmentEvent) -> Slot:
    """Return the time a visit had before it was moved."""
    was = moved.detail["was"]
    clinician, location = Clinician.objects.get(pk=was["clinician"]), Location.objects.get(pk=was["location"])
    return Slot(appointment.treatment, dt.datetime.fromisoformat(was["start"]), location, clinician)


def _slot_of(appointment: Appointment) -> Slot:
    return Slot(appointment.treatment, appointment.start, appointment.location, appointment.clinician)


def _take_again(current: Appointment, slot: Slot, *, now: dt.datetime) -> dict[str, Any]:
    """Occupy a freed time again; its length is the treatment's of today."""
    drop_expired(now=now)
    choice = choose(slot, now=now, by_staff=True)
    end = from_minute(choice.end_minute)
    refuse_elsewhere(current.patient, slot.start, end, without=current.pk)
    occupy(choice.resources, appointment=current)
    return {"end": end}


def _offered_again(current: Appointment) -> dict[str, Any]:
    """An offer whose yes is taken back is an offer again: the patient has yet to answer it."""
    events = list(current.events.values_list("verb", "at"))
    was_yes = bool(events) and events[-1][0] == "accept"
    return {"offered_at": dict(events)["offer"], "confirmed_at": None} if was_yes else {}


def _told_of_undo(before: str, undone: str) -> str | None:
    """Return what a patient hears who was told otherwise before."""
    if before == Status.REQUESTED:
        return Message.Kind.REQUEST_RECEIVED
    return Message.Kind.CONFIRMATION if undone == Status.CANCELLED and before == Status.BOOKED else None


def _status_to_return_to(appointment: Appointment) -> str:
    """Walk the events as a stack: each undo takes one change of status off. Raises NotAllowed when nothing is left."""
    stack: list[str] = []
    for verb, before, after in appointment.events.values_list("verb", "status_before", "status_after"):
        if verb == "undo" and before != after and stack:
            stack.pop()
        elif before and before != after:
            stack.append(before)
    if not stack:
        raise NotAllowed(_("There is nothing to undo."))
    return stack[-1]
