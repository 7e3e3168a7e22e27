"""A patient opens the link of a message in a real browser, looks, and cancels."""

import datetime as dt

import pytest
from django.utils import timezone

from bookings import links, scheduling
from tests import cast
from tests.bookings.visits import book
from tests.browsing import NARROW, PHONE, assert_clean, axe, scrolls_sideways

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def clinic(transactional_db):
    return cast.open_clinic()


@pytest.fixture
def visit(clinic):
    return book(clinic, date=next_week(), now=timezone.now())


def next_week():
    """A Wednesday, at least five days from today: the pages go by today's clock."""
    today = timezone.now().date()
    return (today + dt.timedelta(days=5 + (2 - today.weekday() - 5) % 7)).isoformat()


def follow_link(page, visit):
    page.goto(f"/appointments/{links.mint(visit, now=timezone.now())}/")


def test_a_patient_looks_and_cancels_on_a_phone(new_page, visit):
    page = new_page(viewport=PHONE)
    follow_link(page, visit)
    assert page.url.endswith("/appointments/")
    page.get_by_role("link", name="Cancel this appointment").click()
    page.get_by_role("radio", name="I feel better").check()
    page.get_by_role("button", name="Cancel this appointment").click()
    page.get_by_role("heading", name="This appointment is canceled").wait_for()
    visit.refresh_from_db()
    assert visit.status == "cancelled"
    assert_clean(page)


def test_it_works_by_keyboard_and_without_javascript(new_page, visit):
    page = new_page(java_script_enabled=False)
    follow_link(page, visit)
    page.get_by_role("link", name="Cancel this appointment").press("Enter")
    page.get_by_role("radio", name="I feel better").press("Space")
    page.get_by_role("button", name="Cancel this appointment").press("Enter")
    page.get_by_role("heading", name="This appointment is canceled").wait_for()
    visit.refresh_from_db()
    assert (visit.status, visit.cancel_reason) == ("cancelled", "better")


def test_a_forgotten_reason_is_said_and_the_error_leads_to_the_question(page, visit):
    follow_link(page, visit)
    page.goto("/appointments/cancel/")
    page.get_by_role("button", name="Cancel this appointment").click()
    page.get_by_role("link", name="Choose a reason.").click()
    assert page.evaluate("document.activeElement.id") == "id_reason_0"
    assert axe(page) == []
    assert_clean(page)


@pytest.mark.parametrize("state", ["booked", "requested", "cancelled"])
def test_each_state_is_accessible_and_fits_a_narrow_screen(new_page, clinic, state):
    clinic.consultation.policy = "request" if state == "requested" else "open"
    clinic.consultation.save()
    visit = book(clinic, date=next_week(), now=timezone.now())
    if state == "cancelled":
        scheduling.cancel(visit, by=scheduling.By.patient(), now=timezone.now(), reason="better")
    page = new_page(viewport=NARROW)
    follow_link(page, visit)
    assert (axe(page), scrolls_sideways(page)) == ([], False)
    assert_clean(page)


def test_without_a_link_the_page_says_what_to_do(new_page, clinic):
    page = new_page(viewport=NARROW)
    page.goto("/appointments/")
    page.get_by_role("heading", name="Open the link in our message").wait_for()
    assert (axe(page), scrolls_sideways(page)) == ([], False)
    assert_clean(page, besides="404")
