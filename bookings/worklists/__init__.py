"""What waits for the desk: lists by one mechanism, their numbers, and the moves a visit can make now."""

import datetime as dt

from bookings.worklists.clinicians import NEXT, NOTES
from bookings.worklists.counting import numbers_of
from bookings.worklists.mechanism import Column, Listed, Person, Worklist
from bookings.worklists.moves import Move, moves_of
from bookings.worklists.people import CALLS, MATCHES, REPLIES, UNREACHED
from bookings.worklists.times import AWAY, TIMES
from bookings.worklists.visits import MISSED, PHONE, REQUESTS, UNCONFIRMED, UNTOLD

__all__ = ["WORKLISTS", "Column", "Listed", "Move", "Person", "Worklist", "lists_of", "moves_of", "waiting"]

WORKLISTS: dict[str, Worklist] = {
    worklist.name: worklist
    for worklist in (
        *(REQUESTS, PHONE, UNTOLD, CALLS, REPLIES, NOTES, AWAY, UNREACHED, UNCONFIRMED, MISSED, NEXT, MATCHES),
        TIMES,
    )
}


def waiting(user, *, now: dt.datetime) -> list[tuple[Worklist, int]]:
    """Return the lists this user works on, each with how many rows wait: one statement for all numbers.

    Which day is each location's next open one takes two small statements more.
    """
    lists = lists_of(user)
    return list(zip(lists, numbers_of([each.rows(now) for each in lists]), strict=True))


def lists_of(user) -> list[Worklist]:
    """Return the lists this user works on."""
    return [each for each in WORKLISTS.values() if user.has_perm(each.permission)]
