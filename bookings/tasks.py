"""What the worker does. Thin, without arguments, and safe to run twice at once; the names are the worker's contract."""

import datetime as dt
from pathlib import Path

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from bookings import health, limits, outbox, scheduling
from bookings.desk import filing, parking
from bookings.models import Message, Tick


@shared_task(name="bookings.tick")
def tick() -> None:
    """Ask what is due: mail is sent first, because people wait for it."""
    now = timezone.now()
    outbox.pause_after_restore(settings.VAR_DIR, now=now)
    outbox.sweep(now=now)
    outbox.send_due(now=now, channel=Message.Channel.EMAIL, call_help=outbox.nudge)
    scheduling.drop_expired(now=now)
    _ticked("tick", now=now)
    outbox.mark_seen(settings.VAR_DIR, now=now)


@shared_task(name="bookings.send_due")
def send_due() -> None:
    """Send the mail that is due, as soon as somebody has booked, or another process has more than it can send."""
    outbox.send_due(now=timezone.now(), channel=Message.Channel.EMAIL, call_help=outbox.nudge)


@shared_task(name="bookings.send_texts")
def send_texts() -> None:
    """Send the text messages that are due, in a queue of their own: a slow gateway holds no mail up."""
    now = timezone.now()
    outbox.send_due(now=now, channel=Message.Channel.SMS)
    _ticked("texts", now=now)


@shared_task(name="bookings.housekeeping")
def housekeeping() -> None:
    """Mend what is missing, and forget what nobody needs."""
    now = timezone.now()
    outbox.reconcile(now=now)
    outbox.intend_digests(now=now)
    outbox.forget(now=now)
    limits.forget_old(now=now)
    parking.forget_parked(now=now)
    _ticked("housekeeping", now=now)


@shared_task(name="bookings.say_alive")
def say_alive() -> None:
    """Ask the owner's dead-man address, while the messenger is healthy; who does not hear from us raises the alarm."""
    health.say_alive(settings.CLINIC_PING_URL, now=timezone.now())


@shared_task(name="bookings.day_sheets")
def day_sheets() -> None:
    """Have the sheets of today and of the next open day on disk, an hour old at most: asked often, written when due."""
    filing.write_due(Path(settings.CLINIC_DAY_SHEETS), now=timezone.now())


def _ticked(name: str, *, now: dt.datetime) -> None:
    """Write down that it finished: `/healthz` and nobody's word is the proof that the worker works.

    It only rises: of two workers the slower one may finish last, and a tick that falls looks like a restored backup.
    """
    row, is_new = Tick.objects.get_or_create(name=name, defaults={"at": now})
    if not is_new:
        Tick.objects.filter(pk=row.pk, at__lt=now).update(at=now)
