"""The course of a visit: every change of status, by the one table of moves."""

import datetime as dt
from collections.abc import Container
from typing import Any

from django.utils.translation import gettext as _

from bookings import outbox
from bookings.intervals import from_minute
from bookings.models import Appointment, AppointmentEvent, Message
from bookings.models.appointments import FREES_THE_TIME, Status
from bookings.scheduling.booking import move_back
from bookings.scheduling.moves import CANCEL_REASONS, MOVES, PATIENT_REASONS, may_undo, online_until, undo_until
from bookings.scheduling.parties import By, Slot
from bookings.scheduling.refusals import Changed, NotAllowed, diary_transaction
from bookings.scheduling.times import choose, decision_due, drop_expired, lock_for, occupy, refuse_elsewhere
from bookings.scheduling.writing import change, changed, free, is_news, lock_appointment, record, tell
from treatments.models import Clinician, Location, Treatment

# What `amend` may change.
AMENDABLE = {"region", "side", "reason"}


def approve(appointment: Appointment, *, by: By, now: dt.datetime, version: int | None = None) -> Appointment:
    """Say yes to a request: it is booked, and the patient is told."""
    return _step("approve", appointment, by=by, now=now, version=version, kind=Message.Kind.APPROVED, decide_by=None)


def decline(
    appointment: Appointment, *, by: By, now: dt.datetime, version: int | None = None, reason: str = "declined"
) -> Appointment:
    """Say no to a request: cancelled with a reason, the time is free, the patient is told."""
    return _step(
        "decline",
        appointment,
        by=by,
        now=now,
        version=version,
        kind=Message.Kind.DECLINED,
        cancel_reason=_known(reason),
    )


def cancel(
    appointment: Appointment, *, by: By, now: dt.datetime, reason: str, version: int | None = None, notify: bool = True
) -> Appointment:
    """Cancel and free the time. A second cancel changes nothing and tells nobody. Patients: not after the cut-off."""
    with diary_transaction():
        current = lock_appointment(appointment, version=None)
        if current.status == Status.CANCELLED:
            return current
        if version is not None and current.version != version:
            raise changed(current)
        _refuse_late(current, by=by, now=now)
        among = PATIENT_REASONS if by.actor == "patient" else CANCEL_REASONS
        unheard = notify and not outbox.can_tell(current) and by.actor != "patient"
        values = {"cancel_reason": _known(reason, among=among), "phone_to_confirm": unheard}
        own = by.actor == AppointmentEvent.Actor.PATIENT
        kind = Message.Kind.CANCELLED if own else Message.Kind.CANCELLED_BY_CLINIC
        return _write_step("cancel", current, by=by, now=now, kind=kind, notify=notify, **values)


def confirm(appointment: Appointment, *, by: By, now: dt.datetime, version: int | None = None) -> Appointment:
    """The patient says they will come. No new revision: time, place and status stay."""
    with diary_transaction():
        current = lock_appointment(appointment, version=version)
        _refuse_move("confirm", current, by)
        if current.confirmed_at is not None:
            return current
        until = undo_until(by, now=now)
        current = change(current, new_revision=False, confirmed_at=now, phone_to_confirm=False, undo_until=until)
        record(current, "confirm", by=by, now=now, before=current.status)
    return current


def accept(appointment: Appointment, *, by: By, now: dt.datetime, version: int | None = None) -> Appointment:
    """The patient says yes to the time they were offered: it is booked."""
    with diary_transaction():
        current = lock_appointment(appointment, version=version)
        if current.status == Status.REQUESTED and current.offered_at is None:
            raise NotAllowed(_("No other time has been offered."))
        kind = Message.Kind.APPROVED
        return _write_step(
            "accept", current, by=by, now=now, kind=kind, decide_by=None, offered_at=None, confirmed_at=now
        )


def amend(
    appointment: Appointment, *, by: By, now: dt.datetime, version: int | None = None, **details: Any
) -> Appointment:
    """Correct what was written down: `region`, `side`, `reason`. Time, place and status stay, and nobody is told."""
    unknown = details.keys() - AMENDABLE
    if unknown:
        raise TypeError(f"amend() cannot change {', '.join(sorted(unknown))}")
    with diary_transaction():
        current = lock_appointment(appointment, version=version)
        new = {name: value for name, value in details.items() if getattr(current, name) != value}
        if new:
            current = change(current, new_revision=False, undo_until=None, **new)
            record(current, "amend", by=by, now=now, before=current.status, fields=sorted(new))
    return current


def check_in(appointment: Appointment, *, by: By, now: dt.datetime, version: int | None = None) -> Appointment:
    """The patient is here. Only on the day of the visit, by the location's clock."""
    with diary_transaction():
        current = lock_appointment(appointment, version=version)
        if current.local_start.date() != now.astimezone(current.location.zone).date():
            raise NotAllowed(_("This appointment is on another day."))
        return _write_step("check_in", current, by=by, now=now)


def room(appointment: Appointment, *, by: By, now: dt.datetime, version: int | None = None) -> Appointment:
    return _step("room", appointment, by=by, now=now, version=version)


def start(appointment: Appointment, *, by: By, now: dt.datetime, version: int | None = None) -> Appointment:
    return _step("start", appointment, by=by, now=now, version=version)


def finish(
    appointment: Appointment, *, by: By, now: dt.datetime, version: int | None = None, outcome: str = ""
) -> Appointment:
    """The visit is over. After a procedure the patient hears from us on the next day."""
    procedure = appointment.treatment.role == Treatment.Role.PROCEDURE
    kind = Message.Kind.AFTERCARE if procedure else None
    return _step("finish", appointment, by=by, now=now, version=version, kind=kind, outcome=outcome)


def miss(appointment: Appointment, *, by: By, now: dt.datetime, version: int | None = None) -> Appointment:
    """The patient did not come. Not before the start."""
    with diary_transaction():
        current = lock_appointment(appointment, version=version)
        if now < current.start:
            raise NotAllowed(_("This appointment has not begun yet."))
        return _write_step("miss", current, by=by, now=now, kind=Message.Kind.MISSED)


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


def _step(verb: str, appointment: Appointment, *, version: int | None, **how: Any) -> Appointment:
    with diary_transaction():
        return _write_step(verb, lock_appointment(appointment, version=version), **how)


def _write_step(
    verb: str,
    current: Appointment,
    *,
    by: By,
    now: dt.datetime,
    kind: str | None = None,
    notify: bool = True,
    **values: Any,
) -> Appointment:
    """Write a move of the table on a locked row: status, occupancy, event, messages."""
    _refuse_move(verb, current, by)
    before, after = current.status, MOVES[verb].after
    values["undo_until"] = undo_until(by, now=now)
    current = change(current, new_revision=True, status=after, status_at=now, **values)
    if after in FREES_THE_TIME:
        free(current)
    why = {"reason": current.cancel_reason} if after == Status.CANCELLED else {}
    record(current, verb, by=by, now=now, before=before, **why)
    tell(current, kind, by=by, now=now, notify=notify)
    return current


def _refuse_move(verb: str, current: Appointment, by: By) -> None:
    move = MOVES[verb]
    if current.status not in move.before:
        message = _("This appointment is %(status)s now, so that is not possible.")
        raise NotAllowed(message % {"status": current.get_status_display()})
    if by.actor == "patient" and not (move.patient_may and current.status in (Status.REQUESTED, Status.BOOKED)):
        raise NotAllowed


def _refuse_late(current: Appointment, *, by: By, now: dt.datetime) -> None:
    if by.actor == "patient" and now > online_until(current):
        message = _("It is too late to cancel online. Please call %(phone)s, so that somebody else can have the time.")
        raise NotAllowed(message % {"phone": current.location.phone.as_national})


def _known(reason: str, *, among: Container[str] = CANCEL_REASONS) -> str:
    if reason not in among:
        raise NotAllowed(_("Choose why it is canceled."))
    return reason
