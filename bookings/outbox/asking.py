"""Messages somebody asks for: one sent again by staff with a reason, a link sent again to a patient who lost it."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from bookings.models import Appointment, Message
from bookings.outbox import pausing
from bookings.outbox.hours import decent
from bookings.outbox.intents import channels, intend
from bookings.outbox.nudge import nudge_on_commit
from bookings.outbox.plan import useful_until
from bookings.outbox.truth import is_true

Kind, State = Message.Kind, Message.State


class NotSendable(Exception):
    """Why a message is not sent again; its text may be shown to anybody."""


def send_again(message: Message, *, reason: str, user, now: dt.datetime) -> Message:
    """Write the row of a message once more, with the reason and who asked; it goes out at once, a text within its hours.

    Raises NotSendable when it would not be true any more, when nobody can be reached that way, while it still waits, or in
    a rehearsal.
    """
    _refuse_rehearsal()
    reason = reason.strip()
    if not reason:
        raise NotSendable(_("Say why it is sent again."))
    _refuse_untrue(message)
    base = message.intent.split("/again")[0]
    with transaction.atomic():
        same = Message.objects.filter(appointment=message.appointment_id, intent__startswith=base)
        earlier = list(same.values_list("intent", "state"))
        if any(state in (State.DUE, State.SENDING) for _intent, state in earlier):
            raise NotSendable(_("It waits to be sent already."))
        again = _copy(message, f"{base}/again{len(earlier)}", now=now)
        again.again_reason, again.asked_by = reason[:120], user
        try:
            with transaction.atomic():
                again.save()
        except IntegrityError as error:  # pressed twice
            raise NotSendable(_("It waits to be sent already.")) from error
        nudge_on_commit()
    return again


def _refuse_rehearsal() -> None:
    try:
        pausing.refuse_rehearsal()
    except pausing.Rehearsing as error:
        raise NotSendable(str(error)) from error


def _refuse_untrue(message: Message) -> None:
    visit = message.appointment
    if visit is None or not is_true(message):
        raise NotSendable(_("The appointment has changed since: this message would not be true any more."))
    if message.channel not in channels(visit.patient, message.kind):
        raise NotSendable(_("Nothing can be sent to this patient that way."))


def _copy(message: Message, intent: str, *, now: dt.datetime) -> Message:
    visit = message.appointment
    assert visit is not None  # noqa: S101  told apart by _refuse_untrue
    due = decent(now, visit.location.zone) if message.channel == Message.Channel.SMS else now
    until = useful_until(message.kind, visit, now=now, due=due)
    if until <= due:
        raise NotSendable(_("It is too late for this message to be of use."))
    return Message(
        intent=intent,
        kind=message.kind,
        channel=message.channel,
        appointment=visit,
        patient_id=message.patient_id,
        revision=message.revision,
        created_at=now,
        due_at=due,
        useful_until=until,
    )


def send_link(appointment: Appointment, *, now: dt.datetime) -> list[Message]:
    """Write a message with a new link to this appointment, by every way the patient has; none while one still waits."""
    with transaction.atomic():
        links = Message.objects.filter(appointment=appointment, kind=Kind.LINK)
        if links.unsent().exists():
            return []
        try:
            with transaction.atomic():
                written = intend(appointment, Kind.LINK, now=now, step=f"link{links.count() + 1}")
        except IntegrityError:  # asked for twice at one instant
            return []
        if written:
            nudge_on_commit()
    return written
