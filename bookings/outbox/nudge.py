"""Waking the sender.

The rows are in the database and the next tick finds them: losing a nudge costs seconds, never a message.
"""

import logging
import time

from celery import current_app
from django.db import transaction

from bookings.broker import impatient_connection

log = logging.getLogger(__name__)

TASK = "bookings.send_due"
PATIENCE = 0.3  # seconds for each step of talking to the broker: a person is waiting for their page
QUIET_AFTER_FAILURE = 30  # seconds without another try, so that a dead broker costs one request and not all of them


class Bell:
    """Rings the worker, unless the last try of this process failed a short while ago."""

    def __init__(self):
        self._quiet_until = 0.0

    def ring(self) -> None:
        if time.monotonic() < self._quiet_until:
            return
        try:
            _send()
        except Exception as error:  # noqa: BLE001  the booking is committed: nothing a broker does may look like its failure
            self._quiet_until = time.monotonic() + QUIET_AFTER_FAILURE
            log.warning("The worker could not be woken (%s); the next tick sends.", type(error).__name__)

    def forget(self) -> None:
        """Try again at once."""
        self._quiet_until = 0.0


bell = Bell()


def nudge() -> None:
    """Wake a sender now; never raises, never takes long."""
    bell.ring()


def nudge_on_commit() -> None:
    """Wake the sender once the caller's transaction is committed; never raises, never takes long."""
    transaction.on_commit(nudge, robust=True)


def _send() -> None:
    """Publish on a connection of its own: the worker's pool is patient, a web request is not."""
    with impatient_connection(PATIENCE) as connection:
        current_app.send_task(TASK, connection=connection, retry=False, ignore_result=True, expires=60)
