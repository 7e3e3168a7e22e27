"""What a failure to send means: try again, phone the patient, or give up. One table, by what the server said."""

import datetime as dt
import smtplib
from enum import Enum

from bookings.gateways import SmsAway, SmsRefused, SmsUnknown
from bookings.models import Message

MOST_ATTEMPTS = 8
# RFC 5321: closing the connection, refused for good from here on, the transaction failed.
GOING_AWAY, PERMANENT, TRANSACTION_FAILED = 421, 500, 554
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
        case smtplib.SMTPException():
            return _of_us(error)
        case SmsAway() | OSError():  # refused, unknown host, timed out
            return Verdict.UNREACHABLE
    return Verdict.DEAD


def _of_recipient(code: int, said: bytes) -> Verdict:
    """A mailbox that does not exist is final; what the server has against us is said to every recipient alike."""
    if code < PERMANENT:
        return Verdict.RETRY
    return Verdict.SHUT if code == TRANSACTION_FAILED or bytes(said).lstrip().startswith(b"5.7.") else Verdict.REFUSED


def _of_us(error: smtplib.SMTPException) -> Verdict:
    """The server went away, or refused what was not about a recipient: for good it may be this one message, or all of ours."""
    code = getattr(error, "smtp_code", 0)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Verdict.SHUT
    if isinstance(error, (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError)) or code == GOING_AWAY:
        return Verdict.UNREACHABLE
    return Verdict.SHUT if code >= PERMANENT else Verdict.RETRY


def rest(message: Message, verdict: Verdict) -> dt.timedelta:
    """Return how long the row waits for its next try: 1, 5, 15, then 60 minutes, up to a quarter more.

    The extra comes from the row's number, so that what failed together does not come back together.
    """
    pause = BACKOFF[min(message.attempts, len(BACKOFF)) - 1]
    if verdict == Verdict.UNREACHABLE:
        pause = min(pause, UNREACHABLE_REST)
    return pause * (1 + message.pk % 16 / 64)
