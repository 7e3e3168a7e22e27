"""One attempt to send one row: look again, hand it to its carrier, write down how it went."""

import datetime as dt
import logging
from collections.abc import Iterable
from functools import reduce
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core import mail
from django.db import DatabaseError
from django.db.models import F
from django.urls import reverse

from bookings import emails, gateways, links, sms
from bookings.availability import prepared
from bookings.models import Appointment, ManageLink, Message, Messenger, Patient
from bookings.outbox import texting
from bookings.outbox.hours import decent
from bookings.outbox.intents import OURS_TO_START, OUT_OF_DATE, channels
from bookings.outbox.truth import is_true
from bookings.outbox.verdicts import Verdict, judge, rest

log = logging.getLogger(__name__)

TOO_LATE = "too late to be of use"
NO_ADDRESS = "no way to reach the patient"
Purpose = ManageLink.Purpose
ADDRESSES = {Purpose.MANAGE: ("link", links.address), Purpose.UNSUBSCRIBE: ("stop_link", links.unsubscribe_address)}
# What decides whether, where and in which words a message goes; every edit of an appointment raises its version.
PERSON = ("first_name", "email", "phone", "language", "message_channel", "sms_consent_at", "sms_stopped_at")
FACTS = (
    *("appointment__version", "appointment__revision", "appointment__status", "appointment__patient_id"),
    *(f"appointment__patient__{name}" for name in (*PERSON, "email_refused_at", "reminders_off_at")),
)
NOT_WANTED = "the patient wants none of these"
ENOUGH_TEXTS = "enough text messages"
OTHER_WAY = "said by email instead"


class Postman:
    """One connection to the mail server for a batch, a new one after a failure; and the batch's links, minted together."""

    def __init__(self, batch: Iterable[Message], *, now: dt.datetime):
        self._batch, self._now = list(batch), now

    def __enter__(self):
        self._connection = mail.get_connection()
        self.name = Messenger.current().name
        self.addresses = _addresses(self._batch, now=self._now)
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


def _addresses(batch: list[Message], *, now: dt.datetime) -> dict[int, dict[str, str]]:
    """Return by row (pk) the links of its email: one that opens the appointment, and for what we start one that stops it."""
    schedule = settings.CLINIC_BASE_URL.rstrip("/") + reverse("schedule")
    found: dict[int, dict[str, str]] = {row.pk: {"link": schedule} for row in batch if row.appointment is None}
    wanted = [
        (row, row.appointment, purpose)
        for row in batch
        if row.appointment is not None and row.channel == Message.Channel.EMAIL
        for purpose in ([Purpose.MANAGE, Purpose.UNSUBSCRIBE] if row.kind in OURS_TO_START else [Purpose.MANAGE])
    ]
    tokens = links.mint_many([(visit, purpose) for _row, visit, purpose in wanted], now=now)
    for (row, _visit, purpose), token in zip(wanted, tokens, strict=True):
        name, address = ADDRESSES[purpose]
        found.setdefault(row.pk, {})[name] = address(token)
    return found


def send_one(message: Message, postman: Postman, *, now: dt.datetime) -> Verdict:
    current = _look_again(message)
    if current is None:
        return Verdict.VOID  # withdrawn, or another sender has it by now
    reason = _why_not(current, now=now)
    if reason:
        return _mark(current, Verdict.VOID, error=reason, now=now)
    morning = _not_before(current, now=now)
    if morning > now:
        return _rest_until(current, morning)
    try:
        carried = _deliver(current, postman, now=now)
    except (DatabaseError, SoftTimeLimitExceeded):
        raise  # not the row's fault: the sender stops here, and the lease gives the row back
    except Exception as error:  # noqa: BLE001  a row that cannot be sent must not keep the others from being sent
        if isinstance(error, gateways.SmsStopped):
            _note_stop(current, now=now)
        verdict = judge(error, attempts=current.attempts)
        return _mark(current, verdict, error=_in_short(error), now=now)
    return _mark(current, Verdict.SENT, error="", now=now, provider_id=carried)


def _look_again(message: Message) -> Message | None:
    """Return the row as it is this moment, with its appointment; None when it is not ours any more."""
    if message.appointment is not None and prepared.rows(_facts_now, pk=message.pk, lease=message.lease_until) == [
        _facts_of(message)
    ]:
        return message  # nothing has changed since the batch was read
    rows = Message.objects.select_related("appointment__location", "appointment__patient")
    return rows.filter(pk=message.pk, state=Message.State.SENDING, lease_until=message.lease_until).first()


def _facts_now(*, pk: int, lease: dt.datetime):
    """What decides whether and how a row is sent, if it is still this sender's."""
    return Message.objects.filter(pk=pk, state=Message.State.SENDING, lease_until=lease).values_list(*FACTS)


def _facts_of(message: Message) -> tuple:
    return tuple(reduce(getattr, fact.split("__"), message) for fact in FACTS)


def _why_not(message: Message, *, now: dt.datetime) -> str:
    """Say why this must not be sent any more; nothing when it must."""
    appointment = message.appointment
    if message.useful_until and message.useful_until <= now:
        return TOO_LATE
    if appointment is None:
        return "" if message.user is not None and message.user.is_active and message.user.email else NO_ADDRESS
    if not is_true(message) or appointment.held_since is not None:
        return OUT_OF_DATE
    return _no_way(message, appointment, now=now)


def _no_way(message: Message, appointment: Appointment, *, now: dt.datetime) -> str:
    """Say why this way is not open; what no text may say goes by email instead, where there is an address."""
    patient, by_text = appointment.patient, message.channel == Message.Channel.SMS
    if message.channel not in channels(patient, message.kind) and not _stands_in(message, patient):
        if by_text and _say_it_by_email(message, appointment, now=now):
            return OTHER_WAY
        return NOT_WANTED if message.kind in OURS_TO_START and channels(patient) else NO_ADDRESS
    if by_text and message.kind in OURS_TO_START and not texting.may_text(message, now=now):
        _say_it_by_email(message, appointment, now=now)
        return ENOUGH_TEXTS
    return ""


def _stands_in(message: Message, patient: Patient) -> bool:
    """Whether this email goes instead of a text message that could not."""
    if message.channel != Message.Channel.EMAIL or not _may_be_mailed(message.kind, patient):
        return False
    text = Message.objects.filter(intent=message.intent.replace("/email/", "/sms/"), state=Message.State.VOID)
    return text.exists()


def _may_be_mailed(kind: str, patient: Patient) -> bool:
    not_wanted = kind in OURS_TO_START and patient.reminders_off_at is not None
    return bool(patient.email and not patient.email_refused_at and not not_wanted)


def _say_it_by_email(message: Message, appointment: Appointment, *, now: dt.datetime) -> bool:
    """Write by email what no text may say, unless that was written already; returns False where there is no address."""
    if not _may_be_mailed(message.kind, appointment.patient):
        return False
    values = {
        "kind": message.kind,
        "channel": Message.Channel.EMAIL,
        "appointment": appointment,
        "patient_id": message.patient_id,
        "revision": message.revision,
        "created_at": now,
        "due_at": now,
        "useful_until": message.useful_until,
    }
    Message.objects.get_or_create(intent=message.intent.replace("/sms/", "/email/"), defaults=values)
    return True


def _not_before(message: Message, *, now: dt.datetime) -> dt.datetime:
    """Return when this may go: an outage can end at night, and what we start waits for the morning all the same."""
    if message.appointment is None or (message.channel == Message.Channel.EMAIL and message.kind not in OURS_TO_START):
        return now
    return decent(now, message.appointment.location.zone)


def _rest_until(message: Message, morning: dt.datetime) -> Verdict:
    """Give the row back until then, as if nobody had tried."""
    ours = Message.objects.filter(pk=message.pk, state=Message.State.SENDING, lease_until=message.lease_until)
    ours.update(state=Message.State.DUE, lease_until=morning, attempts=F("attempts") - 1)
    return Verdict.NIGHT


def _deliver(message: Message, postman: Postman, *, now: dt.datetime) -> str:
    """Hand the message to its carrier; returns the number the carrier gives it, if any."""
    appointment = message.appointment
    if message.channel == Message.Channel.SMS and appointment is not None:
        return gateways.send(appointment.patient.phone.as_e164, sms.text(message), str(message.message_id))
    postman.deliver(emails.compose(message, **postman.addresses[message.pk], name=postman.name, now=now))
    return ""


def _mark(message: Message, verdict: Verdict, *, error: str, now: dt.datetime, provider_id: str = "") -> Verdict:
    """Write down how it ended, if the row is still ours. What was sent was sent, even if it was withdrawn meanwhile."""
    row = Message.objects.filter(pk=message.pk)
    if verdict == Verdict.SENT:
        sent: dict[str, Any] = {"sent_at": now, "lease_until": None, "provider_id": provider_id}
        if not row.filter(failed_at=None).update(state=Message.State.SENT, last_error="", **sent):
            row.update(**sent)  # a receipt that says it failed has overtaken us
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


def _note_stop(message: Message, *, now: dt.datetime) -> None:
    """The carrier knows of a STOP that we never heard of."""
    if message.appointment is not None:
        numbers = Patient.objects.filter(phone=message.appointment.patient.phone, sms_stopped_at=None)
        numbers.update(sms_stopped_at=now)


def _in_short(error: Exception) -> str:
    """The exception's class and the server's code: never its text, which repeats addresses."""
    code = getattr(error, "smtp_code", "")
    return f"{type(error).__name__} {code}".strip()
