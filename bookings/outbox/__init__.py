"""The outbox: what patients are told, written with the change it tells of and sent afterwards.

Exactly once cannot be had over SMTP. So there is at most one row per intent, written in the transaction of the change;
every row is tried until the mail server has taken it; and copies of one message carry one Message-ID, so that they
collapse.
"""

from bookings.outbox.intents import (
    can_reach,
    intend,
    intend_reminders,
    intent_of,
    last_notice_lost,
    notice_due,
    void_delays,
    void_unsent,
    was_told,
)
from bookings.outbox.nudge import nudge_on_commit
from bookings.outbox.sending import Rendered, claim, hand_to_desk, preview, send_due
from bookings.outbox.upkeep import forget, mark_history, reconcile, sweep

__all__ = [
    "Rendered",
    "can_reach",
    "claim",
    "forget",
    "hand_to_desk",
    "intend",
    "intend_reminders",
    "intent_of",
    "last_notice_lost",
    "mark_history",
    "notice_due",
    "nudge_on_commit",
    "preview",
    "reconcile",
    "send_due",
    "sweep",
    "void_delays",
    "void_unsent",
    "was_told",
]
