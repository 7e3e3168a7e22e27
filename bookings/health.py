"""Is the messenger alive? The honest answer is the age of the oldest message that should have gone."""

import datetime as dt
import logging
import urllib.request
from typing import Any

from django.db import DatabaseError
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from bookings.broker import impatient_connection
from bookings.models import Message, Messenger, Tick

log = logging.getLogger(__name__)

LATE_AFTER = dt.timedelta(minutes=10)
TICK_LATE_AFTER = dt.timedelta(minutes=5)
PING_PATIENCE = 5  # seconds
BROKER_PATIENCE = 1  # seconds: whoever asks has a timeout too


def report(*, now: dt.datetime) -> dict[str, Any]:
    """Return what `/healthz` answers: `healthy`, the `reasons` why not, and what was measured.

    `database` and `broker`: whether they answer; `oldest_due_seconds` and `last_tick_seconds`: whole seconds, or
    None when nothing is due or nothing ever ticked. A message that rests between two tries is due all the same.
    """
    try:
        oldest = _oldest(now)
        tick = Tick.objects.filter(name="tick").values_list("at", flat=True).first()
        messenger = Messenger.current()
    except DatabaseError:
        return _report(["database"], database=False)
    broker = broker_answers()
    wrong = {
        "broker": not broker,
        "messages are late": oldest is not None and now - oldest > LATE_AFTER,
        "messages are paused": messenger.paused_at is not None,
        "the mail server refuses all": messenger.shut_until is not None,
        "no tick": tick is None or now - tick > TICK_LATE_AFTER,
    }
    return _report(
        [reason for reason, is_so in wrong.items() if is_so],
        database=True,
        broker=broker,
        oldest_due_seconds=_seconds(oldest, now),
        last_tick_seconds=_seconds(tick, now),
    )


def _oldest(now: dt.datetime) -> dt.datetime | None:
    """Return since when the oldest message waits: of those that are due, and of those a sender has."""
    firsts = [
        rows.order_by("due_at").values_list("due_at", flat=True).first() for rows in Message.objects.waiting(now=now)
    ]
    return min((first for first in firsts if first is not None), default=None)


def broker_answers() -> bool:
    """Whether the broker answers within a second. One that accepts connections and says nothing does not."""
    try:
        with impatient_connection(BROKER_PATIENCE) as connection:
            _answer = connection.default_channel
    except (BrokerError, RedisError, OSError):
        return False
    return True


def say_alive(url: str, *, now: dt.datetime) -> bool:
    """Ask the dead-man address, unless something is wrong; returns whether it was asked. Whoever misses it raises the alarm."""
    if not url or not report(now=now)["healthy"]:
        return False
    try:
        with urllib.request.urlopen(url, timeout=PING_PATIENCE):  # noqa: S310  the owner's own address, checked at start
            return True
    except OSError as error:
        log.warning("The dead-man address did not answer (%s).", type(error).__name__)
        return False


def _report(reasons: list[str], **measured: Any) -> dict[str, Any]:
    return {"healthy": not reasons, "reasons": reasons, **measured}


def _seconds(instant: dt.datetime | None, now: dt.datetime) -> int | None:
    return int((now - instant).total_seconds()) if instant else None
