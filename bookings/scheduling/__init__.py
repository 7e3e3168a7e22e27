"""Every change of the diary. Web, desk, phone, clinician, waitlist, task and import all call these verbs, and nothing else writes.

A verb is one short transaction: lock, look again, write, and only after the commit nudge the sender. It returns the fresh row
or raises a `Refused` that can be shown to people; then nothing was written.
"""

from bookings.scheduling.booking import book, move, offer, overbook, request
from bookings.scheduling.closures import block, reblock, to_settle
from bookings.scheduling.importing import Wanted, take_over
from bookings.scheduling.lateness import Lateness, delays_of, late_audience, run_late
from bookings.scheduling.merging import merge
from bookings.scheduling.moves import CANCEL_REASONS, MOVES, PATIENT_REASONS, allowed, may_undo, online_until
from bookings.scheduling.own_undo import TAKE_BACK_FOR, may_take_back, take_back, take_back_until
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
    accept,
    amend,
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
from bookings.scheduling.walk_ins import walk_in
from bookings.scheduling.writing import DEEDS

__all__ = [
    "CANCEL_REASONS",
    "DEEDS",
    "MOVES",
    "PATIENT_REASONS",
    "TAKE_BACK_FOR",
    "By",
    "Changed",
    "FormReused",
    "Lateness",
    "NotAllowed",
    "NotOffered",
    "Refused",
    "Slot",
    "Taken",
    "TooMany",
    "Wanted",
    "accept",
    "allowed",
    "amend",
    "approve",
    "block",
    "book",
    "cancel",
    "check_in",
    "confirm",
    "decline",
    "delays_of",
    "drop_expired",
    "extend",
    "finish",
    "hold",
    "late_audience",
    "may_take_back",
    "may_undo",
    "merge",
    "miss",
    "move",
    "offer",
    "online_until",
    "overbook",
    "reblock",
    "release",
    "request",
    "room",
    "run_late",
    "start",
    "take_back",
    "take_back_until",
    "take_over",
    "to_settle",
    "undo",
    "walk_in",
]
