"""The course of a visit: every change of status, by the one table of moves."""

import datetime as dt
from collections.abc import Container
from typing import Any

from django.utils.translation import gettext as _

from bookings import outbox
from bookings.models import Appointment, AppointmentEvent, Message
from bookings.models.appointments import FREES_THE_TIME, Status
from bookings.scheduling.moves import CANCEL_REASONS, MOVES, PATIENT_REASONS, online_until, undo_until
from bookings.scheduling.parties import By
from bookings.scheduling.refusals import NotAllowed, diary_transaction
from bookings.scheduling.writing import change, changed, free, lock_appointment, record, tell

# What `amend` may change.
AMENDABLE = {"region", "side", "reason"}


def approve(appointment: Appointment, *, by: By, now: dt.datetime, version: int | None = None) -> Appointment:
    """Say yes to a request: it is booked, and the patient is told."""
    return step("approve", appointment, by=by, now=now, version=version, kind=Message.Kind.APPROVED, decide_by=None)


def decline(
    appointment: Appointment, *, by: By, now: dt.datetime, version: int | None = None, reason: str = "declined"
) -> Appointment:
    """Say no to a request: cancelled with a reason, the time is free, the patient is told."""
    return step(
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
        return write_step("cancel", current, by=by, now=now, kind=kind, notify=notify, **values)


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
        return write_step(
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
        return write_step("check_in", current, by=by, now=now)


def room(appointment: Appointment, *, by: By, now: dt.datetime, version: int | None = None) -> Appointment:
    return step("room", appointment, by=by, now=now, version=version)


def miss(appointment: Appointment, *, by: By, now: dt.datetime, version: int | None = None) -> Appointment:
    """The patient did not come. Not before the start."""
    with diary_transaction():
        current = lock_appointment(appointment, version=version)
        if now < current.start:
            raise NotAllowed(_("This appointment has not begun yet."))
        return write_step("miss", current, by=by, now=now, kind=Message.Kind.MISSED)


def step(verb: str, appointment: Appointment, *, version: int | None, **how: Any) -> Appointment:
    with diary_transaction():
        return write_step(verb, lock_appointment(appointment, version=version), **how)


def write_step(
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
