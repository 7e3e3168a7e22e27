"""Calendar files: neutral, stable, and read back by the library."""

import datetime as dt
import io
import re
from itertools import permutations

import pytest
from dateutil.tz import tzical
from icalendar import Calendar

from bookings import ical, outbox, scheduling
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


# --- What a calendar makes of it ------------------------------------------------------------------------------------


class SimulatedCalendar:
    """A calendar that follows RFC 5546: the newest of a UID counts, by SEQUENCE and then by DTSTAMP."""

    def __init__(self):
        self._newest = {}

    def receive(self, file):
        calendar = Calendar.from_ical(file)
        (event,) = calendar.events
        uid, age = str(event["uid"]), (event["sequence"], event.decoded("dtstamp"))
        if uid not in self._newest or age >= self._newest[uid][0]:
            self._newest[uid] = (age, None if str(calendar["method"]) == "CANCEL" else event)

    @property
    def starts(self):
        return [event.decoded("dtstart") for _age, event in self._newest.values() if event is not None]


def letters(visit, house):
    """The calendar parts of a visit that is booked, moved and canceled, in this order."""
    yield ical.requested(visit, now=cast.NOW)
    slot = scheduling.Slot(house.injection, cast.at("2026-03-05", "11:00"), house.house, house.ortiz)
    moved = scheduling.move(visit, slot, by=scheduling.By.system(), now=cast.NOW)
    yield ical.requested(moved, now=cast.NOW)
    gone = scheduling.cancel(moved, by=scheduling.By.patient(), now=cast.NOW, reason="time")
    yield ical.cancelled(gone, now=cast.NOW)


def test_book_move_and_cancel_leave_nothing_in_a_calendar(appointment, house):
    calendar, seen = SimulatedCalendar(), []
    for file in letters(appointment, house):
        calendar.receive(file)
        seen.append(calendar.starts)
    assert seen == [[cast.at("2026-03-04", "10:00")], [cast.at("2026-03-05", "11:00")], []]


def test_letters_that_overtake_each_other_leave_nothing_either(appointment, house):
    for order in permutations(letters(appointment, house)):
        calendar = SimulatedCalendar()
        for file in order:
            calendar.receive(file)
        assert calendar.starts == []


def test_a_cancel_that_is_taken_back_is_in_the_calendar_again(appointment):
    calendar, by = SimulatedCalendar(), scheduling.By.patient()
    calendar.receive(ical.requested(appointment, now=cast.NOW))
    gone = scheduling.cancel(appointment, by=by, now=cast.NOW, reason="time")
    calendar.receive(ical.cancelled(gone, now=cast.NOW))
    calendar.receive(ical.requested(scheduling.take_back(gone, by=by, now=cast.NOW), now=cast.NOW))
    assert calendar.starts == [cast.at("2026-03-04", "10:00")]


def test_a_visit_after_the_clock_changed_is_at_its_wall_time_for_every_reader(house):
    """Asked for in winter, held in summer: the library reads the zone of the file, and so does another parser."""
    slot = scheduling.Slot(house.injection, cast.at("2026-03-09", "10:00"), house.house, house.ortiz)
    visit = scheduling.book(slot, patient=house.ada, by=scheduling.By.system(), now=cast.NOW, source="desk")
    file = ical.requested(visit, now=cast.NOW)
    start = dt.datetime(2026, 3, 9, 14, tzinfo=dt.UTC)
    assert event_of(file).decoded("dtstart") == start
    zone = tzical(io.StringIO(file.decode().replace("\r\n", "\n"))).get("America/New_York")
    wall = dt.datetime(2026, 3, 9, 10, tzinfo=zone)
    assert (wall.utcoffset(), (wall - dt.timedelta(days=2)).utcoffset()) == (
        dt.timedelta(hours=-4),
        dt.timedelta(hours=-5),
    )
    assert b"DTSTART;TZID=America/New_York:20260309T100000\r\n" in file


CONTENT_LINE = re.compile(rb'[A-Z-]+(;[A-Z-]+=("[^"\r\n]*"|[^";:,\r\n]*)(,("[^"\r\n]*"|[^";:,\r\n]*))*)*:[^\r\n]*')


@pytest.mark.parametrize(
    "name", ["Riverbend", "O'Brien-Núñez, Orthopädie; Zürich: Straße und noch viel mehr", "診療所" * 10]
)
def test_every_line_is_one_by_the_grammar_whatever_we_call_ourselves(appointment, name):
    for file in (
        ical.requested(appointment, now=cast.NOW, name=name),
        ical.cancelled(appointment, now=cast.NOW, name=name),
    ):
        lines = file.split(b"\r\n")
        assert (lines[-1], lines[-2], max(map(len, lines)) <= 75) == (b"", b"END:VCALENDAR", True)
        unfolded = file.replace(b"\r\n ", b"").split(b"\r\n")[:-1]
        assert [line for line in unfolded if not CONTENT_LINE.fullmatch(line)] == []
        assert str(event_of(file)["summary"]) == f"Appointment at {name}"


def test_a_mail_server_delivers_the_part_as_it_was(appointment, smtp_sink):
    outbox.send_due(now=cast.NOW)
    (delivery,) = smtp_sink.deliveries
    parts = [part.get_content_type() for part in delivery.message.walk()]
    assert parts == ["multipart/alternative", "text/plain", "text/html", "text/calendar"]
    part = list(delivery.message.walk())[-1]
    file = part.get_content().replace("\r\n", "\n")
    assert (part.get_param("method"), part.get_filename(), part.get_content_charset()) == ("REQUEST", None, "utf-8")
    assert (file.endswith("END:VCALENDAR\n"), "\n\n" in file) == (True, False)
    assert event_of(part.get_content())["uid"] == ical.uid(appointment)
