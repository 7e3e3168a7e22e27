"""Every change of the diary. Web, desk, phone, clinician, waitlist, task and import all call these verbs, and nothing else writes.

A verb is one short transaction: lock, look again, write, and only after the commit nudge the sender. It returns the fresh row
or raises a `Refused` that can be shown to people; then nothing was written.
"""

from bookings.scheduling.booking import book, move, overbook, request
from bookings.scheduling.closures import block
from bookings.scheduling.moves import CANCEL_REASONS, MOVES, PATIENT_REASONS, allowed
from bookings.scheduling.parties import By, Slot
from bookings.scheduling.refusals import (
    Changed,
    FormReused,
    NotAllowed,
    NotOffered,
    Refused,
    Taken,
    TooMany,
)
from bookings.scheduling.times import drop_expired, extend, hold, release
from bookings.scheduling.visits import (
    approve,
    cancel,
    check_in,
    confirm,
    decline,
    finish,
    miss,
    room,
    start,
    undo,
)

__all__ = [
    "CANCEL_REASONS",
    "MOVES",
    "PATIENT_REASONS",
    "By",
    "Changed",
    "FormReused",
    "NotAllowed",
    "NotOffered",
    "Refused",
    "Slot",
    "Taken",
    "TooMany",
    "allowed",
    "approve",
    "block",
    "book",
    "cancel",
    "check_in",
    "confirm",
    "decline",
    "drop_expired",
    "extend",
    "finish",
    "hold",
    "miss",
    "move",
    "overbook",
    "release",
    "request",
    "room",
    "start",
    "undo",
]
