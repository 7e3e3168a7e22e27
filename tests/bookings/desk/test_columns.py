"""The day board's layout: what stands where, in minutes and rows, without the database."""

import datetime as dt
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from bookings.desk import blocks, columns
from bookings.desk.columns import Axis
from bookings.desk.facts import Day, Head, Hours, Off, Taken
from bookings.intervals import Interval, to_minute
from bookings.models.appointments import Status
from tests.cast import NEW_YORK, NOW, TODAY, at

ORTIZ = Head(1, "Amara Ortiz", "clinician", 11, "amara-ortiz")
ROOM = Head(2, "Room 1", "room")


def minute(time, date="2026-03-02"):
    return to_minute(at(date, time))


def span(start, end):
    return Interval(minute(start), minute(end))


def visit(start, end, *, pk=1, status=Status.BOOKED, since=None, undo_until=None, clinician=11):
    """A stand-in with what the board reads of an appointment."""
    return SimpleNamespace(
        pk=pk,
        start=at("2026-03-02", start),
        end=at("2026-03-02", end),
        clinician_id=clinician,
        status=status,
        status_at=at("2026-03-02", since or start),
        keeps_time=status != Status.MISSED,
        undo_until=undo_until,
        offered_at=None,
        confirmed_at=None,
        location=SimpleNamespace(zone=NEW_YORK),
    )


def day(*visits, taken=(), hours=(("9:00", "12:00"),), off=(), date=TODAY, zone=NEW_YORK, delays=None, things=()):
    return Day(
        date=date,
        zone=zone,
        visits=list(visits),
        people=[ORTIZ],
        things=list(things),
        hours=[Hours(1, minute(start.zfill(5)), minute(end.zfill(5)), *only) for start, end, *only in hours],
        off=list(off),
        taken=list(taken),
        delays=delays or {},
    )


def shown(column):
    """Say a column as (kind, from, to, lane) on the wall clock."""
    return [
        (each.kind, *(f"{instant.astimezone(NEW_YORK):%H:%M}" for instant in (each.start_at, each.end_at)), each.lane)
        for each in column.items
    ]


def column_of(a_day, *, now=NOW, **how):
    return columns.board_of(a_day, now=now, **how).people[0]


# --- The side ---------------------------------------------------------------------------------------------------------


def test_the_side_reaches_over_whole_hours_around_all_that_happens():
    early = visit("08:40", "09:10")
    late = Taken(1, minute("16:55"), minute("17:05"), 9)
    assert columns.axis_of(day(early, taken=[late])) == Axis(minute("08:00"), minute("18:00"))


def test_an_empty_day_shows_the_usual_hours():
    assert columns.axis_of(day(hours=())) == Axis(minute("08:00"), minute("17:00"))


def test_rows_are_five_minutes_and_begin_at_the_hour():
    axis = Axis(minute("08:00"), minute("10:00"))
    assert (axis.row(minute("08:00")), axis.row(minute("09:05")), axis.steps) == (1, 14, 24)
    assert (axis.rows(minute("08:00"), minute("08:30")), axis.rows(minute("08:07"), minute("08:21"))) == (6, 4)


def test_what_begins_before_the_side_begins_at_its_top():
    axis = Axis(minute("08:00"), minute("10:00"))
    assert (axis.row(minute("07:00")), axis.rows(minute("07:00"), minute("08:30"))) == (1, 6)


@pytest.mark.parametrize(("date", "hours"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-03-02", 24)])
def test_a_day_is_as_long_as_the_clocks_make_it(date, hours):
    first = dt.date.fromisoformat(date)
    whole = Hours(1, minute("00:00", date), minute("00:00", str(first + dt.timedelta(days=1))))
    a_day = day(hours=(), date=first)._replace(hours=[whole])
    assert columns.axis_of(a_day).steps == hours * 12


def test_the_hour_that_comes_twice_stands_there_twice():
    first = dt.date(2026, 11, 1)
    a_day = day(hours=(), date=first)._replace(
        hours=[Hours(1, minute("00:00", "2026-11-01"), minute("03:00", "2026-11-01"))]
    )
    marks = columns.axis_of(a_day).marks
    assert [f"{instant.astimezone(NEW_YORK):%H}" for _row, instant, whole in marks if whole] == ["00", "01", "01", "02"]


def test_the_now_line_stands_at_its_minute_and_only_within_the_side():
    a_day = day()
    assert columns.board_of(a_day, now=at("2026-03-02", "09:42")).now == (9, 2)
    assert columns.board_of(a_day, now=at("2026-03-02", "12:00")).now is None


# --- Free times -------------------------------------------------------------------------------------------------------


def test_a_gap_is_cut_at_the_half_hours():
    gap = span("09:10", "10:30")
    assert columns.pieces_of(gap, minute("00:00")) == [
        span("09:10", "09:30"),
        span("09:30", "10:00"),
        span("10:00", "10:30"),
    ]


def test_a_crumb_of_a_gap_stays_with_its_neighbor():
    gap = span("09:25", "10:35")
    assert columns.pieces_of(gap, minute("00:00")) == [span("09:25", "10:00"), span("10:00", "10:35")]


def test_what_is_shorter_than_ten_minutes_is_no_gap():
    busy = [span("09:09", "09:50"), span("10:00", "12:00")]
    assert columns.gaps_of([span("09:00", "12:00")], busy, since=0) == [span("09:50", "10:00")]


def test_a_gap_lies_within_the_hours_and_not_in_the_past():
    found = columns.gaps_of([span("09:00", "11:00"), span("13:00", "14:00")], [], since=minute("10:20"))
    assert found == [span("10:20", "11:00"), span("13:00", "14:00")]


def test_each_button_of_a_gap_says_until_when_it_is_free():
    gaps = [item for item in column_of(day(hours=[("9:00", "10:30")])).items if item.kind == "gap"]
    assert [(f"{gap.start_at:%H:%M}", f"{gap.until_at:%H:%M}") for gap in gaps] == [
        ("14:00", "15:30"), ("14:30", "15:30"), ("15:00", "15:30")
    ]  # fmt: skip


def test_free_time_begins_at_the_next_five_minutes():
    column = column_of(day(hours=[("9:00", "10:00")]), now=at("2026-03-02", "09:42"))
    assert [each for each in shown(column) if each[0] == "gap"] == [("gap", "09:45", "10:00", 0)]


# --- Columns ----------------------------------------------------------------------------------------------------------


def test_set_up_and_turnover_stand_around_the_visit_and_take_the_time():
    taken = [Taken(1, minute("09:20"), minute("10:10"), 1)]
    column = column_of(day(visit("09:30", "10:00"), taken=taken, hours=[("9:00", "11:00")]))
    assert shown(column) == [
        ("hours", "09:00", "11:00", 0),
        ("gap", "09:00", "09:20", 0),
        ("pad", "09:20", "09:30", 0),
        ("visit", "09:30", "10:00", 0),
        ("pad", "10:00", "10:10", 0),
        ("gap", "10:10", "10:30", 0),
        ("gap", "10:30", "11:00", 0),
    ]
    assert [item.word for item in column.items if item.kind == "pad"] == ["10 min set-up", "10 min turnover"]


def test_overbooked_visits_stand_side_by_side_and_say_so():
    first, second, third = visit("09:00", "09:30"), visit("09:10", "09:40", pk=2), visit("09:30", "10:00", pk=3)
    taken = [
        Taken(1, minute("09:00"), minute("09:30"), 1),
        Taken(1, minute("09:10"), minute("09:40"), 2, overbooked=True),
        Taken(1, minute("09:30"), minute("10:00"), 3),
    ]
    column = column_of(day(first, second, third, taken=taken, hours=[("9:00", "10:00")]))
    visits = [item for item in column.items if item.kind == "visit"]
    assert [(item.lane, item.word) for item in visits] == [(1, ""), (2, "overbooked"), (1, "")]
    assert column.lanes == 2


def test_more_lanes_than_there_is_room_for_share_the_last():
    assert columns.lanes_of([(0, 10)] * 10) == [1, 2, 3, 4, 5, 6, 7, 8, 8, 8]


def test_a_visit_with_nobody_beside_takes_the_whole_width():
    assert columns.lanes_of([(0, 10), (10, 20), (15, 30), (30, 40)]) == [0, 1, 2, 0]


def test_leave_and_closures_have_their_word_and_leave_no_gap():
    off = [
        Off(1, minute("09:00"), minute("10:00"), "leave"),
        Off(None, minute("10:00"), minute("12:00"), "public holiday"),
    ]
    column = column_of(day(off=off))
    assert [(item.kind, item.word) for item in column.items] == [
        ("hours", ""), ("off", "leave"), ("off", "public holiday")
    ]  # fmt: skip
    assert columns.board_of(day(off=off), now=NOW).closed == ["public holiday"]


def test_time_off_of_somebody_else_is_not_shown():
    off = [Off(7, minute("09:00"), minute("10:00"), "leave")]
    assert "off" not in [item.kind for item in column_of(day(off=off)).items]


def test_a_session_for_some_treatments_names_them():
    column = column_of(day(hours=[("9:00", "12:00", "Nerve block")]))
    assert [item.word for item in column.items if item.kind == "hours"] == ["Nerve block"]


def test_time_without_hours_is_shaded():
    column = column_of(day(hours=[("9:00", "10:00"), ("11:00", "12:00")]))
    assert [each for each in shown(column) if each[0] == "out"] == [("out", "10:00", "11:00", 0)]


def test_a_missed_visit_stays_in_place_beside_who_took_its_time():
    missed = visit("09:00", "09:30", status=Status.MISSED)
    other = visit("09:00", "09:30", pk=2)
    column = column_of(day(missed, other, taken=[Taken(1, minute("09:00"), minute("09:30"), 2)]))
    assert [each for each in shown(column) if each[0] == "visit"] == [
        ("visit", "09:00", "09:30", 1),
        ("visit", "09:00", "09:30", 2),
    ]
    assert column.visits == 1


def test_a_hold_and_a_visit_at_another_location_are_shown_as_such():
    taken = [
        Taken(1, minute("09:00"), minute("09:30"), None, 5, "Consultation"),
        Taken(1, minute("10:00"), minute("10:30"), 77),
    ]
    column = column_of(day(taken=taken, hours=[("9:00", "10:30")]))
    assert [(item.kind, item.word) for item in column.items if item.kind in ("hold", "elsewhere")] == [
        ("hold", "Consultation"),
        ("elsewhere", ""),
    ]


def test_what_the_filters_leave_out_still_takes_its_time():
    taken = [Taken(1, minute("09:00"), minute("10:00"), 1)]
    a_day = day(visit("09:00", "10:00"), taken=taken, hours=[("9:00", "10:00")])
    column = column_of(a_day, shown=lambda each: False)
    assert [item.kind for item in column.items] == ["hours", "taken"]


def test_a_room_shows_who_is_in_it():
    taken = [Taken(2, minute("09:00"), minute("09:40"), 1)]
    [room] = columns.board_of(day(visit("09:00", "09:30"), taken=taken, things=[ROOM]), now=NOW).things
    assert shown(room) == [("use", "09:00", "09:30", 0), ("pad", "09:30", "09:40", 0)]
    assert str(room.kind) == "room"


def test_a_clinicians_delay_stands_over_their_column():
    assert column_of(day(delays={11: 25})).late == 25


# --- Visits -----------------------------------------------------------------------------------------------------------


def block(*args, now="10:00", **how):
    return blocks.block_of(visit(*args, **how), now=at("2026-03-02", now), zone=NEW_YORK)


@pytest.mark.parametrize(
    ("status", "steps"),
    [
        (Status.REQUESTED, ["approve"]),
        (Status.BOOKED, ["check_in"]),
        (Status.ARRIVED, ["room"]),
        (Status.IN_ROOM, ["start"]),
        (Status.WITH_CLINICIAN, ["finish"]),
        (Status.DONE, []),
        (Status.MISSED, []),
    ],
)
def test_one_press_does_what_comes_next(status, steps):
    assert [verb for verb, _label in block("11:00", "11:30", status=status, since="09:00").steps] == steps


def test_missed_is_offered_a_quarter_of_an_hour_after_the_start():
    offered = [[verb for verb, _label in block("10:00", "10:30", now=now).steps] for now in ("10:14", "10:15")]
    assert offered == [["check_in"], ["check_in", "miss"]]
    assert ["miss" in block("10:00", "10:30", now=now).can for now in ("10:00", "10:01")] == [False, True]


def test_nobody_arrives_on_another_day():
    tomorrow = blocks.block_of(visit("10:00", "10:30"), now=at("2026-03-03", "09:00"), zone=NEW_YORK)
    assert (tomorrow.steps, tomorrow.can) == ([], [])


def test_a_visit_says_how_late_and_how_long_it_waits():
    late, here = block("09:30", "10:00"), block("09:30", "10:00", status=Status.ARRIVED, since="09:48")
    assert [(each.late, each.waiting, each.since) for each in (late, here)] == [(30, None, None), (None, 12, 12)]


def test_undo_stands_out_for_five_minutes():
    shown_at = [block("09:30", "10:00", now=now, status=Status.ARRIVED).undo for now in ("09:34", "09:35")]
    assert shown_at == [True, False]


def test_a_booking_just_made_can_be_taken_back():
    until = at("2026-03-02", "10:00")
    fresh, over = (block("11:00", "11:30", since="09:55", now=now, undo_until=until) for now in ("10:00", "10:01"))
    assert [(each.undo, "undo" in each.can) for each in (fresh, over)] == [(True, True), (False, False)]


def test_the_place_of_another_zone_has_its_own_day():
    auckland = ZoneInfo("Pacific/Auckland")
    theirs = blocks.block_of(visit("14:00", "14:30"), now=at("2026-03-02", "13:00"), zone=auckland)
    assert [verb for verb, _label in theirs.steps] == ["check_in"]
