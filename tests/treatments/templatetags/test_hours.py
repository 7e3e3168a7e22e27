"""Times and days as a receptionist says them."""

import datetime as dt

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from tests import factories
from tests.cast import NEW_YORK, at
from treatments.models import OpeningHours
from treatments.templatetags.hours import clock, hours_today, long_day, partial_date, plain_date, short_day, week_of

MONDAY_7_PM = at("2026-03-02", "19:00")
TUESDAY_1_AM = dt.datetime(2026, 3, 3, 1, 0, tzinfo=dt.UTC)  # still Monday evening in New York


@pytest.mark.parametrize(
    ("time", "said"),
    [
        ("00:00", "midnight"),
        ("00:05", "12:05 am"),
        ("08:00", "8 am"),
        ("09:05", "9:05 am"),
        ("12:00", "noon"),
        ("12:30", "12:30 pm"),
        ("14:30", "2:30 pm"),
        ("23:59", "11:59 pm"),
    ],
)
def test_the_clock_speaks_like_a_person(time, said):
    assert clock(dt.time.fromisoformat(time)) == said


def test_other_languages_keep_their_own_clock():
    with translation.override("de"):
        assert clock(dt.time(14, 30)) == "14:30"


def test_an_instant_is_said_in_the_zone_of_the_template():
    template = Template("{% load hours %}{{ at|clock }} {{ at|short_day }} {{ at|long_day }}")
    with timezone.override(NEW_YORK):
        assert template.render(Context({"at": TUESDAY_1_AM})) == "8 pm Mon, Mar 2 Monday, March 2, 2026"


@pytest.mark.parametrize(
    ("say", "said"),
    [(long_day, "Thursday, August 6, 2026"), (short_day, "Thu, Aug 6"), (plain_date, "August 6, 2026")],
)
def test_days_are_written_out(say, said):
    assert say(dt.date(2026, 8, 6)) == said


@pytest.mark.parametrize("say", [clock, long_day, short_day, plain_date])
def test_nothing_is_said_about_nothing(say):
    assert say(None) == ""


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("2016", "2016"),
        ("2016-05", "May 2016"),
        ("2016-05-07", "May 7, 2016"),
        ("2016-13", "2016-13"),
        ("2016-02-30", "2016-02-30"),
        ("soon", "soon"),
        ("last year", "last year"),
        ("", ""),
    ],
)
def test_a_date_is_said_as_exactly_as_it_is_known(date, said):
    assert partial_date(date) == said


@pytest.fixture
def house(db):
    house = factories.LocationFactory()
    for weekday, opens, closes in [(0, "13:00", "17:00"), (0, "08:00", "12:00"), (5, "09:00", "14:30")]:
        OpeningHours.objects.create(location=house, weekday=weekday, opens=opens, closes=closes)
    house.refresh_from_db()
    return house


def test_the_week_begins_on_monday_and_names_closed_days(house):
    assert week_of(house) == [
        ("Monday", "8 am to noon, 1 pm to 5 pm"),
        ("Tuesday", "closed"),
        ("Wednesday", "closed"),
        ("Thursday", "closed"),
        ("Friday", "closed"),
        ("Saturday", "9 am to 2:30 pm"),
        ("Sunday", "closed"),
    ]


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (MONDAY_7_PM, "Open today 8 am to noon, 1 pm to 5 pm"),
        (TUESDAY_1_AM, "Open today 8 am to noon, 1 pm to 5 pm"),
        (at("2026-03-03", "00:00"), "Closed today"),
        (at("2026-03-07", "12:00"), "Open today 9 am to 2:30 pm"),
    ],
)
def test_today_is_the_day_of_the_place_not_of_the_server(now, said, house, time_machine):
    time_machine.move_to(now, tick=False)
    assert hours_today(house) == said
