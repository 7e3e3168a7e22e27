"""A clinician's calendar file: neutral, read by two parsers, and new only when the diary is."""

import datetime as dt
import itertools
import re
from collections import Counter
from zoneinfo import ZoneInfo

import pytest
import vobject
from icalendar import Calendar

from bookings import feeds, ical, scheduling
from bookings.intervals import to_minute
from bookings.models import AppointmentEvent
from tests import cast, diary, factories
from tests.cast import NEW_YORK, NOW, at
from tests.desk import book

pytestmark = pytest.mark.django_db
BY = scheduling.By.system()
CHICAGO = ZoneInfo("America/Chicago")
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def clinic():
    return cast.open_clinic()


def file_of(clinician, now=NOW):
    return feeds.compose(type(clinician).objects.get(pk=clinician.pk), now=now)


def events_of(file):
    return Calendar.from_ical(file).walk("VEVENT")


def lines_of(file):
    """What a person sees: (title, start, end) in the file's order."""
    return [(str(event["summary"]), event.decoded("dtstart"), event.decoded("dtend")) for event in events_of(file)]


_files = itertools.count(1)


def by_the_other_parser(file):
    """The same from vobject, which reads the zone rules in the file: a zone of this name is known to nobody else."""
    unknown = re.sub(rb"(TZID[=:])America/", rb"\1File-%d/" % next(_files), file)
    events = vobject.readOne(unknown.decode()).contents.get("vevent", [])
    return [(event.summary.value, event.dtstart.value, event.dtend.value) for event in events]


def instants(lines):
    """In UTC: two zones never agree on an hour that comes twice (PEP 495)."""
    return [(title, start.astimezone(dt.UTC), end.astimezone(dt.UTC)) for title, start, end in lines]


def off(start, end, *, resource=None, location=None, kind="leave", now=NOW):
    return scheduling.block(resource=resource, location=location, start=start, end=end, kind=kind, by=BY, now=now)[0]


# --- Visits ---------------------------------------------------------------------------------------------------------


def test_a_visit_says_when_and_where_and_nothing_about_anybody(clinic):
    visit = book(clinic, at("2026-03-04", "10:00"), treatment=clinic.injection, side="left", reason="Secret pain")
    file = file_of(clinic.ortiz)
    (event,) = events_of(file)
    assert lines_of(file) == [("Visit", at("2026-03-04", "10:00"), at("2026-03-04", "10:30"))]
    assert (str(event["location"]), str(event["status"]), str(event["class"]), event["sequence"]) == (
        "Harbor Street",
        "CONFIRMED",
        "PRIVATE",
        0,
    )
    text = file.decode()
    for private in ("njection", "Secret", "Ada", "Vale", "left", "Ortiz", "ain", visit.reference, ical.uid(visit)):
        assert private not in text
    assert b"ATTENDEE" not in file


def test_a_calendar_program_learns_what_it_holds_and_how_often_to_look(clinic):
    calendar = Calendar.from_ical(file_of(clinic.ortiz))
    names = ["version", "method", "name", "x-wr-calname", "refresh-interval", "x-published-ttl"]
    assert [calendar[name].to_ical().decode() for name in names] == [
        "2.0",
        "PUBLISH",
        "Schedule\\, Riverbend",
        "Schedule\\, Riverbend",
        "PT15M",
        "PT15M",
    ]


def test_a_request_is_not_yet_sure(clinic):
    book(clinic, at("2026-03-04", "10:00"), status="requested")
    (event,) = events_of(file_of(clinic.ortiz))
    assert (str(event["summary"]), str(event["status"])) == ("Visit (not yet sure)", "TENTATIVE")


def test_only_visits_of_their_own_that_keep_their_time_are_in_it(clinic):
    book(clinic, at("2026-03-04", "10:00"), clinician=clinic.sato)
    gone = book(clinic, at("2026-03-04", "11:00"), patient=clinic.ben)
    done = book(clinic, at("2026-03-02", "11:00"), patient=factories.PatientFactory(), status="in_room")
    done = scheduling.finish(scheduling.start(done, by=BY, now=done.start), by=BY, now=done.end)
    scheduling.cancel(gone, by=BY, now=NOW, reason="closed")
    assert lines_of(file_of(clinic.ortiz)) == [("Visit", done.start, done.end)]


def test_a_moved_visit_keeps_its_uid_under_a_higher_sequence(clinic):
    visit = book(clinic, at("2026-03-04", "10:00"))
    (before,) = events_of(file_of(clinic.ortiz))
    slot = scheduling.Slot(clinic.consultation, at("2026-03-05", "11:00"), clinic.house, clinic.ortiz)
    scheduling.move(visit, slot, by=BY, now=NOW + MINUTE)
    (after,) = events_of(file_of(clinic.ortiz))
    assert (after["uid"], after["sequence"], after.decoded("dtstamp"), after.decoded("last-modified")) == (
        before["uid"],
        before["sequence"] + 1,
        NOW + MINUTE,
        NOW + MINUTE,
    )


def test_a_visit_that_goes_to_a_colleague_is_in_their_calendar_under_another_uid(clinic):
    visit = book(clinic, at("2026-03-04", "10:00"))
    (before,) = events_of(file_of(clinic.ortiz))
    slot = scheduling.Slot(clinic.consultation, visit.start, clinic.house, clinic.sato)
    scheduling.move(visit, slot, by=BY, now=NOW)
    (after,) = events_of(file_of(clinic.sato))
    assert (events_of(file_of(clinic.ortiz)), after["uid"] == before["uid"]) == ([], False)


def test_what_nobody_sees_in_a_calendar_leaves_it_as_it_was(clinic):
    visit = book(clinic, at("2026-03-04", "10:00"))
    before = file_of(clinic.ortiz)
    visit = scheduling.confirm(visit, by=BY, now=NOW + MINUTE)
    scheduling.amend(visit, by=BY, now=NOW + 2 * MINUTE, reason="Other words")
    assert AppointmentEvent.objects.count() == 3
    assert file_of(clinic.ortiz) == before


def test_a_visit_whose_events_are_missing_still_has_a_stamp(clinic):
    visit = diary.put_appointment(clinic, to_minute(at("2026-03-04", "10:00")), to_minute(at("2026-03-04", "10:30")))
    (event,) = events_of(file_of(clinic.ortiz))
    assert event.decoded("dtstamp") == visit.created_at


# --- Time off -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["leave", "sick", "block"])
def test_own_time_off_is_away_whatever_the_reason(kind, clinic):
    off(at("2026-03-04", "12:00"), at("2026-03-04", "15:00"), resource=clinic.ortiz.resource, kind=kind)
    file = file_of(clinic.ortiz)
    assert lines_of(file) == [("Away", at("2026-03-04", "12:00"), at("2026-03-04", "15:00"))]
    assert b"sick" not in file.lower()


def test_time_off_from_midnight_to_midnight_is_whole_days(clinic):
    off(at("2026-03-06", "00:00"), at("2026-03-10", "00:00"), resource=clinic.ortiz.resource)
    expected = [("Away", dt.date(2026, 3, 6), dt.date(2026, 3, 10))]
    file = file_of(clinic.ortiz)
    assert (lines_of(file), by_the_other_parser(file)) == (expected, expected)


def test_a_colleagues_leave_and_a_broken_room_are_not_theirs(clinic):
    off(at("2026-03-04", "12:00"), at("2026-03-04", "15:00"), resource=clinic.sato.resource)
    off(at("2026-03-04", "12:00"), at("2026-03-04", "15:00"), resource=clinic.c_arm, kind="maintenance")
    assert lines_of(file_of(clinic.ortiz)) == []


def test_a_closure_shows_within_the_clinicians_hours(clinic):
    off(at("2026-03-04", "15:00"), at("2026-03-05", "11:00"), location=clinic.house, kind="closure")
    assert lines_of(file_of(clinic.ortiz)) == [
        ("Closed", at("2026-03-04", "15:00"), at("2026-03-04", "17:00")),
        ("Closed", at("2026-03-05", "09:00"), at("2026-03-05", "11:00")),
    ]


def test_a_place_closed_for_days_is_closed_on_the_dates_they_work(clinic):
    # From Thursday to the next Tuesday; nobody works on the weekend.
    off(at("2026-03-05", "00:00"), at("2026-03-11", "00:00"), location=clinic.house, kind="holiday")
    assert lines_of(file_of(clinic.ortiz)) == [
        ("Closed", dt.date(2026, 3, 5), dt.date(2026, 3, 7)),
        ("Closed", dt.date(2026, 3, 9), dt.date(2026, 3, 11)),
    ]


def test_a_closure_of_many_years_is_written_out_for_one(clinic):
    off(at("2026-03-02", "00:00"), at("2096-03-02", "00:00"), location=clinic.house, kind="closure")
    shown = lines_of(file_of(clinic.ortiz))
    assert (len(shown), shown[-1][2]) == (53, dt.date(2027, 3, 3))


def test_time_off_that_is_changed_has_a_higher_sequence_and_that_moment(clinic):
    row = off(at("2026-03-04", "12:00"), at("2026-03-04", "15:00"), resource=clinic.ortiz.resource)
    (before,) = events_of(file_of(clinic.ortiz))
    row.end = at("2026-03-04", "16:00")
    scheduling.reblock(row, by=BY, now=NOW + MINUTE)
    (after,) = events_of(file_of(clinic.ortiz))
    assert (before["sequence"], before.decoded("dtstamp")) == (0, NOW)
    assert (after["uid"], after["sequence"], after.decoded("dtstamp")) == (before["uid"], 1, NOW + MINUTE)


def test_time_off_that_is_taken_away_is_gone(clinic):
    row = off(at("2026-03-04", "12:00"), at("2026-03-04", "15:00"), resource=clinic.ortiz.resource)
    row.delete()
    assert lines_of(file_of(clinic.ortiz)) == []


def test_somebody_without_hours_has_a_calendar_too(clinic):
    nobody = factories.ClinicianFactory()
    assert lines_of(file_of(nobody)) == []


# --- When it changes ------------------------------------------------------------------------------------------------


def test_the_bytes_are_the_same_whenever_it_is_read(clinic):
    book(clinic, at("2026-03-04", "10:00"))
    off(at("2026-03-04", "00:00"), at("2026-03-05", "00:00"), location=clinic.house, kind="closure")
    off(at("2026-03-05", "12:00"), at("2026-03-05", "13:00"), resource=clinic.ortiz.resource)
    files = {file_of(clinic.ortiz, now=NOW + dt.timedelta(days=day, seconds=day)) for day in range(29)}
    assert len(files) == 1


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at("2026-03-02", "08:00"), at("2026-01-01", "00:00")),
        (at("2026-03-31", "23:59"), at("2026-01-01", "00:00")),
        (at("2026-04-01", "00:00"), at("2026-02-01", "00:00")),
        (at("2026-01-15", "08:00"), at("2025-11-01", "00:00")),
    ],
)
def test_a_month_falls_out_when_another_begins(now, expected):
    assert feeds.since(now) == expected


def test_visits_of_a_month_that_fell_out_are_gone_and_those_of_the_month_after_stay(clinic):
    for start in (at("2026-01-31", "23:30"), at("2026-02-01", "00:00")):
        diary.put_appointment(clinic, to_minute(start), to_minute(start) + 30, status="done")
    starts = [
        [start for _title, start, _end in lines_of(file_of(clinic.ortiz, now=now))]
        for now in (at("2026-03-31", "23:59"), at("2026-04-01", "00:00"))
    ]
    assert starts == [[at("2026-01-31", "23:30"), at("2026-02-01", "00:00")], [at("2026-02-01", "00:00")]]


@pytest.mark.parametrize("visits", [1, 3])
def test_it_costs_the_same_for_one_visit_and_three(visits, clinic, django_assert_num_queries):
    for hour in range(visits):
        book(clinic, at("2026-03-04", f"1{hour}:00"), patient=factories.PatientFactory())
        off(at("2026-03-09", f"1{hour}:00"), at("2026-03-09", f"1{hour}:30"), resource=clinic.ortiz.resource)
        off(at("2026-03-10", f"1{hour}:00"), at("2026-03-10", f"1{hour}:30"), location=clinic.house, kind="closure")
    ortiz = type(clinic.ortiz).objects.select_related("resource").get(pk=clinic.ortiz.pk)
    with django_assert_num_queries(4):
        file = feeds.compose(ortiz, now=NOW)
    assert Counter(title for title, _start, _end in lines_of(file)) == {
        "Visit": visits,
        "Away": visits,
        "Closed": visits,
    }


# --- Clocks and letters ---------------------------------------------------------------------------------------------

HOURS = [
    # The night the clock goes forward: 2:00 does not exist, 3:00 comes at once.
    ("2026-03-08", "01:30"),
    ("2026-03-08", "03:00"),
    ("2026-03-08", "03:30"),
    ("2026-03-08", "10:00"),
    # The night it goes back: 1:30 comes twice.
    ("2026-11-01", "00:30"),
    ("2026-11-01", "02:30"),
    ("2026-11-01", "10:00"),
    ("2027-03-14", "03:15"),
]


@pytest.mark.parametrize("zone", [NEW_YORK, CHICAGO])
def test_both_parsers_read_the_same_instants_around_the_change_of_the_clock(zone):
    starts = [at(date, time, zone).astimezone(dt.UTC) for date, time in HOURS]
    first = at("2026-11-01", "01:30", zone).astimezone(dt.UTC)
    starts += [first, first + dt.timedelta(hours=1)]
    entries = [
        ical.Entry(str(start), "Visit", start, start + 15 * MINUTE, zone, 0, NOW.astimezone(dt.UTC)) for start in starts
    ]
    file = ical.schedule(entries, name="Riverbend")
    expected = [("Visit", start, start + 15 * MINUTE) for start in starts]
    assert (instants(lines_of(file)), instants(by_the_other_parser(file))) == (expected, expected)


def test_two_zones_bring_two_rules(clinic):
    away = factories.LocationFactory(slug="lake", name="Lake", time_zone="America/Chicago")
    room = factories.ResourceFactory(name="Lake room", kind="room", location=away)
    room.capabilities.set(clinic.room_one.capabilities.all())
    cast.work(clinic.ortiz.resource, away, [5], "09:00", "17:00")
    book(clinic, at("2026-03-04", "10:00"))
    slot = scheduling.Slot(clinic.consultation, at("2026-03-14", "10:00", CHICAGO), away, clinic.ortiz)
    scheduling.book(slot, patient=clinic.ben, by=BY, now=NOW, source="desk")
    file = file_of(clinic.ortiz)
    expected = [
        ("Visit", at("2026-03-04", "10:00"), at("2026-03-04", "10:30")),
        ("Visit", at("2026-03-14", "10:00", CHICAGO), at("2026-03-14", "10:30", CHICAGO)),
    ]
    assert (lines_of(file), by_the_other_parser(file)) == (expected, expected)
    assert [str(zone["tzid"]) for zone in Calendar.from_ical(file).walk("VTIMEZONE")] == [
        "America/Chicago",
        "America/New_York",
    ]
    assert b"DTSTART;TZID=America/Chicago:20260314T100000\r\n" in file


CONTENT_LINE = re.compile(rb'[A-Z-]+(;[A-Z-]+=("[^"\r\n]*"|[^";:,\r\n]*)(,("[^"\r\n]*"|[^";:,\r\n]*))*)*:[^\r\n]*')
HOSTILE = [
    "O'Brien-Núñez, Orthopädie; Zürich: Straße und noch viel mehr",
    "診療所" * 25,
    'A "quoted" place\r\nBEGIN:VEVENT\r\nSUMMARY:Forged',
    "Back\\slash \\n and END:VCALENDAR",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_every_line_is_one_by_the_grammar_whatever_a_place_is_called(name, clinic):
    entry = ical.Entry("u", "Visit", NOW.astimezone(dt.UTC), NOW + 30 * MINUTE, NEW_YORK, 0, NOW, name)
    file = ical.schedule([entry], name="Riverbend, & more; here")
    assert file.endswith(b"END:VEVENT\r\nEND:VCALENDAR\r\n")
    assert b"\n" not in file.replace(b"\r\n", b"")
    assert max(len(line) for line in file.split(b"\r\n")) <= 75
    unfolded = file.replace(b"\r\n ", b"").split(b"\r\n")[:-1]
    assert [line for line in unfolded if not CONTENT_LINE.fullmatch(line)] == []
    (event,) = events_of(file)
    assert str(event["location"]) == name.replace("\r\n", "\n")
    assert vobject.readOne(file.decode()).vevent.location.value == name.replace("\r\n", "\n")


# --- The secret address ---------------------------------------------------------------------------------------------


def test_a_new_address_ends_the_old_one(clinic):
    staff = factories.UserFactory()
    clinic.ortiz.user = staff
    clinic.ortiz.save()
    old = feeds.make(clinic.ortiz, now=NOW)
    new = feeds.make(clinic.ortiz, now=NOW + MINUTE)
    assert (feeds.find(old), feeds.find(new)) == (None, feeds.current(clinic.ortiz))
    assert len(new) == 43


@pytest.mark.engine
def test_one_clinician_has_one_good_address(clinic):
    for minute in range(3):
        feeds.make(clinic.ortiz, now=NOW + minute * MINUTE)
    rows = clinic.ortiz.calendar_feeds.order_by("pk").values_list("revoked_at", flat=True)
    assert list(rows) == [NOW + MINUTE, NOW + 2 * MINUTE, None]
