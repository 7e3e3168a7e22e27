"""Arithmetic of half-open intervals, held against plain sets of minutes."""

import datetime as dt
import itertools
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.intervals import (
    EPOCH,
    Interval,
    common,
    from_minute,
    intersect,
    local_dates,
    merge,
    subtract,
    to_minute,
    wall_minute,
)

minutes = st.integers(min_value=-40, max_value=40)
some = st.lists(st.tuples(minutes, minutes), max_size=8)
proper = st.tuples(minutes, st.integers(min_value=1, max_value=30)).map(
    lambda pair: Interval(pair[0], pair[0] + pair[1])
)
NEW_YORK, MADRID = ZoneInfo("America/New_York"), ZoneInfo("Europe/Madrid")
LORD_HOWE, HAVANA = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/Havana")


def covered(intervals):
    return {minute for start, end in intervals for minute in range(start, end)}


def is_tidy(intervals):
    """Sorted, not empty, apart from each other."""
    pairs = itertools.pairwise(intervals)
    return all(start < end for start, end in intervals) and all(one.end < next_one.start for one, next_one in pairs)


@given(some)
def test_merge_covers_the_same_minutes_tidily(intervals):
    assert covered(merge(intervals)) == covered(intervals)
    assert is_tidy(merge(intervals))


@given(some, some)
def test_subtract_leaves_what_is_in_the_first_and_not_in_the_second(whole, taken):
    assert covered(subtract(whole, taken)) == covered(whole) - covered(taken)
    assert is_tidy(subtract(whole, taken))


@given(some, some)
def test_intersect_keeps_what_is_in_both(one, other):
    assert covered(intersect(one, other)) == covered(one) & covered(other)
    assert is_tidy(intersect(one, other))


@given(proper, proper)
def test_overlaps_means_a_common_minute(one, other):
    assert one.overlaps(other) is bool(covered([one]) & covered([other]))
    assert one.overlaps(other) is other.overlaps(one)


@given(proper, proper)
def test_contains_means_every_minute(one, other):
    assert one.contains(other) is (covered([other]) <= covered([one]))


@given(proper, proper)
def test_minus_leaves_the_pieces_left_and_right(one, other):
    assert covered(one.minus(other)) == covered([one]) - covered([other])
    assert is_tidy(one.minus(other))


def test_touching_intervals_do_not_overlap():
    assert not Interval(0, 30).overlaps(Interval(30, 60))


@given(st.integers(min_value=-10_000_000, max_value=100_000_000))
def test_a_minute_there_and_back_is_the_same(minute):
    assert to_minute(from_minute(minute)) == minute


def test_seconds_are_cut_off():
    assert to_minute(EPOCH + dt.timedelta(minutes=5, seconds=59, microseconds=999_999)) == 5


def test_a_naive_datetime_has_no_minute():
    with pytest.raises(ValueError, match="naive"):
        to_minute(dt.datetime(2026, 3, 4, 9, 0))  # noqa: DTZ001


def test_local_dates_cross_the_end_of_february():
    assert list(local_dates(dt.date(2028, 2, 28), 3)) == [
        dt.date(2028, 2, 28),
        dt.date(2028, 2, 29),
        dt.date(2028, 3, 1),
    ]


# --- Wall time -------------------------------------------------------------------------------------------------------


def utc(text):
    return to_minute(dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC))


@pytest.mark.parametrize(
    ("date", "minutes_of_day", "zone", "expected"),
    [
        ("2026-03-07", 9 * 60, NEW_YORK, "2026-03-07T14:00"),
        ("2026-03-08", 9 * 60, NEW_YORK, "2026-03-08T13:00"),
        ("2026-11-01", 9 * 60, NEW_YORK, "2026-11-01T14:00"),
        ("2026-03-29", 9 * 60, MADRID, "2026-03-29T07:00"),
        ("2026-10-04", 9 * 60, LORD_HOWE, "2026-10-03T22:00"),
        ("2026-04-05", 9 * 60, LORD_HOWE, "2026-04-04T22:30"),
        # 24:00 is the next midnight, whatever the clock does then
        ("2026-03-08", 1440, NEW_YORK, "2026-03-09T04:00"),
        ("2028-02-29", 1440, NEW_YORK, "2028-03-01T05:00"),
        # 2:30 does not exist: read with the offset before the change
        ("2026-03-08", 150, NEW_YORK, "2026-03-08T07:30"),
        # 1:30 comes twice: the first one
        ("2026-11-01", 90, NEW_YORK, "2026-11-01T05:30"),
        # midnight itself does not exist: the day begins at 1:00
        ("2026-03-08", 0, HAVANA, "2026-03-08T05:00"),
    ],
)
def test_wall_time_becomes_the_instant_of_its_date(date, minutes_of_day, zone, expected):
    assert wall_minute(dt.date.fromisoformat(date), minutes_of_day, zone) == utc(expected)


@pytest.mark.parametrize(
    ("date", "zone", "length"),
    [
        ("2026-03-08", NEW_YORK, 23 * 60),
        ("2026-11-01", NEW_YORK, 25 * 60),
        ("2026-03-29", MADRID, 23 * 60),
        ("2026-10-25", MADRID, 25 * 60),
        ("2026-10-04", LORD_HOWE, 1440 - 30),
        ("2026-04-05", LORD_HOWE, 1440 + 30),
        ("2028-02-29", NEW_YORK, 1440),
    ],
)
def test_a_day_is_as_long_as_its_clock_says(date, zone, length):
    day = dt.date.fromisoformat(date)

    assert wall_minute(day, 1440, zone) - wall_minute(day, 0, zone) == length


@given(st.lists(some, min_size=1, max_size=4))
def test_common_keeps_what_is_in_every_set(sets):
    assert covered(common(sets)) == set.intersection(*(covered(each) for each in sets))
    assert is_tidy(common(sets))


def test_nothing_is_common_to_no_sets():
    assert common([]) == []
