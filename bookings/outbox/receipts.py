"""What carriers say later of what they took: a text arrived or did not, a mail came back.

What is known to have arrived stays so, whatever comes after it, late, twice or in the wrong order.
"""

import datetime as dt
import re
import uuid

from bookings.models import Message, Patient
from bookings.outbox.attempts import hand_to_desk

State, Channel = Message.State, Message.Channel
ARRIVED = frozenset({"delivered", "read"})
LOST = frozenset({"failed", "undelivered"})
HANDED_OVER = (State.SENT, State.SENDING)
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# RFC 3463. 5.1.7 and 5.1.8 are about our own address, 5.7 about a policy: their mailbox may well be good.
NO_SUCH_MAILBOX = re.compile(r"5\.1\.(?![78]$)\d{1,3}|5\.2\.1")
FOR_GOOD = re.compile(r"5\.\d{1,3}\.\d{1,3}")


def note_receipt(key: str, provider_id: str, status: str, code: str, *, now: dt.datetime) -> bool:
    """Write down what became of a text; returns whether anything changed.

    `key`: the one we gave the gateway with the text; `provider_id`: the gateway's own number, where it knows no key.
    """
    message = _text(key, provider_id)
    if message is None or message.delivered_at is not None:
        return False
    if status in ARRIVED:
        return _note_arrival(message, now=now)
    return status in LOST and _note_loss(message, f"{status} {code}".strip(), now=now)


def mail_of(message_id: str) -> Message | None:
    """Return the mail of ours that has this Message-ID, with or without its brackets; None for anybody else's."""
    found = UUID.search(message_id.lower())
    rows = Message.objects.select_related("appointment__patient").filter(channel=Channel.EMAIL)
    return rows.filter(message_id=uuid.UUID(found[0])).first() if found else None


def note_bounce(message_id: str, status: str, *, recipient: str = "", now: dt.datetime) -> bool:
    """Write down that a mail came back for good; returns whether anything changed.

    `status`: the enhanced code of RFC 3463, such as 5.1.1; other classes change nothing. `recipient`: who was written to,
    where the report says so.
    """
    message = mail_of(message_id)
    if message is None or not FOR_GOOD.fullmatch(status) or not _note_loss(message, f"bounced {status}", now=now):
        return False
    if NO_SUCH_MAILBOX.fullmatch(status) and message.appointment is not None:
        patient = message.appointment.patient
        if _is_still_theirs(patient, recipient, message.sent_at or now):
            Patient.objects.filter(pk=patient.pk, email=patient.email).update(email_refused_at=now)
    return True


def _text(key: str, provider_id: str) -> Message | None:
    texts = Message.objects.filter(channel=Channel.SMS)
    if UUID.fullmatch(key):
        return texts.filter(message_id=uuid.UUID(key)).first()
    return texts.filter(provider_id=provider_id).first() if provider_id else None


def _note_arrival(message: Message, *, now: dt.datetime) -> bool:
    """A text of which nobody knew whether it went, or which was thought lost, has been read after all."""
    rows = Message.objects.filter(pk=message.pk, delivered_at=None)
    if message.state == State.FAILED:
        went = message.sent_at or now
        return bool(rows.update(state=State.SENT, sent_at=went, delivered_at=now, failed_at=None, last_error=""))
    return bool(rows.update(delivered_at=now))


def _note_loss(message: Message, error: str, *, now: dt.datetime) -> bool:
    rows = Message.objects.filter(pk=message.pk, delivered_at=None, state__in=HANDED_OVER)
    if not rows.update(state=State.FAILED, failed_at=now, lease_until=None, last_error=error[:120]):
        return False
    hand_to_desk([message.appointment_id])
    return True


def _is_still_theirs(patient: Patient, recipient: str, sent_at: dt.datetime) -> bool:
    """Whether the mail went to the address they have now; where the report names none, their history knows."""
    if recipient:
        return recipient.casefold() == patient.email.casefold()
    then = patient.history.filter(history_date__lte=sent_at).order_by("-history_date", "-history_id")
    email = then.values_list("email", flat=True).first()
    return email is None or email == patient.email
