"""`/api/slots`: its contract with everybody outside."""

import datetime as dt
import urllib.parse

import pytest
import time_machine

from bookings import availability
from bookings.models import SessionLimit, WorkingHours
from tests import factories
from tests.cast import NOW, TODAY, open_clinic, work

pytestmark = [pytest.mark.django_db, pytest.mark.engine]


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def clinic():
    return open_clinic()


def ask(client, **asked):
    return client.get(
        "/api/slots", {"treatment": "physical-therapy-session", "from": "2026-03-04", "days": "1"} | asked
    )


def test_an_entry_says_when_with_whom_and_where_to_book(client, clinic):
    answer = ask(client)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert {key: body[key] for key in ("treatment", "time_zone")} == {
        "treatment": "physical-therapy-session",
        "time_zone": "America/New_York",
    }
    assert body["slots"][0] == {
        "start": "2026-03-04T09:00:00-05:00",
        "end": "2026-03-04T09:45:00-05:00",
        "time_zone": "America/New_York",
        "clinician": "tess-lindqvist",
        "location": "harbor-street",
        "book_url": "http://testserver/book/?treatment=physical-therapy-session&clinician=tess-lindqvist"
        "&location=harbor-street&start=2026-03-04T09%3A00%3A00-05%3A00",
    }


def test_the_answer_has_these_keys_and_no_others(client, clinic):
    body = ask(client).json()

    assert list(body) == ["treatment", "time_zone", "slots"]
    assert {tuple(slot) for slot in body["slots"]} == {
        ("start", "end", "time_zone", "clinician", "location", "book_url")
    }


def test_it_agrees_with_free_times(client, clinic):
    found = ask(client, treatment="consultation", days="7").json()["slots"]
    days = availability.free_times(clinic.consultation, first=dt.date(2026, 3, 4), days=7, now=NOW)

    assert [(slot["start"], slot["end"], slot["clinician"], slot["location"]) for slot in found] == [
        (
            time.local_start.isoformat(),
            time.end.astimezone(time.location.zone).isoformat(),
            time.clinician.slug,
            time.location.slug,
        )
        for day in days
        for time in day.times
    ]


def test_a_day_without_free_times_is_an_empty_list(client, clinic):
    assert ask(client, **{"from": "2026-03-07"}).json()["slots"] == []


def test_one_clinician_and_one_place_may_be_asked_for(client, clinic):
    body = ask(client, treatment="consultation", clinician="ben-sato", location="harbor-street").json()

    assert {slot["clinician"] for slot in body["slots"]} == {"ben-sato"}


def test_each_place_answers_in_its_own_zone_and_dates(client, clinic):
    madrid = factories.LocationFactory(slug="calle-mayor", time_zone="Europe/Madrid")
    factories.ResourceFactory(location=madrid, capabilities=[factories.CapabilityFactory(slug="gym")])
    work(clinic.lindqvist.resource, madrid, [6], "09:00", "09:45")
    both = ask(client, **{"from": "2026-03-28", "days": "2"}).json()
    only = ask(client, location="calle-mayor", **{"from": "2026-03-28", "days": "2"}).json()

    # The clock there changes on that very day.
    assert [(slot["start"], slot["time_zone"]) for slot in only["slots"]] == [
        ("2026-03-29T09:00:00+02:00", "Europe/Madrid")
    ]
    assert only["slots"][0]["book_url"].endswith("&start=2026-03-29T09%3A00%3A00%2B02%3A00")
    assert (only["time_zone"], both["time_zone"]) == ("Europe/Madrid", "America/New_York")
    assert both["slots"] == only["slots"]


def test_the_offset_changes_with_the_clock(client, clinic):
    body = ask(client, **{"from": "2026-03-06", "days": "4"}).json()

    assert sorted({slot["start"][-6:] for slot in body["slots"] if slot["start"].startswith("2026-03-06")}) == [
        "-05:00"
    ]
    assert sorted({slot["start"][-6:] for slot in body["slots"] if slot["start"].startswith("2026-03-09")}) == [
        "-04:00"
    ]


def test_every_start_is_an_instant_that_python_reads_back(client, clinic):
    slot = ask(client).json()["slots"][0]
    address = urllib.parse.urlsplit(slot["book_url"])

    assert urllib.parse.parse_qs(address.query)["start"] == [slot["start"]]
    assert dt.datetime.fromisoformat(slot["start"]).tzinfo is not None


# --- Bad questions ---------------------------------------------------------------------------------------------------

BAD = [
    {"treatment": ""},
    {"treatment": "no-such"},
    {"treatment": "a\x00b"},
    {"treatment": "x" * 5000},
    {"treatment": "' OR 1=1 --"},
    {"from": ""},
    {"from": "tomorrow"},
    {"from": "2026-02-29"},
    {"from": "2026-13-01"},
    {"from": "2026-3-4"},
    {"from": "20260304"},
    {"from": "2026-W10-3"},
    {"from": "2026-03-04T09:00"},
    {"from": "0001-01-01"},
    {"from": "9999-12-31"},
    {"from": "2026-03-0\u0664"},
    {"from": "2026-03-04\x00"},
    {"days": ""},
    {"days": "0"},
    {"days": "63"},
    {"days": "-1"},
    {"days": "1.5"},
    {"days": "x"},
    {"days": "\u0661"},
    {"days": "9" * 5000},
    {"clinician": "no-such"},
    {"clinician": "\x00"},
    {"location": "no-such"},
    {"location": "\x00"},
]


@pytest.mark.parametrize("asked", BAD, ids=lambda asked: ascii(asked)[:40])
def test_a_bad_question_is_answered_400_with_a_reason(client, clinic, asked):
    answer = ask(client, **asked)

    assert answer.status_code == 400
    assert list(answer.json()) == ["error"]
    assert next(iter(asked)) in answer.json()["error"]


@pytest.mark.parametrize("missing", ["treatment", "from", "days"])
def test_a_missing_part_is_answered_400(client, clinic, missing):
    asked = {"treatment": "physical-therapy-session", "from": "2026-03-04", "days": "1"}
    del asked[missing]

    assert client.get("/api/slots", asked).status_code == 400


@pytest.mark.parametrize("what", ["therapy", "lindqvist", "house"])
def test_what_is_inactive_is_not_known(client, clinic, what):
    row = getattr(clinic, what)
    row.active = False
    row.save()
    answer = ask(client, clinician="tess-lindqvist", location="harbor-street")

    assert answer.status_code == 400


@pytest.mark.parametrize("days", ["1", "62"])
def test_the_longest_and_the_shortest_question_are_answered(client, clinic, days):
    assert ask(client, days=days).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_only_reads(client, clinic, method):
    assert getattr(client, method)("/api/slots").status_code == 405


def test_it_starts_no_session(client, clinic):
    assert ask(client).cookies == {}


# --- Statements ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", ["1", "62"])
def test_a_question_takes_five_statements(client, clinic, django_assert_num_queries, days):
    with django_assert_num_queries(5):
        ask(client, treatment="consultation", days=days)


def test_the_dearest_question_takes_six_statements(client, clinic, django_assert_num_queries):
    for session in WorkingHours.objects.all():
        SessionLimit.objects.create(hours=session, treatment=clinic.consultation, at_most=3)

    with django_assert_num_queries(6):
        ask(
            client,
            treatment="consultation",
            days="62",
            clinician="ben-sato",
            location="harbor-street",
            **{"from": str(TODAY)},
        )
