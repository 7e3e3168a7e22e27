"""Is the messenger alive? The honest answer is the age of the oldest message that should have gone."""

import datetime as dt
from typing import Any

from celery import current_app
from django.db import DatabaseError
from kombu.exceptions import OperationalError as BrokerError

from bookings.models import Message, Tick

LATE_AFTER = dt.timedelta(minutes=10)
TICK_LATE_AFTER = dt.timedelta(minutes=5)


def report(*, now: dt.datetime) -> dict[str, Any]:
    """Return {"healthy", "reasons", "database", "broker", "oldest_due_seconds", "last_tick_seconds"}; seconds or None."""
    try:
        oldest = Message.objects.due(now=now).values_list("due_at", flat=True).first()
        tick = Tick.objects.filter(name="tick").values_list("at", flat=True).first()
    except DatabaseError:
        return {"healthy": False, "reasons": ["database"], "database": False}
    broker = broker_answers()
    late = oldest is not None and now - oldest > LATE_AFTER
    silent = tick is None or now - tick > TICK_LATE_AFTER
    reasons = [name for name, wrong in (("broker", not broker), ("messages are late", late), ("no tick", silent)) if wrong]
    return {
        "healthy": not reasons,
        "reasons": reasons,
        "database": True,
        "broker": broker,
        "oldest_due_seconds": int((now - oldest).total_seconds()) if oldest else None,
        "last_tick_seconds": int((now - tick).total_seconds()) if tick else None,
    }


def broker_answers() -> bool:
    """Whether the broker takes a connection within a second."""
    try:
        with current_app.connection_for_write(connect_timeout=1) as connection:
            connection.ensure_connection(max_retries=1, timeout=1)
    except (BrokerError, OSError):
        return False
    return True
