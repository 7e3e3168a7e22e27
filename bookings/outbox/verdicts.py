"""What a failure to send means: try again, phone the patient, or give up. One table, by what the server said."""

import datetime as dt
import smtplib
from enum import Enum

from bookings.models import Message
from bookings.sms import SmsRefused, SmsUnknown

MOST_ATTEMPTS = 8
BACKOFF = [dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60)]
# Nobody's mail leaves while the server is away, so that it is asked often and no single message is given up for it.
UNREACHABLE_REST = dt.timedelta(minutes=5)


class Verdict(Enum):
    """How an attempt ended; `state` is what becomes of the row."""

    SENT = "sent"
    VOID = "void"
    RETRY = "retry"
    UNREACHABLE = "server away"
    SHUT = "refused for all"
    NIGHT = "waits for the morning"
    REFUSED = "refused"
    DEAD = "dead"

    @property
    def state(self) -> str:
        return _STATES[self]


_STATES = {
    Verdict.SENT: Message.State.SENT,
    Verdict.VOID: Message.State.VOID,
    Verdict.RETRY: Message.State.DUE,
    Verdict.UNREACHABLE: Message.State.DUE,
    Verdict.SHUT: Message.State.DUE,
    Verdict.NIGHT: Message.State.DUE,
    Verdict.REFUSED: Message.State.FAILED,
    Verdict.DEAD: Message.State.DEAD,
}


def judge(error: Exception, *, attempts: int) -> Verdict:
    """Return what this failure means for the row. What no server said is our own mistake: dead, and the rest go on."""
    verdict = _said(error)
    tries_again = verdict in (Verdict.RETRY, Verdict.SHUT)
    return Verdict.DEAD if tries_again and attempts >= MOST_ATTEMPTS else verdict


def _said(error: Exception) -> Verdict:
    match error:
        case smtplib.SMTPRecipientsRefused():
            return _of_recipient(*next(iter(error.recipients.values())))
        case SmsRefused() | SmsUnknown():
            return Verdict.REFUSED
        case smtplib.SMTPAuthenticationError():
            return Verdict.SHUT
        case smtplib.SMTPException():
            return Verdict.UNREACHABLE if _closed_the_door(error) else _of_us(error)
        case OSError():  # refused, unknown host, timed out
            return Verdict.UNREACHABLE
    return Verdict.DEAD


def _of_recipient(code: int, said: bytes) -> Verdict:
    """A mailbox that does not exist is final; what the server has against us is said to every recipient alike."""
    if code < 500:
        return Verdict.RETRY
    return Verdict.SHUT if code == 554 or bytes(said).lstrip().startswith(b"5.7.") else Verdict.REFUSED


def _of_us(error: smtplib.SMTPException) -> Verdict:
    """Refused after the recipient was taken: for good it may be this one message, or all of ours."""
    return Verdict.SHUT if getattr(error, "smtp_code", 0) >= 500 else Verdict.RETRY


def _closed_the_door(error: smtplib.SMTPException) -> bool:
    """Whether the server is done with us, and not only with this message."""
    gone = (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError)
    return isinstance(error, gone) or getattr(error, "smtp_code", 0) == 421


def rest(message: Message, verdict: Verdict) -> dt.timedelta:
    """Return how long the row waits for its next try: 1, 5, 15, then 60 minutes, up to a quarter more.

    The extra comes from the row's number, so that what failed together does not come back together.
    """
    pause = BACKOFF[min(message.attempts, len(BACKOFF)) - 1]
    if verdict == Verdict.UNREACHABLE:
        pause = min(pause, UNREACHABLE_REST)
    return pause * (1 + message.pk % 16 / 64)
