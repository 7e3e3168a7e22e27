"""Calendar files: neutral, stable, and read back by the library."""

import datetime as dt

import pytest
from icalendar import Calendar

from bookings import ical, scheduling
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return cast.open_clinic()


@pytest.fixture
def appointment(house):
    slot = scheduling.Slot(house.injection, cast.at("2026-03-04", "10:00"), house.house, house.ortiz)
    return scheduling.book(
        slot, patient=house.ada, by=scheduling.By.system(), now=cast.NOW, source="desk", reason="Secret pain"
    )


def event_of(file):
    (event,) = Calendar.from_ical(file).walk("VEVENT")
    return event


def test_the_file_says_when_and_where_and_nothing_about_health(appointment):
    file = ical.published(appointment, now=cast.NOW)
    event = event_of(file)
    assert event.decoded("dtstart") == cast.at("2026-03-04", "10:00")
    assert event.decoded("dtend") == cast.at("2026-03-04", "10:30")
    assert event["dtstart"].params["TZID"] == "America/New_York"
    assert (str(event["summary"]), str(event["class"]), str(event["status"])) == (
        "Appointment at Riverbend",
        "PRIVATE",
        "CONFIRMED",
    )
    assert str(event["location"]) == "1 Harbor Street, Riverbend, NY 10001"
    assert str(event["description"]) == "Please arrive at 9:50 am. Questions? Call (212) 555-0100."
    text = file.decode()
    for private in ("Trigger", "trigger", "Secret", "Ada", "Ortiz", "Pain", "pain", appointment.reference):
        assert private not in text


def test_each_purpose_has_its_method(appointment):
    methods = {
        build.__name__: str(Calendar.from_ical(build(appointment, now=cast.NOW))["method"])
        for build in (ical.published, ical.requested, ical.cancelled)
    }
    assert methods == {"published": "PUBLISH", "requested": "REQUEST", "cancelled": "CANCEL"}


def test_a_moved_visit_keeps_its_uid_and_has_a_higher_sequence(appointment, house):
    before = event_of(ical.requested(appointment, now=cast.NOW))
    slot = scheduling.Slot(house.injection, cast.at("2026-03-05", "11:00"), house.house, house.ortiz)
    moved = scheduling.move(appointment, slot, by=scheduling.By.system(), now=cast.NOW)
    after = event_of(ical.requested(moved, now=cast.NOW))
    assert after["uid"] == before["uid"]
    assert after["sequence"] == before["sequence"] + 1


def test_a_cancelled_visit_says_so_under_the_same_uid(appointment):
    before = event_of(ical.requested(appointment, now=cast.NOW))
    gone = scheduling.cancel(appointment, by=scheduling.By.patient(), now=cast.NOW, reason="time")
    after = event_of(ical.cancelled(gone, now=cast.NOW))
    assert (after["uid"], str(after["status"])) == (before["uid"], "CANCELLED")
    assert after["sequence"] > before["sequence"]


def test_a_request_is_tentative(appointment, house):
    slot = scheduling.Slot(house.injection, cast.at("2026-03-04", "12:00"), house.house, house.sato)
    asked = scheduling.request(slot, patient=house.ben, by=scheduling.By.patient(), now=cast.NOW, source="web")
    assert str(event_of(ical.published(asked, now=cast.NOW))["status"]) == "TENTATIVE"


def test_an_invitation_names_who_asks_whom_and_wants_no_answer(appointment):
    event = event_of(ical.requested(appointment, now=cast.NOW))
    assert str(event["organizer"]) == "mailto:appointments@riverbend.example.com"
    assert str(event["attendee"]) == "mailto:ada@example.com"
    assert event["attendee"].params["RSVP"] == "FALSE"


def test_the_zone_of_the_place_comes_with_the_file_and_is_short(appointment):
    file = ical.published(appointment, now=cast.NOW)
    (zone,) = Calendar.from_ical(file).walk("VTIMEZONE")
    assert str(zone["tzid"]) == "America/New_York"
    summer = cast.at("2026-07-01", "12:00").replace(tzinfo=None)
    assert zone.to_tz().utcoffset(summer) == dt.timedelta(hours=-4)
    assert len(file) < 2000


def test_lines_end_and_fold_as_the_format_asks(appointment):
    file = ical.published(appointment, now=cast.NOW)
    assert file.endswith(b"END:VCALENDAR\r\n")
    assert max(len(line) for line in file.split(b"\r\n")) <= 75
    assert b"\n" not in file.replace(b"\r\n", b"")
