"""A clinician's day in a real browser: a phone between two patients, a desk that changes things meanwhile, and paper."""

import datetime as dt
import re

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import expect

from bookings import scheduling
from bookings.models import Appointment, ColleagueLook
from clinic import roles
from tests import cast, factories
from tests.bookings.busy import busy_day
from tests.browsing import assert_clean, axe, scrolls_sideways
from tests.cast import NOW, at
from tests.desk import book, member
from tests.journeys.test_staff import session_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BY = scheduling.By.system()
PHONE = {"width": 360, "height": 740}
SHEET = "/schedule/2026-03-02/sheet/"
# The chips of a part with a corner that no finger could touch on this screen: scrolled away, or under something else.
HIDDEN = """part => [...document.querySelectorAll(`#${part} .chip`)].filter(chip => {
  const corners = [...chip.getClientRects()].flatMap(box => [[box.left + 1, box.top + 1], [box.right - 1, box.bottom - 1]]);
  return !corners.length || corners.some(([x, y]) => document.elementFromPoint(x, y)?.closest("section")?.id !== part);
}).map(chip => chip.textContent)"""


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def sign_in(new_page, live_server):
    """Return a function that opens a phone as somebody who has signed in."""

    def opened(user, **options):
        page = new_page(**{"viewport": PHONE, **options})
        page.context.add_cookies([{"name": "session", "value": session_of(user), "url": live_server.url}])
        return page

    return opened


@pytest.fixture
def open_day(clinic, sign_in):
    """Return a function that opens Dr. Ortiz's day on a phone, or another page of hers."""

    def opened(address="/schedule/", **options):
        page = sign_in(member(roles.CLINICIAN, clinician=clinic.ortiz), **options)
        page.goto(address)
        return page

    return opened


# --- Read without scrolling -----------------------------------------------------------------------------------------


def chips(page, part):
    return page.locator(f"#{part} .chip")


@pytest.mark.parametrize("java_script", [True, False])
def test_on_a_small_phone_the_next_patients_readiness_needs_no_scrolling(java_script, clinic, open_day):
    # Given the fullest morning: one is being seen, of whom nothing was asked, and the next one has every alert there is
    busy_day(clinic, past=3)
    page = open_day(java_script_enabled=java_script)
    expect(chips(page, "next")).to_have_count(7)

    # Then every chip of both lies free on the first screen, above the press that ends the visit
    assert (page.evaluate(HIDDEN, "now"), page.evaluate(HIDDEN, "next")) == ([], [])
    lowest = max(box["y"] + box["height"] for box in map(box_of, chips(page, "next").all()))
    assert lowest <= page.locator(".act").bounding_box()["y"]
    assert page.evaluate("scrollY") == 0


def test_who_waits_at_the_door_is_told_of_in_full_and_who_comes_then_in_brief(clinic, open_day):
    # Given nobody with the clinician, and the one who waits has every alert there is
    visits = busy_day(clinic, past=3)
    scheduling.finish(visits[1], by=BY, now=NOW)
    page = open_day()

    # Then all is on the first screen, of both
    expect(chips(page, "now")).to_have_count(7)
    assert (page.evaluate(HIDDEN, "now"), page.evaluate(HIDDEN, "next")) == ([], [])


def box_of(chip):
    return chip.bounding_box()


# --- Accessible, at every width -------------------------------------------------------------------------------------


def assert_good(page):
    """Nothing broken, nothing inaccessible, nothing wider than the window."""
    assert_clean(page, besides="favicon.svg")
    assert axe(page) == []
    assert not scrolls_sideways(page)


@pytest.mark.parametrize("width", [320, 360, 1280])
@pytest.mark.parametrize("address", ["/schedule/", "/schedule/2026-03-03/", SHEET])
def test_the_day_is_accessible_at_every_width(address, width, clinic, open_day):
    visits = busy_day(clinic, past=3)
    scheduling.cancel(visits[9], by=BY, now=NOW, reason="closed")
    scheduling.run_late(clinic.ortiz, clinic.house, 20, by=BY, now=NOW)
    page = open_day(address, viewport={"width": width, "height": 740})
    expect(page).to_have_title("Schedule | Riverbend Pain Clinic")
    for closed in page.locator("main summary").all():
        closed.click()
    assert_good(page)
    page.emulate_media(color_scheme="dark")
    assert axe(page) == []


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_a_colleagues_day_takes_a_reason_and_is_accessible_at_every_width(width, clinic, sign_in):
    # Given Dr. Sato, who covers for colleagues, on the own day
    busy_day(clinic, past=3)
    user = member(roles.CLINICIAN, clinician=clinic.sato)
    user.groups.add(Group.objects.get(name=roles.COVERING))
    page = sign_in(user, viewport={"width": width, "height": 740})
    page.goto("/schedule/")
    page.get_by_role("link", name="A colleague’s day").click()

    # When no reason is given, the page says what is missing
    page.get_by_label("Whose day").select_option(label="Amara Ortiz, MD")
    page.get_by_role("button", name="See this day").click()
    expect(page.get_by_text("Write why you must see this day.")).to_be_visible()
    assert_good(page)

    # When it is, the day opens, says whose it is, and has nothing to press
    page.get_by_label("Why you must see it").fill("Dr. Ortiz is ill.")
    page.get_by_role("button", name="See this day").click()
    expect(page.get_by_text("Amara Ortiz’s day, not yours")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link")).to_have_count(0)
    expect(page.get_by_role("button")).to_have_count(0)
    assert_good(page)
    assert list(ColleagueLook.objects.values_list("reason", flat=True)) == ["Dr. Ortiz is ill."]


# --- From day to day ------------------------------------------------------------------------------------------------


def test_without_a_script_one_goes_from_day_to_day_and_starts_a_visit(clinic, open_day):
    # Given Ada in the room today, and Ben tomorrow
    visit = book(clinic, at("2026-03-02", "10:30"), status="in_room")
    book(clinic, at("2026-03-03", "10:30"), patient=clinic.ben)
    page = open_day(java_script_enabled=False)
    expect(page.get_by_text("as of 8 am")).to_be_visible()

    # When one goes on to the next day, to Thursday by the week, and back to today
    page.get_by_role("link", name="Next day").click()
    expect(page.get_by_role("heading", name="Tue, Mar 3")).to_be_visible()
    expect(page.get_by_role("link", name="Ben Okafor")).to_be_visible()
    page.locator("summary", has_text="Tue, Mar 3").click()
    page.get_by_role("link", name="Thu, Mar 5").click()
    expect(page.get_by_role("heading", name="Thu, Mar 5")).to_be_visible()
    page.get_by_role("link", name="Today", exact=True).click()

    # Then one press starts Ada's visit
    page.get_by_role("button", name="Start Ada Vale").click()
    expect(page.locator("#now .status")).to_contain_text("with clinician")
    assert Appointment.objects.get(pk=visit.pk).status == "with_clinician"


def test_the_keyboard_alone_reads_the_day_and_starts_a_visit(clinic, open_day):
    # Given Ada in the room
    book(clinic, at("2026-03-02", "10:30"), status="in_room", reason="It burns.")
    page = open_day()

    # When Tab walks the page, then every stop can be seen, in the order of the page
    stops = []
    for _press in range(9):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.textContent.trim().slice(0, 24)"))
    assert stops == [
        "Skip to the main content",
        "‹Previous day",
        "Mon, Mar 2",
        "›Next day",
        "Ada Vale",
        "It burns.",
        "Start Ada Vale",
        "Ada Vale",
        "Day sheet to print",
    ]

    # And the week opens, and a visit starts
    page.get_by_role("button", name="Start Ada Vale").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#now .status")).to_contain_text("with clinician")


# --- Live from the desk ---------------------------------------------------------------------------------------------


def test_what_the_desk_does_shows_by_itself_and_nothing_else_moves(clinic, open_day):
    # Given the day open with Ada's words unfolded, the keyboard on the link to Ben, and Cleo later on
    ada = book(clinic, at("2026-03-02", "10:30"), reason="It burns.")
    ben = book(clinic, at("2026-03-02", "11:00"), patient=clinic.ben)
    cleo = book(clinic, at("2026-03-02", "14:00"), patient=factories.PatientFactory(first_name="Cleo"))
    page = open_day()
    page.clock.install()
    page.goto("/schedule/")
    page.locator("#next summary").click()
    page.locator(f"#l-{ben.reference}").focus()
    page.evaluate("id => document.getElementById(id).classList.add('as-before')", f"v-{cleo.reference}")

    # When the desk checks Ada in, and half a minute goes by
    scheduling.check_in(ada, by=BY, now=NOW)
    page.clock.run_for(31_000)

    # Then she is now, with the press that starts; Ben is next and his link has the focus; Cleo's strip was left alone
    expect(page.locator("#now .status")).to_have_text("arrived 8 am")
    expect(page.get_by_role("button", name="Start Ada Vale")).to_be_visible()
    expect(page.locator("#next h3")).to_contain_text("Ben Okafor")
    expect(page.locator(f"#l-{ben.reference}")).to_be_focused()
    expect(page.locator(f"#v-{cleo.reference}.as-before")).to_be_visible()
    assert_good(page)


def test_the_page_says_when_it_is_cut_off_and_when_it_is_back(clinic, open_day):
    page = open_day()
    page.clock.install()
    page.goto("/schedule/")
    page.context.set_offline(True)
    page.clock.run_for(31_000)
    expect(page.locator("#as-of")).to_have_text("No connection. As of 8 am")
    page.context.set_offline(False)
    page.clock.run_for(31_000)
    expect(page.locator("#as-of")).to_have_text("as of 8 am")


def test_when_the_session_has_ended_nobody_is_named_any_more_and_a_link_leads_to_signing_in(
    clinic, open_day, time_machine
):
    book(clinic, at("2026-03-02", "10:30"))
    page = open_day()
    page.clock.install()
    page.goto("/schedule/")
    expect(page.get_by_text("Ada Vale")).not_to_have_count(0)
    time_machine.move_to(NOW + dt.timedelta(minutes=16))
    page.clock.run_for(31_000)
    expect(page.locator("#as-of")).to_have_text("Signed out. Sign in")
    expect(page.get_by_text("Ada Vale")).to_have_count(0)
    page.locator("#as-of a").click()
    expect(page).to_have_url(re.compile("/sign-in/"))


# --- On paper -------------------------------------------------------------------------------------------------------


def test_the_sheet_prints_without_what_belongs_to_the_screen(clinic, open_day):
    busy_day(clinic, past=3)
    page = open_day(SHEET, viewport={"width": 816, "height": 1056})  # Letter
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(page.get_by_role("columnheader", name="Notes")).to_be_visible()
    expect(page.get_by_role("heading", name="Amara Ortiz, Monday, March 2, 2026")).to_be_visible()
