"""Dates, times and phones as people write them; what has two meanings is refused."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.cells import as_meant, harmless
from bookings.imports import values
from bookings.imports.values import Unreadable
from tests.cast import NEW_YORK

TODAY = dt.date(2026, 3, 2)
THE_DAY = dt.date(2026, 3, 7)


@pytest.mark.parametrize(
    "said",
    [
        *(
            "2026-03-07",
            "2026/3/7",
            "20260307",
            "7-Mar-26",
            "7 March 2026",
            "07.Mar.2026",
            "Mar 7, 2026",
            "March 7th 2026",
        ),
        *("Sat, Mar 7, 2026", "Saturday 7 March 2026", "46088", 46088, 46088.0, dt.date(2026, 3, 7)),
        *(" 7 - Mar - 2026 ", "2026-03-07T14:30:00Z"),
    ],
)
def test_a_date_with_one_meaning_needs_no_word_on_its_order(said):
    assert values.date(said, "", today=TODAY) == THE_DAY


@pytest.mark.parametrize("said", ["3/7/2026", "3/7/26", "03-07-2026", "3.7.2026", "3 / 7 / 2026"])
def test_a_date_with_two_meanings_is_read_as_said_and_refused_unsaid(said):
    assert values.date(said, "month", today=TODAY) == THE_DAY
    assert values.date(said, "day", today=TODAY) == dt.date(2026, 7, 3)
    with pytest.raises(Unreadable, match="can be read in two ways"):
        values.date(said, "", today=TODAY)


def test_a_date_that_contradicts_its_order_is_refused():
    assert (
        values.date("13/7/2026", "", today=TODAY) == values.date("7/13/2026", "", today=TODAY) == dt.date(2026, 7, 13)
    )
    with pytest.raises(Unreadable, match="no month 13, and the dates of this list are month first"):
        values.date("13/7/2026", "month", today=TODAY)


@pytest.mark.parametrize(
    "said", ["soon", "2/30/2026", "2026-02-30", "3/7", "7-Foo-26", "99/99/99", "0", "-1", "1e9", "３/７/２０２６x"]
)
def test_what_is_no_date_is_refused(said):
    with pytest.raises(Unreadable):
        values.date(said, "month", today=TODAY)


@pytest.mark.parametrize(
    ("said", "year"), [("3/7/62", 1962), ("3/7/05", 2005), ("3/7/27", 1927), ("3/7/99", 1999), ("3/7/1924", 1924)]
)
def test_a_birth_year_of_two_digits_is_one_that_has_been(said, year):
    assert values.date(said, "month", born=True, today=TODAY).year == year


def test_a_birth_year_that_may_be_a_childs_or_a_very_old_persons_is_refused():
    with pytest.raises(Unreadable, match="may be 2024 or 1924"):
        values.date("3/7/24", "month", born=True, today=TODAY)


@pytest.mark.parametrize(
    "said",
    [
        "2:30p",
        "2:30 PM",
        "2:30 p.m.",
        "02:30pm",
        "14:30",
        "14:30:00",
        "1430",
        "2.30 pm",
        "0.604167",
        0.604167,
        dt.time(14, 30),
    ],
)
def test_times_of_day(said):
    assert values.time(said) == dt.time(14, 30)


@pytest.mark.parametrize(
    ("said", "time"),
    [
        ("12:15 am", dt.time(0, 15)),
        ("12 pm", dt.time(12)),
        ("noon", dt.time(12)),
        ("9a", dt.time(9)),
        ("24:00", dt.time(0)),
    ],
)
def test_times_at_the_ends_of_the_half_days(said, time):
    assert values.time(said) == time


@pytest.mark.parametrize("said", ["", "9", "25:00", "9:61", "nine", "14 pm:", "1:2:3:4"])
def test_what_is_no_time_is_refused(said):
    with pytest.raises(Unreadable):
        values.time(said)


@pytest.mark.parametrize(
    "said",
    ["2026-03-07T14:30", "2026-03-07 14:30", "2026-03-07T19:30Z", "2026-03-07T14:30:00-05:00", "3/7/2026 2:30 PM",
     "3/7/2026, 2:30p", "7-Mar-26 2:30p", "Mar 7, 2026 at 2:30 pm", "2026-03-07 2:30 PM", "46088.604167", 46088.604167],
)  # fmt: skip
def test_date_and_time_in_one(said):
    assert values.moment(said, "month", zone=NEW_YORK, today=TODAY) == (
        dt.datetime(2026, 3, 7, 19, 30, tzinfo=dt.UTC),
        True,
    )


def test_a_time_the_clocks_skip_is_refused():
    with pytest.raises(Unreadable, match="the clocks skip 02:30 on 2026-03-08"):
        values.moment("3/8/2026 2:30 am", "month", zone=NEW_YORK, today=TODAY)


@pytest.mark.parametrize(
    ("said", "number"),
    [("(555) 555-0123 x4", ("+15555550123", "4")), ("212.555.0100", ("+12125550100", "")),
     ("1-212-555-0100 ext. 12", ("+12125550100", "12")),
     ("+44 20 7946 0958", ("+442079460958", "")), ("2125550100", ("+12125550100", "")), (2125550100.0, ("+12125550100", ""))],
)  # fmt: skip
def test_phones_with_and_without_an_extension(said, number):
    assert values.read_phone(said) == number


@pytest.mark.parametrize("said", ["12", "call mother", "000", "555-0100", "(212) 555-01000000"])
def test_what_nobody_could_dial_is_refused(said):
    with pytest.raises(Unreadable, match="is no phone number"):
        values.read_phone(said)


@given(st.text(max_size=30))
def test_whatever_is_written_is_read_or_refused_in_words(said):
    readers = [
        lambda: values.date(said, "month", today=TODAY),
        lambda: values.date(said, "", born=True, today=TODAY),
        lambda: values.time(said),
        lambda: values.moment(said, "day", zone=NEW_YORK, today=TODAY),
        lambda: values.read_phone(said),
        lambda: values.email(said),
        lambda: values.weekday(said),
    ]
    for reader in readers:
        try:
            reader()
        except Unreadable:
            continue


@given(
    st.dates(dt.date(1930, 1, 1), dt.date(2099, 12, 31)),
    st.sampled_from(["%m/%d/%Y", "%d %B %Y", "%Y-%m-%d", "%B %d, %Y", "%b-%d-%Y"]),
)
def test_a_date_written_in_any_of_the_usual_ways_is_read_back(day, way):
    assert values.date(day.strftime(way), "month", today=TODAY) == day


@given(st.text(alphabet="'=+-@\t\n a", max_size=8))
def test_a_harmless_cell_is_read_back_as_it_was_meant(said):
    assert as_meant(harmless(said)) == said
    assert not harmless(said).lstrip().startswith(("=", "+", "-", "@"))
