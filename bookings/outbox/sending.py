"""Sending what is due.

Claim a batch, look again at each appointment, send outside any transaction, write down how it went.
"""

import datetime as dt
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from bookings import emails, links, sms
from bookings.emails import Rendered
from bookings.models import Appointment, Message, Patient
from bookings.models.appointments import Status
from bookings.outbox.intents import OUT_OF_DATE, channels
from bookings.outbox.verdicts import Verdict, judge, rest

log = logging.getLogger(__name__)

BATCH = 20
# Longer than a batch can take, so that nobody else takes a row its sender still works on: BUDGET plus one slow message.
LEASE_SECONDS = 120
BUDGET_SECONDS = 20
AWAY, PUT_BACK = Verdict.UNREACHABLE.value, "put back"
TOO_LATE = "too late to be of use"
NO_ADDRESS = "no way to reach the patient"
# What the appointment must still be for a message to be true.
TRUE_WHILE = {
    Message.Kind.CONFIRMATION: {Status.BOOKED},
    Message.Kind.REQUEST_RECEIVED: {Status.REQUESTED},
    Message.Kind.APPROVED: {Status.BOOKED},
    Message.Kind.DECLINED: {Status.CANCELLED},
    Message.Kind.MOVED: {Status.BOOKED, Status.REQUESTED},
    Message.Kind.CANCELLED: {Status.CANCELLED},
    Message.Kind.REMINDER: {Status.BOOKED},
    Message.Kind.OFFERED: {Status.REQUESTED},
    Message.Kind.DELAYED: {Status.BOOKED},
}


def claim(*, now: dt.datetime, limit: int = BATCH, lease_seconds: int = LEASE_SECONDS) -> list[Message]:
    """Take up to `limit` due rows, oldest first: no other sender gets them before the lease has run out."""
    lease = now + dt.timedelta(seconds=lease_seconds)
    with transaction.atomic():
        due = Message.objects.due(now=now)
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        chosen = list(due.values_list("pk", flat=True)[:limit])
        taken = Message.objects.filter(pk__in=chosen, state=Message.State.DUE)
        taken.update(state=Message.State.SENDING, lease_until=lease, attempts=F("attempts") + 1)
    return list(Message.objects.filter(pk__in=chosen, state=Message.State.SENDING).order_by("due_at", "pk"))


def send_due(*, now: dt.datetime, seconds: float = BUDGET_SECONDS) -> Counter:
    """Send what is due for up to `seconds`; returns how many rows ended as what. May run twice at once.

    A mail server that does not answer ends the round: the next tick tries again, and asks it with one message only.
    """
    clock = _clock_from(now)
    end = now + dt.timedelta(seconds=seconds)
    counts: Counter = Counter()
    while clock() < end and (batch := claim(now=clock())):
        round_counts = _send_batch(batch, clock=clock, end=end)
        counts += round_counts
        if round_counts[AWAY] or round_counts[PUT_BACK]:
            break
    if counts:
        log.info("Messages: %s", ", ".join(f"{name} {number}" for name, number in sorted(counts.items())))
    return counts


def preview(message: Message) -> Rendered:
    """Return what would be sent now, with a placeholder where the link would be. Mints nothing, sends nothing."""
    if message.channel == Message.Channel.SMS:
        return Rendered(subject="", text=sms.text(message), html="")
    return emails.render(message, link=links.PLACEHOLDER)


def _clock_from(now: dt.datetime) -> Callable[[], dt.datetime]:
    """A clock that was `now` when this began: tests choose the hour, and time passes while mail goes out."""
    began = time.monotonic()
    return lambda: now + dt.timedelta(seconds=time.monotonic() - began)


def _send_batch(batch: list[Message], *, clock, end) -> Counter:
    counts: Counter = Counter()
    with _Postman() as postman:
        for place, message in enumerate(batch):
            if clock() >= end:
                counts[PUT_BACK] += _put_back(batch[place:])
                break
            verdict = _send_one(message, postman, now=clock())
            counts[verdict.value] += 1
            if verdict == Verdict.UNREACHABLE:
                counts[PUT_BACK] += _put_back(batch[place + 1 :])
                break
    return counts


class _Postman:
    """One connection to the mail server for a batch; a new one after a failure."""

    def __enter__(self):
        self._connection = mail.get_connection()
        return self

    def __exit__(self, *error):
        self._connection.close()

    def deliver(self, email) -> None:
        try:
            self._connection.open()
            self._connection.send_messages([email])
        except Exception:
            self._connection.close()
            raise


def _send_one(message: Message, postman: _Postman, *, now: dt.datetime) -> Verdict:
    current = _look_again(message)
    if current is None:
        return Verdict.VOID  # withdrawn, or another sender has it by now
    reason = _why_not(current, now=now)
    if reason:
        return _mark(current, Verdict.VOID, error=reason, now=now)
    try:
        _deliver(current, postman, now=now)
    except (DatabaseError, SoftTimeLimitExceeded):
        raise  # not the row's fault: the sender stops here, and the lease gives the row back
    except Exception as error:  # noqa: BLE001  a row that cannot be sent must not keep the others from being sent
        verdict = judge(error, attempts=current.attempts)
        return _mark(current, verdict, error=_in_short(error), now=now)
    return _mark(current, Verdict.SENT, error="", now=now)


def _look_again(message: Message) -> Message | None:
    """Return the row as it is this moment, with its appointment; None when it is not ours any more."""
    rows = Message.objects.select_related("appointment__location", "appointment__patient", "appointment__treatment")
    return rows.filter(pk=message.pk, state=Message.State.SENDING, lease_until=message.lease_until).first()


def _why_not(message: Message, *, now: dt.datetime) -> str:
    """Say why this must not be sent any more; nothing when it must."""
    appointment = message.appointment
    if appointment is not None:
        if appointment.revision != message.revision or appointment.status not in TRUE_WHILE[Message.Kind(message.kind)]:
            return OUT_OF_DATE
        if message.channel not in channels(appointment.patient):
            return NO_ADDRESS
    return TOO_LATE if message.useful_until and message.useful_until <= now else ""


def _deliver(message: Message, postman: _Postman, *, now: dt.datetime) -> None:
    appointment = message.appointment
    if appointment is None:
        raise LookupError("a message about no appointment, and nobody to write it")
    if message.channel == Message.Channel.SMS:
        sms.send(appointment.patient.phone.as_e164, sms.text(message), str(message.message_id))
    else:
        link = links.address(links.mint(appointment, now=now))
        postman.deliver(emails.compose(message, link=link, now=now))


def _mark(message: Message, verdict: Verdict, *, error: str, now: dt.datetime) -> Verdict:
    """Write down how it ended, if the row is still ours. What was sent was sent, even if it was withdrawn meanwhile."""
    row = Message.objects.filter(pk=message.pk)
    if verdict == Verdict.SENT:
        row.update(state=Message.State.SENT, sent_at=now, lease_until=None, last_error="")
        return verdict
    values: dict[str, Any] = {"state": verdict.state, "last_error": error, "lease_until": None}
    if verdict.state == Message.State.DUE:
        values["lease_until"] = now + rest(message, verdict)
    elif verdict in (Verdict.REFUSED, Verdict.DEAD):
        values["failed_at"] = now
    row.filter(state=Message.State.SENDING, lease_until=message.lease_until).update(**values)
    if verdict == Verdict.REFUSED and message.channel == Message.Channel.EMAIL:
        _note_refusal(message, now=now)
    if verdict in (Verdict.REFUSED, Verdict.DEAD) or error == NO_ADDRESS:
        hand_to_desk([message.appointment_id])
    log.warning("Message %s: %s (%s)", message.pk, verdict.value, error)
    return verdict


def hand_to_desk(appointment_ids: Iterable[int | None]) -> None:
    """No message got through: the desk phones, unless the patient has confirmed already."""
    Appointment.objects.filter(pk__in=list(appointment_ids), confirmed_at=None).update(phone_to_confirm=True)


def _note_refusal(message: Message, *, now: dt.datetime) -> None:
    """Remember that this address does not work, so that nothing more is sent there."""
    if message.appointment is not None:
        patient = message.appointment.patient
        Patient.objects.filter(pk=patient.pk, email=patient.email).update(email_refused_at=now)


def _put_back(batch: list[Message]) -> int:
    """Give rows nobody tried back, as if they had not been taken."""
    ours = Message.objects.filter(pk__in=[row.pk for row in batch], state=Message.State.SENDING)
    leased = ours.filter(lease_until__in={row.lease_until for row in batch})
    return leased.update(state=Message.State.DUE, lease_until=None, attempts=F("attempts") - 1)


def _in_short(error: Exception) -> str:
    """The exception's class and the server's code: never its text, which repeats addresses."""
    code = getattr(error, "smtp_code", "")
    return f"{type(error).__name__} {code}".strip()
