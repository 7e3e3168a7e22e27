"""What the worker does. Thin, without arguments, and safe to run twice at once; the names are the worker's contract."""

import datetime as dt
from pathlib import Path

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from bookings import limits, outbox, scheduling
from bookings.desk import filing, parking
from bookings.models import Tick


@shared_task(name="bookings.tick")
def tick() -> None:
    """Ask what is due: sent first, because people wait for it."""
    now = timezone.now()
    outbox.sweep(now=now)
    outbox.send_due(now=now)
    scheduling.drop_expired(now=now)
    _ticked("tick", now=now)


@shared_task(name="bookings.send_due")
def send_due() -> None:
    """Send what is due, as soon as somebody has booked instead of at the next tick."""
    outbox.send_due(now=timezone.now())


@shared_task(name="bookings.housekeeping")
def housekeeping() -> None:
    """Mend what is missing, and forget what nobody needs."""
    now = timezone.now()
    outbox.reconcile(now=now)
    outbox.forget(now=now)
    limits.forget_old(now=now)
    parking.forget_parked(now=now)
    _ticked("housekeeping", now=now)


@shared_task(name="bookings.day_sheets")
def day_sheets() -> None:
    """Have the sheets of today and of the next open day on disk, an hour old at most: asked often, written when due."""
    filing.write_due(Path(settings.CLINIC_DAY_SHEETS), now=timezone.now())


def _ticked(name: str, *, now: dt.datetime) -> None:
    """Write down that it finished: `/healthz` and nobody's word is the proof that the worker works."""
    Tick.objects.update_or_create(name=name, defaults={"at": now})
