"""How many text messages a person gets from us."""

import datetime as dt

from bookings.models import Message


def may_text(message: Message, *, now: dt.datetime) -> bool:
    """Whether this text may go."""
    return True
