"""What is kept of many backups, and what never goes."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.keeping.retention import kept

NOW = dt.datetime(2026, 3, 2, 3, 0, tzinfo=dt.UTC)  # a Monday
RULE = {"days": 7, "weeks": 5, "months": 12}
instants = st.integers(0, 3_000_000).map(lambda minutes: NOW - dt.timedelta(minutes=minutes))  # some six years


def days_ago(*numbers):
    return {NOW - dt.timedelta(days=number) for number in numbers}


def test_of_two_years_of_nights_a_week_five_weeks_and_twelve_months_stay():
    this_week, sundays = days_ago(*range(7)), days_ago(8, 15, 22)
    ends = [(2026, 1, 31), (2025, 12, 31), (2025, 11, 30), (2025, 10, 31), (2025, 9, 30)]
    ends += [(2025, 8, 31), (2025, 7, 31), (2025, 6, 30), (2025, 5, 31), (2025, 4, 30)]
    last_nights = {dt.datetime(*end, 3, 0, tzinfo=dt.UTC) for end in ends}
    assert kept(days_ago(*range(730)), now=NOW, **RULE) == this_week | sundays | last_nights


@pytest.mark.parametrize("days", [1, 30, 400, 5000])
def test_the_only_one_is_never_removed(days):
    assert kept(days_ago(days), now=NOW, days=0, weeks=0, months=0) == days_ago(days)


@settings(max_examples=40)
@given(st.sets(instants, max_size=30))
def test_the_newest_and_everything_of_the_last_week_stay_and_nothing_is_made_up(times):
    stays = kept(times, now=NOW, **RULE)
    assert stays <= times
    assert {time for time in times if NOW - time < dt.timedelta(days=7)} <= stays
    assert not times or max(times) in stays


@settings(max_examples=40)
@given(st.sets(instants, max_size=30))
def test_each_kept_beyond_a_week_is_the_newest_of_its_week_or_month(times):
    for time in kept(times, now=NOW, **RULE):
        in_its_week = [each for each in times if each.isocalendar()[:2] == time.isocalendar()[:2]]
        in_its_month = [each for each in times if (each.year, each.month) == (time.year, time.month)]
        assert NOW - time < dt.timedelta(days=7) or time in (max(in_its_week), max(in_its_month))


@settings(max_examples=40)
@given(st.sets(instants, max_size=30))
def test_asking_twice_removes_nothing_more(times):
    once = kept(times, now=NOW, **RULE)
    assert kept(once, now=NOW, **RULE) == once
