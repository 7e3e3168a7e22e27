"""From the invitation to the next visit, in a real browser: choose a time, check it, book it."""

import datetime as dt

import pytest
from django.utils import timezone

from bookings import links, scheduling
from bookings.models import NextStep
from tests import cast, factories
from tests.bookings.visits import seen_last_week, wednesday
from tests.browsing import NARROW, PHONE, assert_clean, axe, scrolls_sideways
from tests.cast import at
from tests.keyboard import Keys

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def clinic(transactional_db):
    return cast.open_clinic()


@pytest.fixture
def seen(clinic):
    """Ada, seen last Wednesday, wanted again on a Wednesday in two weeks from this one."""
    return seen_last_week(clinic, clinic.consultation, kind="follow_up", weeks=3)


@pytest.fixture(params=[{}, {"java_script_enabled": False}], ids=["with scripts", "without scripts"])
def phone(new_page, request):
    """A page of 390 pixels, with JavaScript and without."""
    return new_page(viewport=PHONE, **request.param)


def follow_link(page, visit):
    page.goto(f"/appointments/{links.mint(visit, now=timezone.now())}/")


def next_visit(clinic):
    return clinic.ada.appointments.get(start__gt=timezone.now())


def day_name(date):
    return f"{dt.date.fromisoformat(date):%a, %b} {dt.date.fromisoformat(date).day}"


def test_three_presses_lead_from_the_invitation_to_the_booked_visit(phone, clinic, seen):
    follow_link(phone, seen)
    phone.get_by_role("link", name="Choose a time", exact=True).click()
    phone.locator("#times").get_by_role("link", name="11 am").click()
    phone.get_by_role("button", name="Book this time").click()

    phone.get_by_text("Your next visit is booked.").wait_for()
    # A week before the date that is wanted is the first that is shown.
    assert next_visit(clinic).start == at(wednesday(1), "11:00")
    assert (phone.url.endswith("/appointments/"), NextStep.objects.open().count()) == (True, 0)
    follow_link(phone, seen)
    phone.get_by_role("heading", name="This appointment is over").wait_for()
    assert phone.get_by_text("Your next visit is booked").count() == 1
    assert phone.get_by_role("link", name="Choose a time", exact=True).count() == 0


def test_a_time_that_was_taken_meanwhile_leads_to_the_nearest(phone, clinic, seen):
    follow_link(phone, seen)
    phone.goto("/appointments/next/")
    phone.get_by_role("link", name=day_name(wednesday(2))).click()
    phone.locator("#times").get_by_role("link", name="11 am").click()
    slot = scheduling.Slot(clinic.consultation, at(wednesday(2), "11:00"), clinic.house, clinic.ortiz)
    scheduling.book(
        slot, patient=factories.PatientFactory(), by=scheduling.By.system(), now=timezone.now(), source="phone"
    )
    phone.get_by_role("button", name="Book this time").click()

    phone.get_by_role("alert").get_by_text("Somebody has just taken").wait_for()
    phone.get_by_role("link", name="11:30 am").first.click()
    phone.get_by_role("button", name="Book this time").click()
    phone.get_by_text("Your next visit is booked.").wait_for()
    assert next_visit(clinic).start == at(wednesday(2), "11:30")


def test_by_keyboard_alone(new_page, clinic, seen):
    page = new_page(viewport=PHONE)
    follow_link(page, seen)
    page.get_by_role("link", name="Choose a time", exact=True).press("Enter")
    page.wait_for_url("**/appointments/next/")
    keys = Keys(page)
    page.locator("#times").focus()
    keys.press("Tab", "Enter")
    page.get_by_role("heading", name="Is this right?").wait_for()
    page.get_by_role("button", name="Book this time").focus()
    keys.press("Enter")
    page.get_by_text("Your next visit is booked.").wait_for()
    assert (keys.pressed, next_visit(clinic).start) == (3, at(wednesday(1), "09:00"))


def test_a_double_press_books_once(new_page, clinic, seen):
    page = new_page(viewport=PHONE)
    follow_link(page, seen)
    page.goto("/appointments/next/")
    page.locator("#times").get_by_role("link", name="11 am").click()
    page.get_by_role("button", name="Book this time").dblclick()
    page.get_by_role("heading", name="Your appointment").wait_for()
    assert next_visit(clinic).start == at(wednesday(1), "11:00")


@pytest.mark.parametrize("viewport", [PHONE, NARROW], ids=["390", "320"])
def test_every_page_is_clean(new_page, clinic, seen, viewport):
    page = new_page(viewport=viewport)
    follow_link(page, seen)
    found = [(axe(page), scrolls_sideways(page))]
    for press in ("Choose a time", "11 am"):
        page.get_by_role("link", name=press, exact=True).click()
        found.append((axe(page), scrolls_sideways(page)))
    page.get_by_role("button", name="Book this time").click()
    page.get_by_text("Your next visit is booked.").wait_for()
    found.append((axe(page), scrolls_sideways(page)))
    follow_link(page, seen)
    found.append((axe(page), scrolls_sideways(page)))
    assert found == [([], False)] * 5
    assert_clean(page)
