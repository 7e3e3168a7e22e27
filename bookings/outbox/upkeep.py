"""Keeping the outbox true: rows a sender left behind, rows that came too late, rows that are missing."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q

from bookings import links
from bookings.models import Appointment, Message
from bookings.models.appointments import Status
from bookings.outbox.intents import intend_reminders
from bookings.outbox.sending import TOO_LATE, hand_to_desk
from bookings.outbox.verdicts import MOST_ATTEMPTS

UNKNOWN = "the sender stopped; whether it arrived is unknown"
BEFORE_THE_DIARY = "before the diary began"
# How many visits one round of `reconcile` mends; the next round mends the rest.
MOST_MENDED = 500
# No reminder is due later than this before its visit: 8 am the day before, for a visit at 6 am.
SOONEST_REMINDED = dt.timedelta(hours=20)


def sweep(*, now: dt.datetime) -> Counter:
    """Free rows whose sender has died, and withdraw what nobody needs any more. Returns how many became what.

    A second copy of a mail collapses with the first by its Message-ID; of a text message it would not, so that the desk
    decides about those.
    """
    left = Message.objects.filter(state=Message.State.SENDING, lease_until__lte=now)
    due = Message.objects.filter(state=Message.State.DUE)
    counts = Counter(failed=_give_up(left.filter(channel=Message.Channel.SMS), Message.State.FAILED, now=now))
    for rows in (left, due):
        counts["void"] += _end(rows.filter(useful_until__lte=now), Message.State.VOID, TOO_LATE)
    counts["dead"] = _give_up(left.filter(attempts__gte=MOST_ATTEMPTS), Message.State.DEAD, now=now)
    counts["due"] = _end(left, Message.State.DUE, UNKNOWN)
    return counts


def reconcile(*, now: dt.datetime) -> int:
    """Write reminders that booked visits lack, as after an import or a restored backup; returns how many rows.

    Confirmations are not made up afterwards: a visit may have been booked without one on purpose.
    """
    written = 0
    for appointment in _without_reminder(now=now)[:MOST_MENDED]:
        try:
            with transaction.atomic():
                written += len(intend_reminders(appointment, now=now))
        except IntegrityError:  # somebody else wrote it this moment
            continue
    return written


def mark_history(appointment_ids: Iterable[int], *, now: dt.datetime) -> int:
    """For imports and the demo: what should have gone before `now` becomes void, so that nobody hears of old visits."""
    rows = Message.objects.unsent().filter(appointment__in=list(appointment_ids), due_at__lt=now)
    return _end(rows, Message.State.VOID, BEFORE_THE_DIARY)


def forget(*, now: dt.datetime) -> int:
    """Delete manage links that open nothing any more; returns how many."""
    return links.forget_expired(now=now)


def _give_up(rows, state: str, *, now: dt.datetime) -> int:
    """End rows that never got through, or may not have; the desk phones instead."""
    hand_to_desk(rows.values_list("appointment", flat=True))
    return _end(rows, state, UNKNOWN, failed_at=now)


def _end(rows, state: str, reason: str, **values) -> int:
    return rows.update(state=state, lease_until=None, last_error=reason, **values)


def _without_reminder(*, now: dt.datetime):
    """Booked visits whose reminder is still to come and was never written for this revision, the next ones first."""
    same = {"appointment": OuterRef("pk"), "revision": OuterRef("revision")}
    written = Message.objects.filter(kind=Message.Kind.REMINDER, **same)
    reachable = Q(patient__email_refused_at=None) & ~Q(patient__email="")
    if settings.CLINIC_SMS_URL:
        reachable |= Q(patient__sms_consent_at__isnull=False) & ~Q(patient__phone="")
    ahead = Appointment.objects.filter(status=Status.BOOKED, start__gt=now + SOONEST_REMINDED)
    return ahead.filter(reachable, ~Exists(written)).select_related("patient", "location").order_by("start", "pk")
