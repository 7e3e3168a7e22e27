"""A patient opens the link of a message in a real browser: says yes, moves, cancels, undoes, books again."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from bookings import links, scheduling
from tests import cast
from tests.bookings.visits import book
from tests.browsing import NARROW, PHONE, assert_clean, axe, scrolls_sideways

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PATIENT, SYSTEM = scheduling.By.patient(), scheduling.By.system()
WITHOUT_SCRIPTS = {"java_script_enabled": False}


@pytest.fixture
def clinic(transactional_db):
    return cast.open_clinic()


@pytest.fixture
def visit(clinic):
    return book(clinic, date=next_week(), now=timezone.now())


@pytest.fixture(params=[{}, WITHOUT_SCRIPTS], ids=["with scripts", "without scripts"])
def phone(new_page, request):
    """A page of 390 pixels, with JavaScript and without."""
    return new_page(viewport=PHONE, **request.param)


def next_week(days=0):
    """A Wednesday, at least five days from today: the pages go by today's clock."""
    today = timezone.now().date()
    return (today + dt.timedelta(days=5 + (2 - today.weekday() - 5) % 7 + days)).isoformat()


def follow_link(page, visit):
    page.goto(f"/appointments/{links.mint(visit, now=timezone.now())}/")


def take(choice):
    """Press the label of a choice, as a finger does: its button itself is out of sight."""
    choice.locator("xpath=ancestor::label").click()
    expect(choice).to_be_checked()


def status_of(visit):
    visit.refresh_from_db()
    return visit.status


def looks_good(page):
    """No rule of accessibility broken, and nothing wider than the screen."""
    return (axe(page), scrolls_sideways(page)) == ([], False)


# --- With a finger, on a phone, with scripts and without ------------------------------------------------------------


def test_a_patient_says_yes_in_one_press(phone, visit):
    follow_link(phone, visit)
    assert phone.url.endswith("/appointments/")
    phone.get_by_role("button", name="Yes, I will come").click()
    phone.get_by_text("You told us that you will come.").wait_for()
    visit.refresh_from_db()
    assert visit.confirmed_at is not None
    assert_clean(phone)


def test_a_patient_moves_in_four_presses_and_goes_back_in_one(phone, visit):
    follow_link(phone, visit)
    before = visit.start
    phone.get_by_role("link", name="Choose another time").click()
    thursday = dt.date.fromisoformat(next_week(1))
    phone.get_by_role("link", name=f"{thursday:%a, %b} {thursday.day}").click()
    take(phone.get_by_role("radio", name="11 am", exact=True))
    phone.get_by_role("button", name="Move to this time").click()
    phone.get_by_role("status").filter(has_text="Your appointment is moved.").wait_for()
    visit.refresh_from_db()
    assert visit.start == cast.at(thursday.isoformat(), "11:00")

    phone.get_by_role("button", name="Go back to the old time").click()
    phone.get_by_role("status").filter(has_text="Your appointment is as it was before.").wait_for()
    visit.refresh_from_db()
    assert visit.start == before
    assert_clean(phone)


def test_a_patient_cancels_and_undoes_it(phone, visit):
    follow_link(phone, visit)
    phone.get_by_role("link", name="Cancel this appointment").click()
    phone.get_by_role("radio", name="I feel better").check()
    phone.get_by_role("button", name="Cancel this appointment").click()
    phone.get_by_role("heading", name="This appointment is canceled").wait_for()
    assert (status_of(visit), visit.cancel_reason) == ("cancelled", "better")

    phone.get_by_role("button", name="Undo: keep my appointment").click()
    phone.get_by_role("heading", name="Your appointment", exact=True).wait_for()
    assert status_of(visit) == "booked"
    assert_clean(phone)


def test_a_patient_sees_more_after_the_date_of_birth_and_closes_the_page(phone, visit):
    follow_link(phone, visit)
    assert phone.get_by_text("Consultation").count() == 0
    phone.get_by_role("link", name="What it is for, how to prepare").click()
    for part, value in (("Month", "5"), ("Day", "17"), ("Year", "1980")):
        phone.get_by_role("textbox", name=part).fill(value)
    phone.get_by_role("button", name="Continue").click()
    phone.get_by_role("heading", name="Your visit", exact=True).wait_for()
    assert phone.get_by_text("Consultation").count() == 1
    phone.get_by_role("button", name="Close this page").click()
    phone.get_by_text("This page is closed.").wait_for()
    phone.goto("/appointments/")
    phone.get_by_role("heading", name="Open the link in our message").wait_for()
    assert_clean(phone, besides="404")


def test_who_missed_a_visit_books_again_from_it(phone, visit, clinic):
    """After the date of birth the way leads straight to the same treatment."""
    yesterday = timezone.now() - dt.timedelta(days=1)
    past = book(clinic, clinic.ben, date=next_week(-14), now=yesterday - dt.timedelta(days=30))
    scheduling.miss(past, by=SYSTEM, now=past.end)
    follow_link(phone, past)
    assert phone.get_by_role("link", name="Book again").get_attribute("href") == "/book/"
    phone.get_by_role("link", name="What it was for").click()
    for part, value in (("Month", "5"), ("Day", "17"), ("Year", "1980")):
        phone.get_by_role("textbox", name=part).fill(value)
    phone.get_by_role("button", name="Continue").click()
    phone.get_by_role("link", name="Book again").click()
    phone.get_by_role("radio", name="None of these").check()
    phone.get_by_role("button", name="Continue").click()
    phone.get_by_text("You are booking: Consultation.").wait_for()
    assert "treatment" not in phone.url
    assert_clean(phone)


def test_the_time_went_to_somebody_else_and_one_of_the_nearest_is_taken(phone, visit, clinic):
    follow_link(phone, visit)
    phone.get_by_role("link", name="Choose another time").click()
    first = phone.get_by_role("radio").first
    value = first.get_attribute("value")
    take(first)
    start = dt.datetime.fromisoformat(value.split("/")[0])
    slot = scheduling.Slot(clinic.consultation, start, clinic.house, visit.clinician)
    scheduling.book(slot, patient=clinic.ben, by=SYSTEM, now=timezone.now(), source="phone")
    phone.get_by_role("button", name="Move to this time").click()
    phone.get_by_role("alert").filter(has_text="Your time is still yours").wait_for()
    assert status_of(visit) == "booked"

    take(phone.get_by_role("group", name="The nearest free times").get_by_role("radio").first)
    phone.get_by_role("button", name="Move to this time").first.click()
    phone.get_by_role("status").filter(has_text="Your appointment is moved.").wait_for()
    assert_clean(phone)


def test_another_visit_of_the_same_person_is_one_press_away(phone, visit, clinic):
    other = book(clinic, date=next_week(7), now=timezone.now())
    follow_link(phone, visit)
    phone.get_by_role("link", name="What it is for, how to prepare").click()
    for part, value in (("Month", "5"), ("Day", "17"), ("Year", "1980")):
        phone.get_by_role("textbox", name=part).fill(value)
    phone.get_by_role("button", name="Continue").click()
    phone.get_by_role("button", name=re.compile("^Show")).click()
    day = other.local_start
    phone.get_by_text(f"{day:%A, %B} {day.day}, {day.year}", exact=True).first.wait_for()
    assert phone.url.endswith("/appointments/")
    assert_clean(phone)


# --- By keyboard ----------------------------------------------------------------------------------------------------


def tab_to(page, name):
    """Press Tab until what has the focus is called so; returns how many presses it took."""
    for presses in range(1, 60):
        page.keyboard.press("Tab")
        label = page.evaluate(
            "(e => (e.labels?.[0] ?? e).innerText || e.getAttribute('aria-label') || e.name)(document.activeElement)"
        )
        if name in (label or ""):
            return presses
    raise AssertionError(f"no way to {name} by keyboard")


def press_at(page, name, key="Enter"):
    presses = tab_to(page, name)
    page.keyboard.press(key)
    return presses + 1


@pytest.mark.parametrize("options", [{}, WITHOUT_SCRIPTS], ids=["with scripts", "without scripts"])
def test_everything_is_done_by_keyboard_alone(new_page, visit, options):
    """Yes, another time, back to the old one, cancel, undo: no mouse, and the focus is never lost."""
    page = new_page(**options)
    follow_link(page, visit)
    press_at(page, "Yes, I will come")
    page.get_by_text("You told us that you will come.").wait_for()

    press_at(page, "Choose another time")
    page.get_by_role("heading", name="Choose another time").wait_for()
    press_at(page, "Show later dates")
    page.wait_for_url("**from=**")
    third = page.get_by_role("navigation", name="Days with free times").get_by_role("link").nth(2)
    press_at(page, third.inner_text().splitlines()[0])
    page.wait_for_url("**#times")
    page.keyboard.press("Tab")  # from the times, which have the focus, into them
    page.keyboard.press("ArrowDown")
    press_at(page, "Move to this time")
    page.get_by_role("status").filter(has_text="Your appointment is moved.").wait_for()
    visit.refresh_from_db()
    assert visit.revision == 1

    press_at(page, "Go back to the old time")
    page.get_by_role("status").filter(has_text="as it was before").wait_for()

    press_at(page, "Cancel this appointment")
    page.get_by_role("heading", name="Cancel your appointment?").wait_for()
    press_at(page, "The time does not suit me", key="Space")
    press_at(page, "Cancel this appointment")
    page.get_by_role("heading", name="This appointment is canceled").wait_for()
    press_at(page, "Undo: keep my appointment")
    page.get_by_role("heading", name="Your appointment", exact=True).wait_for()
    assert status_of(visit) == "booked"
    assert_clean(page)


def test_the_focus_goes_to_the_times_of_the_chosen_day(page, visit):
    follow_link(page, visit)
    page.goto("/appointments/move/")
    page.get_by_role("navigation", name="Days with free times").get_by_role("link").nth(1).click()
    page.wait_for_url("**#times")
    assert page.evaluate("document.activeElement.id") == "times"


def test_a_forgotten_reason_is_said_and_the_error_leads_to_the_question(page, visit):
    follow_link(page, visit)
    page.goto("/appointments/cancel/")
    page.get_by_role("button", name="Cancel this appointment").click()
    page.get_by_role("link", name="Choose a reason.").click()
    assert page.evaluate("document.activeElement.id") == "id_reason_0"
    assert axe(page) == []
    assert_clean(page)


def test_a_wrong_date_of_birth_is_said_and_the_error_leads_to_its_first_field(page, visit):
    follow_link(page, visit)
    page.goto("/appointments/date-of-birth/")
    for part, value in (("Month", "5"), ("Day", "18"), ("Year", "1980")):
        page.get_by_role("textbox", name=part).fill(value)
    page.get_by_role("button", name="Continue").click()
    assert page.evaluate("document.activeElement.className") == "error-summary"
    page.get_by_role("link", name="This is not the date of birth").click()
    assert page.evaluate("document.activeElement.id") == "id_date_of_birth_0"
    assert looks_good(page)
    assert_clean(page)


# --- Every state, on the narrowest screen ---------------------------------------------------------------------------


def requested(visit, clinic):
    slot = scheduling.Slot(clinic.consultation, cast.at(next_week(), "11:00"), clinic.house)
    return scheduling.request(slot, patient=clinic.ada, by=PATIENT, now=timezone.now(), source="web")


def offered(visit, clinic):
    slot = scheduling.Slot(clinic.consultation, cast.at(next_week(), "14:00"), clinic.house)
    return scheduling.offer(requested(visit, clinic), slot, by=SYSTEM, now=timezone.now())


STATES = {
    "booked": lambda visit, clinic: visit,
    "confirmed": lambda visit, clinic: scheduling.confirm(visit, by=PATIENT, now=timezone.now()),
    "requested": requested,
    "offered": offered,
    "declined": lambda visit, clinic: scheduling.decline(requested(visit, clinic), by=SYSTEM, now=timezone.now()),
    "cancelled": lambda visit, clinic: scheduling.cancel(visit, by=PATIENT, now=timezone.now(), reason="time"),
    "by the clinic": lambda visit, clinic: scheduling.cancel(visit, by=SYSTEM, now=timezone.now(), reason="other"),
}


@pytest.mark.parametrize("state", STATES)
def test_each_state_is_accessible_and_fits_a_narrow_screen(new_page, clinic, visit, state):
    page = new_page(viewport=NARROW)
    follow_link(page, STATES[state](visit, clinic))
    assert looks_good(page)
    assert_clean(page)


@pytest.mark.parametrize("viewport", [NARROW, PHONE], ids=["320 px", "390 px"])
def test_each_page_is_accessible_and_fits_a_narrow_screen(new_page, clinic, visit, viewport):
    book(clinic, date=next_week(7), now=timezone.now())
    page = new_page(viewport=viewport)
    follow_link(page, visit)
    for path in ("move/", "move/?clinician=any&place=any", "cancel/", "date-of-birth/"):
        page.goto(f"/appointments/{path}")
        assert (path, axe(page), scrolls_sideways(page)) == (path, [], False)
    for part, value in (("Month", "5"), ("Day", "17"), ("Year", "1980")):
        page.get_by_role("textbox", name=part).fill(value)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="Your other visits").wait_for()
    assert looks_good(page)
    assert_clean(page)


def test_on_paper_there_are_the_facts_and_no_buttons(page, visit):
    follow_link(page, visit)
    page.emulate_media(media="print")
    assert page.get_by_text("Please arrive at").is_visible()
    assert page.get_by_text("1 Harbor Street").is_visible()
    shown = [button for button in page.get_by_role("button").all() if button.is_visible()]
    links_shown = [
        link.inner_text() for link in page.get_by_role("main").get_by_role("link").all() if link.is_visible()
    ]
    assert (shown, links_shown) == ([], ["Call (212) 555-0100"])


def test_without_a_link_the_page_says_what_to_do(new_page, clinic):
    page = new_page(viewport=NARROW)
    page.goto("/appointments/")
    page.get_by_role("heading", name="Open the link in our message").wait_for()
    assert (axe(page), scrolls_sideways(page)) == ([], False)
    assert_clean(page, besides="404")


def test_after_too_many_wrong_dates_there_is_a_phone_number(new_page, visit):
    page = new_page(viewport=NARROW)
    follow_link(page, visit)
    for _try in range(9):
        page.goto("/appointments/date-of-birth/")
        for part, value in (("Month", "5"), ("Day", "18"), ("Year", "1980")):
            if page.get_by_role("textbox", name=part).count():
                page.get_by_role("textbox", name=part).fill(value)
        if page.get_by_role("button", name="Continue").count():
            page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="Let us do this by phone").wait_for()
    assert looks_good(page)
    assert_clean(page, besides="429")
