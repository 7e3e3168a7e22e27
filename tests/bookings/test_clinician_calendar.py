"""The address of a clinician's calendar: made once, opened by its secret alone, taken back at one press."""

import datetime as dt
import logging
import re

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from icalendar import Calendar

from bookings import feeds, scheduling
from bookings.models import AccessEntry, CalendarFeed
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = pytest.mark.django_db
BY = scheduling.By.system()
MINUTE = dt.timedelta(minutes=1)
PAGE = "/schedule/calendar/"


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def ortiz(clinic, client):
    client.force_login(member(roles.CLINICIAN, clinician=clinic.ortiz))
    return client


@pytest.fixture
def address(clinic):
    """The address of Dr. Ortiz's calendar, made just now."""
    member(roles.CLINICIAN, clinician=clinic.ortiz)
    return path_of(feeds.make(clinic.ortiz, now=NOW))


def path_of(token):
    return f"/calendar/{token}.ics"


def read(address, **headers):
    """Ask as a calendar program does: without cookies."""
    return Client().get(address, headers=headers)


def said(response):
    """All that an answer tells, without what differs between any two: its number and the clock."""
    apart = ("X-Request-ID", "Expires", "Content-Security-Policy")
    return response.status_code, response.content, {k: v for k, v in response.headers.items() if k not in apart}


# --- The page -------------------------------------------------------------------------------------------------------


def test_the_address_is_shown_once_and_its_secret_is_kept_nowhere(clinic, ortiz):
    page = ortiz.post(PAGE, {"press": "new"}).text
    [token] = re.findall(r'value="http://127.0.0.1:8000/calendar/([\w-]{43})\.ics"', page)
    assert f'href="webcal://127.0.0.1:8000/calendar/{token}.ics"' in page
    assert feeds.find(token).clinician == clinic.ortiz
    assert token not in ortiz.get(PAGE).text
    kept = [*CalendarFeed.objects.values_list("token_hash", flat=True), *Session.objects.values_list("session_data")]
    assert not any(token in str(row) for row in kept)
    assert Session.objects.get().get_decoded().keys() >= {"last_seen"}
    assert token not in str(Session.objects.get().get_decoded())


def test_the_page_says_when_it_was_made_and_last_read(clinic, ortiz, time_machine):
    assert "You have no calendar address." in ortiz.get(PAGE).text
    token = feeds.make(clinic.ortiz, now=NOW)
    page = ortiz.get(PAGE).text
    assert ("Made Mon, Mar 2, 8 am." in page, "Not read yet." in page) == (True, True)
    time_machine.move_to(NOW + 10 * MINUTE, tick=False)
    read(path_of(token))
    time_machine.move_to(NOW + 12 * MINUTE, tick=False)
    assert "Last read Mon, Mar 2, 8:10 am." in ortiz.get(PAGE).text


def test_taking_it_back_takes_one_press_and_ends_it_at_once(ortiz, address):
    ortiz.force_login(CalendarFeed.objects.get().clinician.user)
    answer = ortiz.post(PAGE, {"press": "end"})
    assert (answer.status_code, answer.url, read(address).status_code) == (302, PAGE, 404)
    assert "You have no calendar address." in ortiz.get(PAGE).text


def test_a_new_address_ends_the_old_one_at_once(ortiz):
    pages = [ortiz.post(PAGE, {"press": "new"}).text for _press in range(2)]
    old, new = (path_of(re.search(r"/calendar/([\w-]+)\.ics", page)[1]) for page in pages)
    assert (read(old).status_code, read(new).status_code) == (404, 200)


def test_looking_at_the_page_makes_and_ends_nothing(ortiz, address):
    for method in (ortiz.get, ortiz.head, ortiz.put, ortiz.delete):
        method(PAGE + "?press=end")
    assert read(address).status_code == 200


def test_a_colleague_neither_sees_nor_ends_it(clinic, address, client):
    client.force_login(member(roles.CLINICIAN, clinician=clinic.sato))
    assert "You have no calendar address." in client.get(PAGE).text
    client.post(PAGE, {"press": "end", "clinician": clinic.ortiz.pk, "feed": CalendarFeed.objects.get().pk})
    client.post(PAGE, {"press": "new", "clinician": clinic.ortiz.pk})
    assert read(address).status_code == 200
    assert list(CalendarFeed.objects.order_by("pk").values_list("clinician__name", "revoked_at")) == [
        ("Amara Ortiz", None),
        ("Ben Sato", None),
    ]


@pytest.mark.parametrize(("role", "expected"), [(roles.FRONT_DESK, 302), (roles.MANAGER, 302), (roles.EDITOR, 403)])
def test_nobody_else_has_a_calendar_to_make(role, expected, client):
    client.force_login(member(role))
    assert [client.get(PAGE).status_code, client.post(PAGE, {"press": "new"}).status_code] == [expected] * 2
    assert not CalendarFeed.objects.exists()


def test_without_signing_in_nothing_is_made(client):
    assert client.post(PAGE, {"press": "new"}).url == f"/sign-in/?next={PAGE}"
    assert not CalendarFeed.objects.exists()


def test_a_press_from_another_site_is_refused(clinic):
    user = member(roles.CLINICIAN, clinician=clinic.ortiz)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    assert browser.post(PAGE, {"press": "new"}).status_code == 403


def test_the_page_is_kept_by_nobody_and_its_title_says_nothing(ortiz):
    answer = ortiz.post(PAGE, {"press": "new"})
    assert answer["Cache-Control"] == "no-store, private"
    assert "<title>Schedule | Riverbend Pain Clinic</title>" in answer.text


# --- The file -------------------------------------------------------------------------------------------------------


def test_a_program_gets_the_file_without_signing_in(clinic, address):
    book(clinic, at("2026-03-04", "10:00"))
    answer = read(address)
    kept = {name: answer[name] for name in ("Content-Type", "Content-Disposition", "Cache-Control", "X-Robots-Tag")}
    assert kept == {
        "Content-Type": "text/calendar; charset=utf-8",
        "Content-Disposition": 'inline; filename="schedule.ics"',
        "Cache-Control": "private, no-cache",
        "X-Robots-Tag": "noindex",
    }
    assert len(Calendar.from_ical(answer.content).events) == 1
    assert not answer.cookies


def test_whoever_has_the_last_etag_gets_nothing_until_the_diary_changes(clinic, address, time_machine):
    visit = book(clinic, at("2026-03-04", "10:00"))
    etag = read(address)["ETag"]
    assert re.fullmatch('"[0-9a-f]{64}"', etag)
    time_machine.move_to(NOW + dt.timedelta(days=20), tick=False)
    same = read(address, **{"If-None-Match": etag})
    weak = read(address, **{"If-None-Match": f"W/{etag}"})  # a proxy that compresses makes it weak
    assert [(answer.status_code, answer.content, answer["ETag"]) for answer in (same, weak)] == [(304, b"", etag)] * 2
    assert same["Cache-Control"] == "private, no-cache"
    scheduling.cancel(visit, by=BY, now=NOW + MINUTE, reason="closed")
    new = read(address, **{"If-None-Match": etag})
    assert (new.status_code, new["ETag"] == etag, Calendar.from_ical(new.content).events) == (200, False, [])


def test_a_program_may_ask_for_the_head_alone_and_send_nothing(address):
    full, head = read(address), Client().head(address)
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", full["ETag"])
    assert [getattr(Client(), way)(address).status_code for way in ("post", "put", "delete")] == [405] * 3


def test_a_colleagues_visits_are_in_no_file_but_theirs(clinic, address):
    book(clinic, at("2026-03-04", "10:00"), clinician=clinic.sato)
    for extra in ("", "?clinician=ben-sato", f"?clinician={clinic.sato.pk}", "?all=1"):
        assert Calendar.from_ical(read(address + extra).content).events == []


# --- A bad address --------------------------------------------------------------------------------------------------


def taken_back(clinic):
    feeds.take_back(clinic.ortiz, now=NOW)


def not_working_here(clinic):
    clinic.ortiz.active = False
    clinic.ortiz.save()


def account_switched_off(clinic):
    clinic.ortiz.user.is_active = False
    clinic.ortiz.user.save()


def no_account(clinic):
    clinic.ortiz.user = None
    clinic.ortiz.save()


@pytest.mark.parametrize("why", [taken_back, not_working_here, account_switched_off, no_account])
def test_every_bad_address_has_the_same_answer_and_costs_the_same(why, clinic, address, django_assert_num_queries):
    unknown = said(read(path_of("A" * 43)))
    assert read(address).status_code == 200
    clinic.ortiz.refresh_from_db()
    why(clinic)
    with django_assert_num_queries(4):
        answer = said(read(address))
    with django_assert_num_queries(4):
        read(path_of("B" * 43))
    assert answer == unknown
    assert (answer[0], answer[2]["Cache-Control"]) == (404, "no-store, private")


@pytest.mark.parametrize("token", ["x", "A" * 5000, "%00", "%F0%9F%97%93", "a'b", "..", " "])
def test_odd_addresses_are_bad_addresses(token):
    assert read(path_of(token)).status_code == 404


def test_a_bad_address_in_a_browser_is_not_sought_among_old_addresses_of_pages(ortiz):
    answer = ortiz.get("/calendar/no-such-token.ics")
    assert (answer.status_code, answer.text) == (404, "There is no calendar at this address.\n")


def test_whoever_tries_addresses_is_told_to_stop(address):
    statuses = [read(path_of(f"try-{number}")).status_code for number in range(62)]
    assert statuses == [404] * 60 + [429] * 2
    assert read(path_of("another"))["Retry-After"] == "3600"
    assert read(address).status_code == 200  # a service that reads for many people has one address


def test_a_program_that_asks_without_end_is_told_to_wait(address, time_machine):
    assert [read(address).status_code for _time in range(121)] == [200] * 120 + [429]
    time_machine.move_to(NOW + 60 * MINUTE, tick=False)
    assert read(address).status_code == 200


# --- What is written down -------------------------------------------------------------------------------------------


def test_reading_is_written_down_once_in_a_while_and_names_no_patient(clinic, address, time_machine):
    book(clinic, at("2026-03-04", "10:00"))
    for minute in (0, 5, 14, 15, 29, 31):
        time_machine.move_to(NOW + minute * MINUTE, tick=False)
        read(address, **{"If-None-Match": "*"})
    entries = AccessEntry.objects.order_by("pk").values_list("view", "user", "patients", "at", "allowed")
    assert list(entries) == [
        ("clinician-calendar", clinic.ortiz.user_id, [], NOW + minute * MINUTE, True) for minute in (0, 15, 31)
    ]
    assert CalendarFeed.objects.get().read_at == NOW + 31 * MINUTE


@pytest.mark.parametrize("visits", [1, 3])
def test_it_costs_the_same_for_one_visit_and_three(visits, clinic, address, django_assert_num_queries):
    for hour in range(visits):
        book(clinic, at("2026-03-04", f"1{hour}:00"), patient=factories.PatientFactory())
    read(address)
    with django_assert_num_queries(9):
        read(address)


@pytest.fixture
def lines():
    """Every line that reaches the console, as it is written there."""
    handler = next(handler for handler in logging.getLogger().handlers if handler.name == "console")
    seen = []
    handler.addFilter(watch := lambda record: seen.append(handler.format(record)) or True)
    yield seen
    handler.removeFilter(watch)


def test_no_log_line_holds_the_secret_whatever_happens(clinic, address, lines, monkeypatch, settings):
    token = address.removeprefix("/calendar/").removesuffix(".ics")
    read(address)
    read(address, **{"If-Match": '"other"'})
    Client().post(address)
    monkeypatch.setattr(CalendarFeed, "clinician", property(lambda _feed: 1 / 0))
    broken = Client(raise_request_exception=False).get(address)
    feeds.take_back(clinic.ortiz, now=NOW)
    read(address)
    assert broken.status_code == 500
    assert len(lines) > 4
    assert [line for line in lines if token in line or "/calendar/" in line] == []
    assert token not in broken.text


def test_an_old_session_in_a_browser_does_not_lead_the_secret_to_the_sign_in_page(clinic, ortiz, time_machine):
    address = path_of(feeds.make(clinic.ortiz, now=NOW))
    ortiz.get(PAGE)
    time_machine.move_to(NOW + 14 * MINUTE, tick=False)
    assert ortiz.get(address).status_code == 200
    time_machine.move_to(NOW + 20 * MINUTE, tick=False)
    answer = ortiz.get(address)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-cache")
    assert ortiz.get(PAGE).status_code == 302  # reading the file has not kept the session alive


def test_the_checks_of_the_diary_know_nothing_wrong_with_it(clinic, address):
    book(clinic, at("2026-03-04", "10:00"))
    read(address)
    call_command("check_diary", verbosity=0)
