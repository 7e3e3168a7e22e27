"""A visitor books in a real browser: by keyboard alone, on a phone, without JavaScript, when somebody is quicker."""

import datetime as dt

import pytest

from bookings import scheduling
from bookings.models import Appointment
from tests import cast, factories
from tests.browsing import NARROW, PHONE, assert_clean, axe, scrolls_sideways

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def house(settings):
    settings.CLINIC_FORM_SECONDS = 0
    house = cast.open_clinic()
    article = factories.ArticleFactory(slug="stiff-neck", title="A stiff neck")
    article.treatments.add(house.therapy)
    return house


def test_the_whole_booking_by_keyboard_on_a_phone(new_page):
    # Given a visitor with a phone-sized window and a keyboard, coming from an article
    page = new_page(viewport=PHONE)
    page.goto("/book/?article=stiff-neck")
    assert_good(page, "1 of 5: urgent signs")

    # When they answer each page without ever touching the mouse
    choose(page, "urgent", "none")
    page.keyboard.press("Enter")
    assert_good(page, "2 of 5: what for")
    choose(page, "treatment", "physical-therapy-session")
    page.keyboard.press("Enter")
    assert_good(page, "3 of 5: place and time")
    choose(page, "slot")
    page.keyboard.press("Enter")
    assert_good(page, "4 of 5: about you")
    for name, text in [
        ("first_name", "Maya"),
        ("last_name", "O'Brien-Núñez"),
        ("date_of_birth_0", "8"),
        ("date_of_birth_1", "27"),
        ("date_of_birth_2", "1961"),
        ("email", "maya@example.com"),
    ]:
        go_to(page, f"[name={name}]")
        page.keyboard.type(text)
    go_to(page, "[name=privacy]")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    assert_good(page, "5 of 5: check")
    go_to(page, "button:text('Confirm booking')")
    page.keyboard.press("Enter")

    # Then the visit is booked, and the page says so
    page.wait_for_url("**/book/done/")
    assert_fine(page)
    made = Appointment.objects.get()
    assert made.article.slug == "stiff-neck"
    assert page.locator(".confirmation-panel__reference").inner_text() == made.reference
    assert_clean(page)


def test_nothing_scrolls_sideways_on_the_narrowest_phone_and_errors_are_found(new_page):
    page = new_page(viewport=NARROW)
    page.goto("/book/")
    page.click("button:text('Continue')")
    assert page.title().startswith("Error: ")
    assert page.evaluate("document.activeElement.className") == "error-summary"
    assert_fine(page)
    page.check("[name=urgent][value=none]")
    page.click("button:text('Continue')")
    page.check("[name=treatment][value=consultation]")
    page.click("button:text('Continue')")
    page.click("button:text('Continue')")
    assert_fine(page)
    page.locator("[name=slot]").first.check()
    page.click("button:text('Continue')")
    page.click("button:text('Continue')")
    assert_fine(page)
    page.click(".error-summary a:text('Enter your date of birth.')")
    assert page.evaluate("document.activeElement.name") == "date_of_birth_0"
    assert_clean(page)


def test_without_javascript_an_urgent_sign_stops_with_a_card(new_page):
    page = new_page(viewport=PHONE, java_script_enabled=False)
    page.goto("/book/")
    page.check("[name=urgent][value=some]")
    page.click("button:text('Continue')")
    assert page.locator("h1").inner_text() == "Please do not wait for an appointment"
    assert page.locator("a[href='tel:911']").count() == 1
    assert_clean(page)


def test_a_time_that_went_meanwhile_offers_others_and_keeps_the_answers(page, house):
    # Given a visitor who looks at the times
    page.goto("/book/?treatment=physical-therapy-session")
    page.check("[name=urgent][value=none]")
    page.click("button:text('Continue')")
    radio = page.locator("#times [name=slot]").nth(4)
    radio.check()
    # When somebody else books the one they have chosen
    take(radio.get_attribute("value"), house)
    page.click("#times button:text('Continue')")
    # Then they are told so, and a near time is one press away
    assert "Somebody has just taken that time." in page.locator(".notice--attention").inner_text()
    assert_fine(page)
    page.locator(".times--wide [name=slot]").first.check()
    page.click("button:text('Take this time')")
    assert page.locator(".progress-line p").inner_text() == "4 of 5: about you"
    assert_clean(page)


# --- Hands and eyes ---------------------------------------------------------------------------------------------------


def take(value, house):
    start = dt.datetime.fromisoformat(value.split("/")[0])
    slot = scheduling.Slot(house.therapy, start, house.house)
    now = start - dt.timedelta(hours=3)
    scheduling.book(slot, patient=house.ada, by=scheduling.By.system(), now=now, source="desk")


def assert_good(page, progress):
    page.wait_for_function("text => document.querySelector('.progress-line p')?.innerText === text", arg=progress)
    assert_fine(page)


def assert_fine(page):
    assert axe(page) == []
    assert not scrolls_sideways(page)


def go_to(page, selector):
    """Press Tab until the element has the focus; what the keyboard cannot reach fails here."""
    wanted = page.locator(selector).first
    for _press in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{selector} cannot be reached by Tab")


def choose(page, name, value=None):
    """Reach a group of radios by Tab, then walk to the wanted one by the arrows."""
    for _press in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == name:
            break
    page.keyboard.press("Space")
    for _press in range(60):
        if value in (None, page.evaluate("document.activeElement.value")):
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{value} cannot be reached by the arrows")
