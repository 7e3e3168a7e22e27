"""Keeping the outbox true: rows a sender left behind, rows that came too late, links that are over."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from bookings import links
from bookings.models import Message, TextReply
from bookings.outbox.attempts import TOO_LATE, hand_to_desk
from bookings.outbox.verdicts import MOST_ATTEMPTS

UNKNOWN = "the sender stopped; whether it arrived is unknown"
BEFORE_THE_DIARY = "before the diary began"
WORDS_KEPT = dt.timedelta(days=30)


def sweep(*, now: dt.datetime) -> Counter:
    """Free rows whose sender has died, and withdraw what nobody needs any more. Returns how many became what.

    A second copy of a mail collapses with the first by its Message-ID; of a text message it would not, so that the desk
    decides about those.
    """
    left = Message.objects.filter(state=Message.State.SENDING, lease_until__lte=now)
    # What is due later is of use later still; without this each tick would read all that is ever to be sent.
    due = Message.objects.filter(state=Message.State.DUE, due_at__lte=now)
    counts = Counter(failed=_give_up(left.filter(channel=Message.Channel.SMS), Message.State.FAILED, now=now))
    for rows in (left, due):
        counts["void"] += _end(rows.filter(useful_until__lte=now), Message.State.VOID, TOO_LATE)
    counts["dead"] = _give_up(left.filter(attempts__gte=MOST_ATTEMPTS), Message.State.DEAD, now=now)
    counts["due"] = _end(left, Message.State.DUE, UNKNOWN)
    return counts


def mark_history(appointment_ids: Iterable[int], *, now: dt.datetime) -> int:
    """For imports and the demo: what should have gone before `now` becomes void, so that nobody hears of old visits."""
    rows = Message.objects.unsent().filter(appointment__in=list(appointment_ids), due_at__lt=now)
    return _end(rows, Message.State.VOID, BEFORE_THE_DIARY)


def forget(*, now: dt.datetime) -> int:
    """Delete manage links that open nothing any more, and the words of old text replies; returns how many of both."""
    words = TextReply.objects.filter(at__lt=now - WORDS_KEPT).exclude(words="").update(words="", phone="")
    return links.forget_expired(now=now) + words


def _give_up(rows, state: str, *, now: dt.datetime) -> int:
    """End rows that never got through, or may not have; the desk phones instead."""
    hand_to_desk(rows.values_list("appointment", flat=True))
    return _end(rows, state, UNKNOWN, failed_at=now)


def _end(rows, state: str, reason: str, **values) -> int:
    return rows.update(state=state, lease_until=None, last_error=reason, **values)
