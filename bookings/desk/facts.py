"""What the day board knows of a day: plain facts, read by `reading` and laid out by `columns`."""

import datetime as dt
from typing import NamedTuple

from bookings.models import Appointment


class Head(NamedTuple):
    """Whom or what a column is about: a resource (pk), and of a clinician who they are (pk, slug, position)."""

    resource: int
    name: str
    kind: str
    clinician: int | None = None
    slug: str = ""
    position: int = 0


class Taken(NamedTuple):
    """A resource is taken by a visit (pk) or a hold; `what` names the treatment of a hold."""

    resource: int
    start: int
    end: int
    visit: int | None
    hold: int | None = None
    what: str = ""
    overbooked: bool = False


class Off(NamedTuple):
    """Time off in words: of one resource, or of the whole place (None)."""

    resource: int | None
    start: int
    end: int
    word: str


class Hours(NamedTuple):
    """A session of the day; `only` names the treatments it is for, none for all."""

    resource: int
    start: int
    end: int
    only: str = ""


class Day(NamedTuple):
    """All the board knows about one local date of one place."""

    date: dt.date
    zone: dt.tzinfo
    visits: list[Appointment]
    people: list[Head]  # clinicians, in the clinic's order
    things: list[Head]  # rooms, devices and support staff
    hours: list[Hours]
    off: list[Off]
    taken: list[Taken]
    delays: dict[int, int]
