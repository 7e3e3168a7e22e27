"""Sending what is due: claim a batch, hand each row to its carrier outside any transaction, stop when the server is away."""

import datetime as dt
import logging
import time
from collections import Counter
from collections.abc import Callable

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q

from bookings import emails, links, sms
from bookings.emails import Rendered
from bookings.models import Message, Messenger
from bookings.outbox import pausing
from bookings.outbox.attempts import Postman, send_one
from bookings.outbox.intents import OURS_TO_START
from bookings.outbox.verdicts import Verdict

log = logging.getLogger(__name__)

BATCH = 20
# Longer than a batch can take, so that nobody else takes a row its sender still works on: BUDGET plus one slow message.
LEASE_SECONDS = 120
BUDGET_SECONDS = 20
AWAY, PUT_BACK, SHUT = Verdict.UNREACHABLE.value, "put back", Verdict.SHUT.value
MINUTE = dt.timedelta(minutes=1)


def claim(
    *, now: dt.datetime, channel: str = "", limit: int = BATCH, lease_seconds: int = LEASE_SECONDS
) -> list[Message]:
    """Take up to `limit` due rows, oldest first: no other sender gets them before the lease has run out."""
    lease = now + dt.timedelta(seconds=lease_seconds)
    with transaction.atomic():
        due = Message.objects.due(now=now)
        if channel:
            due = due.filter(channel=channel)
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        chosen = list(due.values_list("pk", flat=True)[:limit])
        taken = Message.objects.filter(pk__in=chosen, state=Message.State.DUE)
        taken.update(state=Message.State.SENDING, lease_until=lease, attempts=F("attempts") + 1)
    read = Message.objects.select_related("appointment__location", "appointment__patient")
    rows = read.filter(pk__in=chosen, state=Message.State.SENDING, lease_until=lease)
    return list(rows.order_by("due_at", "pk"))


def send_due(
    *, now: dt.datetime, channel: str = "", seconds: float = BUDGET_SECONDS, call_help: Callable[[], None] | None = None
) -> Counter:
    """Send what is due, by one channel or by all, for up to `seconds`; returns how many rows ended as what. May run twice at once.

    A mail server that does not answer ends the round: the next tick tries again, and asks it with one message only. Nothing
    goes while the messenger is paused, while the server refuses everybody, or faster than CLINIC_MESSAGES_PER_MINUTE.
    `call_help` is called once where the first batch was full and went well: another sender may have work beside this one.
    """
    clock = _clock_from(now)
    end = now + dt.timedelta(seconds=seconds)
    counts: Counter = Counter()
    while clock() < end and (batch := _next_batch(channel, now=clock())):
        round_counts = _send_batch(batch, clock=clock, end=end)
        if call_help is not None and not counts and round_counts[Verdict.SENT.value] == BATCH:
            call_help()
        counts += round_counts
        if round_counts[AWAY] or round_counts[PUT_BACK] or round_counts[SHUT]:
            break
    if counts:
        log.info("Messages: %s", ", ".join(f"{name} {number}" for name, number in sorted(counts.items())))
    return counts


def _next_batch(channel: str, *, now: dt.datetime) -> list[Message]:
    with transaction.atomic():  # one sender after the other: two at once would each take what is left of the minute
        messenger = Messenger.locked()
        if messenger.paused_at is not None or messenger.is_rehearsing:
            return []
        if messenger.shut_until is not None and channel != Message.Channel.SMS:
            if now < messenger.shut_until:
                return claim(now=now, channel=Message.Channel.SMS, limit=_allowance(now)) if not channel else []
            return claim(
                now=now, channel=Message.Channel.EMAIL, limit=1
            )  # the oldest one asks whether it is open again
        return claim(now=now, channel=channel, limit=_allowance(now))


def _allowance(now: dt.datetime) -> int:
    """Return how many may go now: after an outage thousands are due, and a provider that gets them at once blocks us."""
    most = settings.CLINIC_MESSAGES_PER_MINUTE
    if not most:
        return BATCH
    sent = Q(state=Message.State.SENT, sent_at__gt=now - MINUTE)
    in_hand = Q(state=Message.State.SENDING, lease_until__gt=now)  # by another sender, at this moment
    return max(0, min(BATCH, most - Message.objects.filter(sent | in_hand).count()))


def preview(message: Message) -> Rendered:
    """Return what would be sent now, with a placeholder where the link would be. Mints nothing, sends nothing."""
    if message.channel == Message.Channel.SMS:
        return Rendered(subject="", text=sms.text(message), html="")
    stop_link = links.PLACEHOLDER if message.kind in OURS_TO_START else ""
    return emails.render(message, link=links.PLACEHOLDER, stop_link=stop_link)


def _clock_from(now: dt.datetime) -> Callable[[], dt.datetime]:
    """A clock that was `now` when this began: tests choose the hour, and time passes while mail goes out."""
    began = time.monotonic()
    return lambda: now + dt.timedelta(seconds=time.monotonic() - began)


def _send_batch(batch: list[Message], *, clock, end) -> Counter:
    counts: Counter = Counter()
    refused: list[Message] = []  # those the server refused since it last took one
    with Postman(batch, now=clock()) as postman:
        for place, message in enumerate(batch):
            if clock() >= end:
                counts[PUT_BACK] += _put_back(batch[place:])
                break
            verdict = send_one(message, postman, now=clock())
            counts[verdict.value] += 1
            refused = _refused_since(refused, message, verdict)
            if verdict == Verdict.UNREACHABLE or len(refused) >= pausing.SHUT_AFTER:
                counts[PUT_BACK] += _put_back(batch[place + 1 :])
                break
    if refused:
        _note_shut(refused, now=clock())
    elif counts[Verdict.SENT.value]:
        pausing.opened(Messenger.current())
    return counts


def _refused_since(refused: list[Message], message: Message, verdict: Verdict) -> list[Message]:
    if verdict == Verdict.SENT and message.channel == Message.Channel.EMAIL:
        return []
    return [*refused, message] if verdict == Verdict.SHUT else refused


def _note_shut(refused: list[Message], *, now: dt.datetime) -> None:
    """Refused one after another: when that is about us, the rows are not to blame and keep their attempts."""
    rows = Message.objects.filter(pk__in=[row.pk for row in refused], state=Message.State.DUE)
    said = rows.values_list("last_error", flat=True).first() or ""
    if pausing.shut(len(refused), said, now=now):
        rows.filter(attempts__gt=0).update(attempts=F("attempts") - 1)


def _put_back(batch: list[Message]) -> int:
    """Give rows nobody tried back, as if they had not been taken."""
    ours = Message.objects.filter(pk__in=[row.pk for row in batch], state=Message.State.SENDING)
    leased = ours.filter(lease_until__in={row.lease_until for row in batch})
    return leased.update(state=Message.State.DUE, lease_until=None, attempts=F("attempts") - 1)
