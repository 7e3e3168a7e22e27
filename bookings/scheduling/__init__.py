"""Every change of the diary. Web, desk, phone, clinician, waitlist, task and import all call these verbs, and nothing else writes.

A verb is one short transaction: lock, look again, write, and only after the commit nudge the sender. It returns the fresh row
or raises a `Refused` that can be shown to people; then nothing was written.
"""

from bookings.scheduling.booking import book, move, offer, overbook, request
from bookings.scheduling.closures import block, reblock, to_settle
from bookings.scheduling.importing import Wanted, take_over
from bookings.scheduling.lateness import Lateness, delays_of, late_audience, phoning_token, run_late, run_late_once
from bookings.scheduling.merging import merge
from bookings.scheduling.moves import CANCEL_REASONS, MOVES, PATIENT_REASONS, allowed, may_undo, online_until
from bookings.scheduling.next_steps import Next, NextBooked
from bookings.scheduling.notes import tell_desk
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
from bookings.scheduling.time_hits import hit_by_request, mark_of
from bookings.scheduling.time_requests import (
    Decided,
    HitsChanged,
    approve_time,
    ask_time,
    decline_time,
    withdraw_time,
)
from bookings.scheduling.times import drop_expired, extend, hold, release
from bookings.scheduling.treating import SideMissing, finish, lacks_side, start
from bookings.scheduling.undoing import undo
from bookings.scheduling.visits import (
    accept,
    amend,
    approve,
    cancel,
    check_in,
    confirm,
    decline,
    miss,
    room,
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
    "Decided",
    "FormReused",
    "HitsChanged",
    "Lateness",
    "Next",
    "NextBooked",
    "NotAllowed",
    "NotOffered",
    "Refused",
    "SideMissing",
    "Slot",
    "Taken",
    "TooMany",
    "Wanted",
    "accept",
    "allowed",
    "amend",
    "approve",
    "approve_time",
    "ask_time",
    "block",
    "book",
    "cancel",
    "check_in",
    "confirm",
    "decline",
    "decline_time",
    "delays_of",
    "drop_expired",
    "extend",
    "finish",
    "hit_by_request",
    "hold",
    "lacks_side",
    "late_audience",
    "mark_of",
    "may_take_back",
    "may_undo",
    "merge",
    "miss",
    "move",
    "offer",
    "online_until",
    "overbook",
    "phoning_token",
    "reblock",
    "release",
    "request",
    "room",
    "run_late",
    "run_late_once",
    "start",
    "take_back",
    "take_back_until",
    "take_over",
    "tell_desk",
    "to_settle",
    "undo",
    "walk_in",
    "withdraw_time",
]
