"""A clinician asks for leave on the phone, and the manager says yes with the visits in view."""

import pytest
from playwright.sync_api import expect

from bookings.models import TimeOff
from clinic import roles
from tests import cast
from tests.browsing import assert_clean, axe, scrolls_sideways
from tests.cast import NOW, at
from tests.desk import book, member
from tests.journeys.test_staff import session_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 360, "height": 740}


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def open_as(new_page, live_server):
    """Return a function that opens an address as somebody who has signed in."""

    def opened(user, address, **options):
        page = new_page(**options)
        page.context.add_cookies([{"name": "session", "value": session_of(user), "url": live_server.url}])
        page.goto(address)
        return page

    return opened


def assert_good(page, java_script=True):
    """Nothing broken, nothing inaccessible, nothing wider than the window; without scripts nobody can look for the second."""
    assert_clean(page)
    assert not java_script or axe(page) == []
    assert not scrolls_sideways(page)


@pytest.mark.parametrize("java_script", [True, False])
def test_leave_is_asked_on_the_phone_and_decided_at_the_desk(java_script, clinic, open_as):
    # Given a visit on the Wednesday that Dr. Ortiz would like to be away
    book(clinic, at("2026-03-04", "10:00"))
    user = member(roles.CLINICIAN, clinician=clinic.ortiz)
    phone = open_as(user, "/schedule/", viewport=PHONE, java_script_enabled=java_script)

    # When she asks for it
    phone.get_by_role("link", name="My time").click()
    expect(phone.get_by_role("heading", name="Every week")).to_be_visible()
    assert_good(phone, java_script)
    phone.get_by_role("link", name="Ask for leave").click()
    phone.get_by_label("First day away").fill("2026-03-04")
    phone.get_by_label("Note for the manager").fill("Wedding")
    phone.get_by_role("button", name="See what it hits").click()

    # Then she sees Ada before anything is sent
    expect(phone.get_by_text("Ada Vale")).to_be_visible()
    assert_good(phone, java_script)
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_text("The manager has your request.")).to_be_visible()
    expect(phone.get_by_text("waiting for an answer")).to_be_visible()
    assert_good(phone, java_script)

    # And the manager sees her, too, says yes, and is led to where she can go
    desk = open_as(member(roles.MANAGER), "/admin/work/time/", java_script_enabled=java_script)
    expect(desk.get_by_text("Leave, Wed, Mar 4")).to_be_visible()
    desk.get_by_role("link", name="Decide (Amara Ortiz)").click()
    expect(desk.get_by_role("link", name="Ada Vale")).to_be_visible()
    assert_good(desk, java_script)
    desk.get_by_label("Answer to the clinician").fill("Have fun")
    desk.get_by_role("button", name="Approve").click()
    expect(desk.get_by_role("heading", name="Who is hit, and where they can go")).to_be_visible()
    assert TimeOff.objects.get().resource == clinic.ortiz.resource
    phone.reload()
    expect(phone.get_by_text("Have fun")).to_be_visible()


def test_a_mistake_is_named_at_its_field_and_nothing_typed_is_lost(clinic, open_as):
    page = open_as(member(roles.CLINICIAN, clinician=clinic.ortiz), "/schedule/time/hours/", viewport=PHONE)
    page.get_by_label("Date").fill("2026-03-04")
    page.get_by_label("From").fill("20:00")
    page.get_by_label("Until").fill("18:00")
    page.get_by_role("button", name="See what it hits").click()
    expect(page).to_have_title("Error: Schedule | Riverbend Pain Clinic")
    page.get_by_role("link", name="The end must be after the start.").click()
    expect(page.get_by_label("Until")).to_be_in_viewport()
    expect(page.get_by_label("From")).to_have_value("20:00")
    assert_good(page)


def test_a_session_is_changed_at_320_pixels(clinic, open_as):
    book(clinic, at("2026-03-04", "14:00"))
    user = member(roles.CLINICIAN, clinician=clinic.ortiz)
    page = open_as(user, "/schedule/time/", viewport={"width": 320, "height": 640})
    page.get_by_role("link", name="Change Wednesday 9 am, Harbor Street").click()
    page.get_by_label("From this date on").fill("2026-03-04")
    page.get_by_label("New times: until").fill("12:00")
    page.get_by_role("button", name="See what it hits").click()
    expect(page.get_by_text("Ada Vale")).to_be_visible()
    assert_good(page)
    page.get_by_role("button", name="Send").click()
    expect(
        page.get_by_text("Wednesday, 9 am to 5 pm, Harbor Street: becomes 9 am to noon, from Wed, Mar 4 on").first
    ).to_be_visible()
    assert_good(page)
