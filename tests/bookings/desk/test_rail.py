"""The left side of the day board: late, next, waiting, to call."""

from bookings.desk import rail
from bookings.models.appointments import Status
from tests.bookings.desk.test_columns import day, visit
from tests.cast import NOW, at

TEN = at("2026-03-02", "10:00")


def called(*visits, phone=()):
    for each in visits:
        each.phone_to_confirm = each.pk in phone
    return day(*visits)


def pks(blocks):
    return [block.visit.pk for block in blocks]


def test_who_is_late_and_who_is_next_in_order_of_time():
    a_day = called(
        visit("09:00", "09:30", pk=1),
        visit("09:15", "09:45", pk=2, status=Status.ARRIVED),
        visit("09:40", "10:10", pk=3),
        *(visit(f"{hour}:00", f"{hour}:30", pk=hour) for hour in range(10, 17)),
    )
    said = rail.rail_of(a_day, now=TEN, too_long=20)
    assert [(block.visit.pk, block.late) for block in said.late] == [(1, 60), (3, 20)]
    assert pks(said.next) == [10, 11, 12, 13, 14]


def test_who_waits_longest_is_on_top_and_marked_from_twenty_minutes_on():
    a_day = called(
        visit("09:00", "09:30", pk=1, status=Status.WITH_CLINICIAN, since="09:01"),
        visit("09:15", "09:45", pk=2, status=Status.ARRIVED, since="09:41"),
        visit("09:30", "10:00", pk=3, status=Status.IN_ROOM, since="09:40"),
        visit("09:30", "10:00", pk=4, status=Status.DONE, since="09:45"),
    )
    said = rail.rail_of(a_day, now=TEN, too_long=20)
    assert [(each.block.visit.pk, each.minutes, each.too_long) for each in said.here] == [
        (3, 20, True),
        (2, 19, False),
        (1, 59, False),
    ]
    assert said.too_long == 1


def test_those_to_phone_are_listed_until_they_come():
    a_day = called(visit("11:00", "11:30", pk=1), visit("11:00", "11:30", pk=2, status=Status.ARRIVED), phone=(1, 2))
    assert pks(rail.rail_of(a_day, now=TEN, too_long=20).calls) == [1]


def test_nobody_is_next_on_another_day():
    a_day = called(visit("11:00", "11:30", pk=1))
    assert rail.rail_of(a_day, now=at("2026-03-01", "10:00"), too_long=20).next == []
    assert pks(rail.rail_of(a_day, now=NOW, too_long=20).next) == [1]
