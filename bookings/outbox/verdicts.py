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
    Verdict.REFUSED: Message.State.FAILED,
    Verdict.DEAD: Message.State.DEAD,
}


def judge(error: Exception, *, attempts: int) -> Verdict:
    """Return what this failure means for the row. What no server said is our own mistake: dead, and the rest go on."""
    verdict = _said(error)
    return Verdict.DEAD if verdict == Verdict.RETRY and attempts >= MOST_ATTEMPTS else verdict


def _said(error: Exception) -> Verdict:
    match error:
        case smtplib.SMTPRecipientsRefused():
            return Verdict.REFUSED if _is_final(_recipient_code(error)) else Verdict.RETRY
        case SmsRefused() | SmsUnknown():
            return Verdict.REFUSED
        case smtplib.SMTPException():
            return Verdict.UNREACHABLE if _closed_the_door(error) else Verdict.RETRY
        case OSError():  # refused, unknown host, timed out
            return Verdict.UNREACHABLE
    return Verdict.DEAD


def _closed_the_door(error: smtplib.SMTPException) -> bool:
    """Whether the server is done with us, and not only with this message."""
    gone = (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError, smtplib.SMTPAuthenticationError)
    return isinstance(error, gone) or getattr(error, "smtp_code", 0) == 421


def _recipient_code(error: smtplib.SMTPRecipientsRefused) -> int:
    return next(iter(error.recipients.values()))[0]


def _is_final(code: int) -> bool:
    return code >= 500


def rest(message: Message, verdict: Verdict) -> dt.timedelta:
    """Return how long the row waits for its next try: 1, 5, 15, then 60 minutes, up to a quarter more.

    The extra comes from the row's number, so that what failed together does not come back together.
    """
    pause = BACKOFF[min(message.attempts, len(BACKOFF)) - 1]
    if verdict == Verdict.UNREACHABLE:
        pause = min(pause, UNREACHABLE_REST)
    return pause * (1 + message.pk % 16 / 64)
