"""What the day board shows, and where: pure functions over a day's facts, without database and clock.

Minutes are whole minutes since the epoch, so a day of 23 or 25 hours is as long as it is. A place on the board is a row of
five minutes counted from the top, and a lane beside others of the same time.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from bookings.desk.blocks import Block, block_of
from bookings.desk.facts import Day, Head, Taken
from bookings.intervals import Interval, from_minute, intersect, subtract, to_minute, wall_minute
from bookings.models import Appointment, Resource

STEP, HOUR, HALF_HOUR = 5, 60, 30
SHORTEST_GAP = 10  # minutes: what is shorter has no room for a button
SHORT, TALL = 5, 8  # rows: a visit of 20 minutes is short, one of 40 is tall
MOST_LANES = 8  # as board-grid.css
USUAL_DAY = (8 * HOUR, 17 * HOUR)  # shown when nothing happens


# --- What is shown ----------------------------------------------------------------------------------------------------


class Item(NamedTuple):
    """Something in a column. `kind` is hours, out (of hours), off, gap, visit, pad, hold, elsewhere, taken or use."""

    kind: str
    start: int
    end: int
    row: int
    rows: int
    lane: int = 0
    word: str = ""
    block: Block | None = None
    until: int = 0

    @property
    def start_at(self) -> dt.datetime:
        return from_minute(self.start)

    @property
    def end_at(self) -> dt.datetime:
        return from_minute(self.end)

    @property
    def size(self) -> str:
        """How much there is room for."""
        return "is-short" if self.rows < SHORT else "is-tall" if self.rows >= TALL else ""

    @property
    def until_at(self) -> dt.datetime:
        """When the free time a gap's button stands in is over."""
        return from_minute(self.until)


class Column(NamedTuple):
    key: str
    head: Head
    hours: list[Interval]
    lanes: int
    items: list[Item]
    visits: int
    late: int = 0

    @property
    def kind(self) -> Any:
        """What the head is, in words."""
        return Resource.Kind(self.head.kind).label

    @property
    def spans(self) -> list[tuple[dt.datetime, dt.datetime]]:
        return [(from_minute(start), from_minute(end)) for start, end in self.hours]


class Axis(NamedTuple):
    """The side of the board: from and until, whole hours of the wall clock."""

    first: int
    last: int

    def row(self, minute: int) -> int:
        return (min(max(minute, self.first), self.last) - self.first) // STEP + 1

    def rows(self, start: int, end: int) -> int:
        """How many rows [start, end) reaches over, one at least."""
        until = -(-(min(end, self.last) - self.first) // STEP) + 1
        return max(until - self.row(start), 1)

    def shows(self, minute: int) -> bool:
        return self.first <= minute < self.last

    @property
    def steps(self) -> int:
        return (self.last - self.first) // STEP

    @property
    def marks(self) -> list[tuple[int, dt.datetime, bool]]:
        """Row, instant and whether it is a whole hour, every half hour."""
        half_hours = range(self.first, self.last, HALF_HOUR)
        return [(self.row(each), from_minute(each), (each - self.first) % HOUR == 0) for each in half_hours]


class Board(NamedTuple):
    axis: Axis
    people: list[Column]
    things: list[Column]
    now: tuple[int, int] | None  # row, and minutes into it
    closed: list[str]


def board_of(day: Day, *, now: dt.datetime, shown: Callable[[Appointment], bool] = lambda visit: True) -> Board:
    """Lay out a day. `shown` says of a visit whether the filters let it through; its time stays taken either way."""
    minute = to_minute(now)
    axis = axis_of(day)
    blocks = {visit.pk: block_of(visit, now=now, zone=day.zone) for visit in day.visits if shown(visit)}
    return Board(
        axis=axis,
        people=[_person(head, day, axis, blocks, now=minute) for head in day.people],
        things=[_thing(head, day, axis, blocks) for head in day.things],
        now=(axis.row(minute), (minute - axis.first) % STEP) if axis.shows(minute) else None,
        closed=[off.word for off in day.off if off.resource is None],
    )


def axis_of(day: Day) -> Axis:
    """Return the whole hours around all that happens; the usual day of a clinic when nothing does."""
    midnight, next_midnight = (wall_minute(day.date, minutes, day.zone) for minutes in (0, 24 * HOUR))
    found = [(hours.start, hours.end) for hours in day.hours]
    found += [(to_minute(visit.start), to_minute(visit.end)) for visit in day.visits]
    found += [(taken.start, taken.end) for taken in day.taken]
    inside = intersect(found, [(midnight, next_midnight)]) or [
        Interval(*(wall_minute(day.date, minutes, day.zone) for minutes in USUAL_DAY))
    ]
    first = midnight + (inside[0].start - midnight) // HOUR * HOUR
    return Axis(first, min(midnight - (midnight - inside[-1].end) // HOUR * HOUR, next_midnight))


def lanes_of(spans: Iterable[tuple[int, int]]) -> list[int]:
    """Return a lane for each span, from 1: those of one time stand side by side. Lane 0 is the whole width: nobody beside."""
    ends: list[int] = []  # by lane, of those that stand together
    together: list[int] = []
    lanes: dict[int, int] = {}
    for number, (start, end) in sorted(enumerate(spans), key=lambda each: each[1]):
        if all(until <= start for until in ends):
            ends, together = [], []
        free = next((lane for lane, until in enumerate(ends) if until <= start), len(ends))
        ends[free : free + 1] = [end]
        together.append(number)
        lanes[number] = min(free + 1, MOST_LANES) if len(ends) > 1 else 0
        if len(ends) > 1:  # whoever stood alone until now
            lanes.update({each: 1 for each in together if lanes[each] == 0})
    return [lanes[number] for number in range(len(lanes))]


def gaps_of(hours: Iterable[tuple[int, int]], busy: Iterable[tuple[int, int]], *, since: int) -> list[Interval]:
    """Return what is free within the hours from `since` on, without what is too short for anybody."""
    free = subtract(hours, [*busy, (0, since)])
    return [gap for gap in free if gap.end - gap.start >= SHORTEST_GAP]


def pieces_of(gap: Interval, midnight: int) -> list[Interval]:
    """Cut a gap at each half hour of the day, so that every piece is a button. A crumb stays with its neighbor."""
    first = midnight + ((gap.start - midnight) // HALF_HOUR + 1) * HALF_HOUR
    cuts = [cut for cut in range(first, gap.end, HALF_HOUR) if cut - gap.start >= SHORTEST_GAP]
    cuts = [cut for cut in cuts if gap.end - cut >= SHORTEST_GAP]
    return [Interval(*pair) for pair in zip([gap.start, *cuts], [*cuts, gap.end], strict=True)]


# --- Columns ----------------------------------------------------------------------------------------------------------


def _person(head: Head, day: Day, axis: Axis, blocks: dict[int, Block], *, now: int) -> Column:
    """A clinician's column: hours, time off, visits with set-up and turnover, holds, and what is free."""
    hours = [each for each in day.hours if each.resource == head.resource]
    off = [each for each in day.off if each.resource in (head.resource, None)]
    own = [each for each in day.taken if each.resource == head.resource]
    visits = [visit for visit in day.visits if visit.clinician_id == head.clinician]
    within = [Interval(each.start, each.end) for each in hours]
    entries = _entries(visits, own, blocks)
    lanes = lanes_of([(entry.start, entry.end) for entry in entries])
    busy = [*((each.start, each.end) for each in off), *((entry.start, entry.end) for entry in entries)]
    midnight = wall_minute(day.date, 0, day.zone)
    items = [
        *(_item(axis, "hours", *each[1:3], word=each.only) for each in hours),
        *(_item(axis, "out", *span) for span in subtract([axis], within)),
        *(_item(axis, "off", each.start, each.end, word=each.word) for each in off),
        *(item for entry, lane in zip(entries, lanes, strict=True) for item in _placed(entry, lane, axis)),
        *(
            _gap(axis, piece, gap)
            for gap in gaps_of(within, busy, since=-(-now // STEP) * STEP)
            for piece in pieces_of(gap, midnight)
        ),
    ]
    return Column(
        key=f"clinician-{head.clinician}",
        head=head,
        hours=within,
        lanes=max(lanes, default=0),
        items=_in_order(items, axis),
        visits=len([visit for visit in visits if visit.keeps_time]),
        late=day.delays.get(head.clinician or 0, 0),
    )


def _thing(head: Head, day: Day, axis: Axis, blocks: dict[int, Block]) -> Column:
    """A room's or a device's column: who is in it, set-up and turnover included, and when it is out of order."""
    by_pk = {visit.pk: visit for visit in day.visits}
    own = [each for each in day.taken if each.resource == head.resource]
    off = [each for each in day.off if each.resource in (head.resource, None)]
    entries = [
        _visit(by_pk[each.visit], each, blocks.get(each.visit), "use") if each.visit in by_pk else _nobodys(each)
        for each in own
    ]
    lanes = lanes_of([(entry.start, entry.end) for entry in entries])
    items = [_item(axis, "off", each.start, each.end, word=each.word) for each in off]
    items += [item for entry, lane in zip(entries, lanes, strict=True) for item in _placed(entry, lane, axis)]
    return Column(f"thing-{head.resource}", head, [], max(lanes, default=0), _in_order(items, axis), len(own))


class _Entry(NamedTuple):
    """What stands in a lane: the minutes taken, and within them those of the visit itself; `kind` is how it is shown."""

    kind: str
    start: int
    end: int
    own: Interval
    block: Block | None = None
    word: str = ""


def _entries(visits: list[Appointment], own: list[Taken], blocks: dict[int, Block]) -> list[_Entry]:
    """Join visits with the minutes they take. A missed one takes none; a taken minute may belong to another place."""
    taken = {each.visit: each for each in own if each.visit}
    here = {visit.pk for visit in visits}
    entries = [_visit(visit, taken.get(visit.pk), blocks.get(visit.pk)) for visit in visits]
    return entries + [_nobodys(each) for each in own if each.visit not in here]


def _visit(visit: Appointment, taken: Taken | None, block: Block | None, kind: str = "visit") -> _Entry:
    """`block` is None when the filters leave the visit out: then its time is taken, and no more is said."""
    own = Interval(to_minute(visit.start), to_minute(visit.end))
    start, end = (min(taken.start, own.start), max(taken.end, own.end)) if taken else own
    word = _("overbooked") if taken and taken.overbooked else ""
    return _Entry(kind if block else "taken", start, end, own, block, word)


def _nobodys(taken: Taken) -> _Entry:
    """Time that no visit of this board takes: a hold, or a visit at another location."""
    own = Interval(taken.start, taken.end)
    return _Entry("hold" if taken.hold else "elsewhere", *own, own, word=taken.what)


def _placed(entry: _Entry, lane: int, axis: Axis) -> Iterable[Item]:
    """Yield what an entry shows: the visit, its set-up before and its turnover after."""
    if entry.start < entry.own.start:
        word = _("%(minutes)s min set-up") % {"minutes": entry.own.start - entry.start}
        yield _item(axis, "pad", entry.start, entry.own.start, lane=lane, word=word)
    yield _item(axis, entry.kind, *entry.own, lane=lane, block=entry.block, word=entry.word)
    if entry.own.end < entry.end:
        word = _("%(minutes)s min turnover") % {"minutes": entry.end - entry.own.end}
        yield _item(axis, "pad", entry.own.end, entry.end, lane=lane, word=word)


def _gap(axis: Axis, piece: Interval, gap: Interval) -> Item:
    return _item(axis, "gap", *piece)._replace(until=gap.end)


def _item(axis: Axis, kind: str, start: int, end: int, **more) -> Item:
    return Item(kind, start, end, axis.row(start), axis.rows(start, end), **more)


def _in_order(items: list[Item], axis: Axis) -> list[Item]:
    """Return what the axis shows, in order of time: read aloud, the list is the day."""
    inside = [item for item in items if item.start < axis.last and item.end > axis.first]
    return sorted(inside, key=lambda item: (item.start, item.kind not in ("hours", "off"), item.lane))
