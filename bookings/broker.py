"""A connection to Celery's broker for somebody who must not wait."""

from celery import current_app
from kombu import Connection


def impatient_connection(seconds: float) -> Connection:
    """Return a connection that tries once and gives each step, connecting and every answer, that many seconds.

    Left to itself Celery retries: a broker that refuses costs 2 seconds, one that hangs 45.
    """
    options = dict(current_app.conf.broker_transport_options or {})
    options |= {"socket_timeout": seconds, "socket_connect_timeout": seconds, "retry_on_timeout": False}
    options |= {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
    return current_app.connection_for_write(connect_timeout=seconds, transport_options=options)
