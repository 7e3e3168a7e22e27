"""The rules of a zone in a calendar file, against the zone itself, hour by hour."""

import datetime as dt
import io
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical

from bookings.zone_rules import zone_rules

ZONES = [
    "America/New_York",
    "America/Phoenix",  # never changes
    "Europe/Berlin",  # the last Sunday
    "Australia/Sydney",  # summer at New Year
    "Australia/Lord_Howe",  # half an hour
    "Africa/Casablanca",  # on other dates each year
    "America/Sao_Paulo",  # gave it up in 2019
]


def read_back(rules):
    """The zone as dateutil reads it from the rules alone."""
    return tzical(io.StringIO(rules.decode().replace("\r\n", "\n"))).get()


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize(("first", "last"), [(2025, 2027), (2016, 2020)])
def test_a_program_that_knows_only_the_rules_reads_every_hour_as_the_zone_does(name, first, last):
    zone = ZoneInfo(name)
    read, wrong = read_back(zone_rules(zone, first, last)), []
    wall = dt.datetime(first, 1, 2)  # noqa: DTZ001 (a wall clock)
    while wall.year <= last:
        ours = wall.replace(tzinfo=zone)
        comes_once = ours.utcoffset() == ours.replace(fold=1).utcoffset()
        if comes_once and ours.utcoffset() != wall.replace(tzinfo=read).utcoffset():
            wrong.append(wall)
        wall += dt.timedelta(minutes=30)
    assert wrong == []


def test_a_yearly_change_is_said_as_a_rule_by_the_clock_before_it():
    rules = zone_rules(ZoneInfo("America/New_York"), 2025, 2027).decode()
    assert "DTSTART:20250309T020000\r\nRRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3\r\n" in rules
    assert "DTSTART:20251102T020000\r\nRRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11\r\n" in rules


def test_a_zone_that_never_changes_has_one_line_of_rules():
    rules = zone_rules(ZoneInfo("America/Phoenix"), 2025, 2027).decode()
    assert (rules.count("BEGIN:STANDARD"), rules.count("BEGIN:DAYLIGHT")) == (1, 0)
