"""The desk and a clinician in a real browser: booking by phone, checking in, deciding, and the day on a phone."""

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from bookings.models import Appointment
from clinic import roles
from tests import cast, factories
from tests.browsing import DESKTOP, NARROW, PHONE, assert_clean, axe, scrolls_sideways
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def open_as(new_page, live_server):
    """Return a function that opens a page as somebody who has signed in."""

    def open_page(user, **options):
        page = new_page(**options)
        page.context.add_cookies([{"name": "session", "value": session_of(user), "url": live_server.url}])
        return page

    return open_page


def session_of(user) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


def assert_good(page):
    """Nothing broken, nothing inaccessible, nothing wider than the window."""
    assert_clean(page)
    assert axe(page) == []
    assert not scrolls_sideways(page)


@pytest.mark.parametrize("java_script", [True, False])
def test_the_desk_books_by_phone_on_one_page(java_script, clinic, open_as):
    # Given Ada on the phone, and the desk on its board
    page = open_as(member(roles.FRONT_DESK), java_script_enabled=java_script)
    page.goto("/admin/day/")

    # When the desk types her name, chooses treatment and time, and presses Enter
    page.get_by_role("link", name="Book", exact=True).click()
    page.get_by_label("Find a patient").fill("ada vale")
    if not java_script:
        page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("radio", name="Ada Vale, born May 17, 1980").check()
    page.get_by_label("Treatment").select_option(label="Consultation")
    if not java_script:
        page.get_by_role("button", name="Show free times").click()
    page.get_by_role("radio", name="10:30 am").first.check()
    page.keyboard.press("Enter")

    # Then she is in the diary, and the panel says who, when and that she hears of it
    page.get_by_text("The confirmation goes out at").wait_for()
    assert "Ada Vale, born May 17, 1980" in page.locator(".panel-booked").inner_text()
    assert list(Appointment.objects.values_list("start", "source")) == [(at("2026-03-02", "10:30"), "phone")]
    if java_script:
        assert_good(page)


def test_a_time_that_is_taken_is_replaced_by_one_press(clinic, open_as):
    # Given both consultants free at 10:30 when the page was opened
    page = open_as(member(roles.FRONT_DESK))
    page.goto("/admin/bookings/appointment/add/?treatment=consultation&when=2026-03-02T10:30")
    page.get_by_label("Find a patient").fill("dot")
    page.get_by_label("First name").wait_for()

    # When both are taken before the desk presses Enter
    for clinician in (clinic.ortiz, clinic.sato):
        book(clinic, at("2026-03-02", "10:30"), patient=factories.PatientFactory(), clinician=clinician)
    page.keyboard.press("Enter")

    # Then the page says it in words, keeps what was typed, and offers times around it
    page.get_by_role("alert").get_by_text("Somebody has just taken that time.").wait_for()
    assert page.get_by_label("First name").input_value() == "Dot"
    assert page.title().startswith("Error: ")
    assert_good(page)
    page.get_by_role("button", name="11 am").first.click()
    page.get_by_text("Booked: Dot").wait_for()


def test_checking_in_takes_one_press_and_is_undone_by_another(clinic, open_as):
    book(clinic, at("2026-03-02", "10:30"))
    page = open_as(member(roles.FRONT_DESK), viewport=PHONE)
    page.goto("/admin/day/")
    page.get_by_role("button", name="Arrived (Ada Vale)").click()
    page.get_by_text("Ada Vale: arrived.").wait_for()
    assert_good(page)
    page.get_by_role("button", name="Undo (Ada Vale)").click()
    page.get_by_text("Ada Vale: booked.").wait_for()


def test_a_press_on_a_page_that_is_out_of_date_changes_nothing_and_says_why(clinic, open_as):
    book(clinic, at("2026-03-02", "10:30"))
    user = member(roles.FRONT_DESK)
    mine, other = open_as(user), open_as(user)
    mine.goto("/admin/day/")
    other.goto("/admin/day/")
    other.get_by_role("button", name="Arrived (Ada Vale)").click()
    other.get_by_text("Ada Vale: arrived.").wait_for()
    mine.get_by_role("button", name="Arrived (Ada Vale)").click()
    mine.get_by_text("has changed this appointment (arrived").wait_for()
    assert Appointment.objects.get().events.count() == 2


def test_the_desk_decides_a_request_from_its_list(clinic, open_as):
    book(clinic, at("2026-03-04", "10:30"), status="requested")
    page = open_as(member(roles.FRONT_DESK), viewport=NARROW)
    page.goto("/admin/day/")
    page.get_by_role("link", name="Requests to decide 1").click()
    page.get_by_role("heading", name="Requests to decide").wait_for()
    assert_good(page)
    page.get_by_role("link", name="Decline (Ada Vale)").click()
    page.get_by_role("heading", name="Decline this request").wait_for()
    assert_good(page)
    page.get_by_label("Why").select_option(label="We could not reach the patient")
    page.get_by_role("button", name="Decline this request").click()
    page.get_by_text("Canceled: Ada Vale").wait_for()
    assert Appointment.objects.get().cancel_reason == "no_contact"


PAGES = [
    "/",
    "appointment/",
    "appointment/add/",
    "appointment/overbook/",
    "appointment/{visit}/change/",
    "appointment/{visit}/move/",
    "appointment/{visit}/cancel/",
    "patient/",
    "patient/add/",
    "patient/{patient}/change/",
    "patient/{patient}/history/",
    "message/",
    "message/{message}/change/",
    "workinghours/1/change/",
    "extrahours/add/",
    "timeoff/add/",
    "resource/",
    "callbackrequest/add/",
    "accessentry/",
    "occupancy/",
    "appointmentevent/",
]


def test_every_page_of_the_diarys_admin_is_accessible_under_the_strict_policy(clinic, open_as):
    visit = book(clinic, at("2026-03-02", "10:30"), side="left")
    page = open_as(member(roles.MANAGER), viewport=DESKTOP)
    ids = {"visit": visit.pk, "patient": clinic.ada.pk, "message": visit.messages.first().pk}
    addresses = [f"/admin/bookings/{path.format(**ids).lstrip('/')}" for path in PAGES]
    for address in addresses:
        page.goto(address)
    # Before axe, which writes styles of its own into a page. An icon may be still on its way when the next page is asked for.
    assert_clean(page, besides="favicon.svg")
    broken = {}
    for address in addresses:
        page.goto(address)
        broken |= {address: rules} if (rules := axe(page)) else {}
    assert broken == {}


@pytest.mark.parametrize("width", [320, 360, 390, 1280])
def test_a_clinician_reads_the_day_at_any_width(width, clinic, open_as):
    book(clinic, at("2026-03-02", "10:30"), treatment=clinic.injection, side="left", reason="It hurts when I type.")
    book(clinic, at("2026-03-02", "11:30"), patient=clinic.ben, status="arrived")
    page = open_as(member(roles.CLINICIAN, clinician=clinic.ortiz), viewport={"width": width, "height": 800})
    page.goto("/schedule/")
    people = ["Ben Okafor", "Ada Vale", "Ada Vale", "Ben Okafor"]  # now, next, the day
    assert page.locator(".who a, .strip h3").all_inner_texts() == people
    assert_good(page)


def test_a_clinician_signs_in_and_lands_on_the_day(clinic, page):
    member(roles.CLINICIAN, clinician=clinic.ortiz, email="ortiz@example.com")
    page.goto("/schedule/")
    page.locator("[name=username]").fill("ortiz@example.com")
    page.locator("[name=password]").fill("a-plain-test-password")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Mon, Mar 2").wait_for()
    assert_good(page)
