"""The outbox: what patients are told, written with the change it tells of and sent afterwards.

Exactly once cannot be had over SMTP. So there is at most one row per intent, written in the transaction of the change;
every row is tried until the mail server has taken it; and copies of one message carry one Message-ID, so that they
collapse.
"""

from bookings.outbox.asking import NotSendable, send_again, send_link
from bookings.outbox.attempts import hand_to_desk
from bookings.outbox.holding import count_held, release_visits
from bookings.outbox.intents import (
    can_reach,
    can_tell,
    intend,
    intend_reminders,
    intent_of,
    invite,
    last_notice_lost,
    notice_due,
    void_delays,
    void_unsent,
    was_told,
)
from bookings.outbox.nudge import nudge, nudge_on_commit
from bookings.outbox.pausing import Rehearsing, is_paused, mark_seen, pause, pause_after_restore, release, state
from bookings.outbox.plan import steps_for
from bookings.outbox.receipts import mail_of, note_bounce, note_receipt
from bookings.outbox.reconciling import intend_digests, reconcile, replan
from bookings.outbox.sending import Rendered, claim, preview, send_due
from bookings.outbox.truth import is_true
from bookings.outbox.upkeep import forget, mark_history, sweep

__all__ = [
    "NotSendable",
    "Rehearsing",
    "Rendered",
    "can_reach",
    "can_tell",
    "claim",
    "count_held",
    "forget",
    "hand_to_desk",
    "intend",
    "intend_digests",
    "intend_reminders",
    "intent_of",
    "invite",
    "is_paused",
    "is_true",
    "last_notice_lost",
    "mail_of",
    "mark_history",
    "mark_seen",
    "note_bounce",
    "note_receipt",
    "notice_due",
    "nudge",
    "nudge_on_commit",
    "pause",
    "pause_after_restore",
    "preview",
    "reconcile",
    "release",
    "release_visits",
    "replan",
    "send_again",
    "send_due",
    "send_link",
    "state",
    "steps_for",
    "sweep",
    "void_delays",
    "void_unsent",
    "was_told",
]
