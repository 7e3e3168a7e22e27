"""A clinician makes a calendar address on the phone, without JavaScript, and a program follows the diary by it."""

import urllib.error
import urllib.request

import pytest
from icalendar import Calendar

from bookings import scheduling
from clinic import roles
from tests import cast
from tests.browsing import assert_clean, axe, scrolls_sideways
from tests.cast import NOW, at
from tests.desk import book, member
from tests.journeys.test_staff import session_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BY = scheduling.By.system()
PHONE = {"width": 360, "height": 740}


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW)


def starts_at(address):
    """What a calendar program shows."""
    with urllib.request.urlopen(address) as answer:
        return [event.decoded("dtstart") for event in Calendar.from_ical(answer.read()).events]


def assert_good(page):
    """Nothing broken, nothing inaccessible, nothing wider than the phone."""
    assert_clean(page)
    assert axe(page) == []
    assert not scrolls_sideways(page)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def open_page(new_page, live_server, settings, clinic):
    """Return a function that opens the calendar page as Dr. Ortiz, on a phone."""
    settings.CLINIC_BASE_URL = live_server.url
    user = member(roles.CLINICIAN, clinician=clinic.ortiz)

    def opened(**options):
        page = new_page(viewport=PHONE, **options)
        page.context.add_cookies([{"name": "session", "value": session_of(user), "url": live_server.url}])
        page.goto("/schedule/calendar/")
        return page

    return opened


@pytest.mark.parametrize("java_script", [True, False])
def test_a_program_follows_the_diary_by_an_address_until_it_is_taken_back(java_script, clinic, open_page):
    # Given Dr. Ortiz with a visit on Wednesday
    visit = book(clinic, at("2026-03-04", "10:00"))
    page = open_page(java_script_enabled=java_script)

    # When the address is made by one press
    page.get_by_role("button", name="Make my calendar address").click()
    page.get_by_text("It is shown this once.").wait_for()
    address = page.get_by_label("Or copy the address").input_value()

    # Then the button on the phone subscribes to the same, and a program reads the visit there
    subscribe = page.get_by_role("link", name="Add to the calendar on this device").get_attribute("href")
    assert subscribe == address.replace("http://", "webcal://")
    assert starts_at(address) == [visit.start]

    # And it follows when the visit is moved, and when it is canceled
    slot = scheduling.Slot(clinic.consultation, at("2026-03-05", "11:00"), clinic.house, clinic.ortiz)
    moved = scheduling.move(visit, slot, by=BY, now=NOW)
    assert starts_at(address) == [at("2026-03-05", "11:00")]
    scheduling.cancel(moved, by=BY, now=NOW, reason="closed")
    assert starts_at(address) == []

    # When it is taken back by one press, it opens nothing any more
    page.get_by_role("button", name="Take it back").click()
    page.get_by_text("You have no calendar address.").wait_for()
    with pytest.raises(urllib.error.HTTPError, match="404"):
        starts_at(address)


def test_every_state_of_the_page_is_accessible_on_a_phone(open_page):
    page = open_page()
    page.get_by_role("button", name="Make my calendar address").wait_for()
    assert_clean(page)
    page.get_by_role("button", name="Make my calendar address").click()
    page.get_by_text("It is shown this once.").wait_for()
    assert_good(page)
    page.goto("/schedule/calendar/")
    page.get_by_text("Not read yet.").wait_for()
    assert_good(page)
    page.get_by_role("button", name="Take it back").click()
    page.get_by_text("You have no calendar address.").wait_for()
    assert_good(page)
    assert page.title() == "Schedule | Riverbend Pain Clinic"
