"""A patient behind their link, in a real browser: prepares, changes their details, takes their data, stops reminders."""

import datetime as dt
import json
from pathlib import Path

import pytest
from django.utils import timezone

from bookings import links, preparation
from bookings.models import ManageLink, Message, Patient
from tests import cast
from tests.bookings.visits import book
from tests.browsing import NARROW, PHONE, assert_clean, axe, scrolls_sideways
from treatments.models import PreparationStep, Treatment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def clinic(transactional_db):
    clinic = cast.open_clinic()
    Treatment.objects.filter(pk=clinic.consultation.pk).update(
        role="procedure", preparation="## Before you come\n\nDrink as usual."
    )
    for days, text in [(3, "Ask somebody to drive you home."), (0, "Eat a light breakfast.")]:
        PreparationStep.objects.create(treatment=clinic.consultation, days_before=days, text=text)
    clinic.consultation.refresh_from_db()
    return clinic


@pytest.fixture
def visit(clinic):
    return book(clinic, date=next_week(), now=timezone.now())


def next_week():
    """A Wednesday, at least five days from today: the pages go by today's clock."""
    today = timezone.now().date()
    return (today + dt.timedelta(days=5 + (2 - today.weekday() - 5) % 7)).isoformat()


def follow_link(page, visit, *, purpose=ManageLink.Purpose.MANAGE):
    address = "/appointments/stop/" if purpose == ManageLink.Purpose.UNSUBSCRIBE else "/appointments/"
    page.goto(f"{address}{links.mint(visit, now=timezone.now(), purpose=purpose)}/")


def give_birth_date(page):
    for label, value in [("Month", "5"), ("Day", "17"), ("Year", "1980")]:
        page.get_by_label(label).fill(value)
    page.keyboard.press("Enter")


def open_page(page, visit, path):
    """Come by the link, and give the date of birth when it is asked for."""
    follow_link(page, visit)
    page.goto(path)
    give_birth_date(page)
    page.wait_for_url(f"**{path}")


def looks_right(page):
    assert (axe(page), scrolls_sideways(page)) == ([], False)
    assert_clean(page)


def ada():
    return Patient.objects.get(first_name="Ada")


def test_a_patient_ticks_off_two_steps_on_a_phone_without_javascript(new_page, visit):
    page = new_page(viewport=PHONE, java_script_enabled=False)
    open_page(page, visit, "/appointments/prepare/")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Save what is done").click()
    page.get_by_text("Saved.").wait_for()
    assert page.get_by_text("by you").count() == 2
    assert [each.is_done for each in preparation.steps_of(visit)] == [True, True]


def test_a_step_is_ticked_off_by_keyboard(new_page, visit):
    page = new_page(viewport=PHONE)
    open_page(page, visit, "/appointments/prepare/")
    page.get_by_role("checkbox").first.press("Space")
    page.keyboard.press("Enter")
    page.get_by_text("Saved.").wait_for()
    assert [each.is_done for each in preparation.steps_of(visit)] == [True, False]
    looks_right(page)


def test_a_patient_changes_their_details_by_keyboard_without_javascript(new_page, visit):
    page = new_page(viewport=PHONE, java_script_enabled=False)
    open_page(page, visit, "/appointments/details/")
    page.get_by_role("link", name="Change these details").press("Enter")
    page.get_by_label("Phone").fill("212 555 0123")
    page.get_by_label("You may also send me text messages about my appointment.").press("Space")
    page.get_by_label("Help you need at the visit (optional)").fill("A ramp, please")
    page.get_by_role("button", name="Save").press("Enter")
    page.get_by_text("Saved. The links in our earlier messages no longer work.").wait_for()
    saved = ada()
    assert (saved.phone.as_e164, saved.access_needs, saved.sms_consent_at is None) == (
        *("+12125550123", "A ramp, please", False),
    )


def test_an_error_leads_to_its_field_and_keeps_what_was_typed(page, visit):
    open_page(page, visit, "/appointments/details/change/")
    page.get_by_role("textbox", name="Email").fill("")
    page.get_by_label("Help you need at the visit (optional)").fill("A ramp")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Enter an email address or a phone number: one of them is enough.").click()
    assert page.evaluate("document.activeElement.id") == "id_email"
    assert page.get_by_label("Help you need at the visit (optional)").input_value() == "A ramp"
    looks_right(page)


def test_two_tabs_lose_nothing(new_page, visit):
    page = new_page()
    open_page(page, visit, "/appointments/details/change/")
    other = page.context.new_page()
    other.goto("/appointments/details/change/")
    other.get_by_label("Help you need at the visit (optional)").fill("A ramp")
    other.get_by_role("button", name="Save").click()
    other.get_by_text("Saved.").wait_for()
    page.get_by_label("Help you need at the visit (optional)").fill("An interpreter")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="What we have now").wait_for()
    looks_right(page)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    assert ada().access_needs == "An interpreter"


def test_a_patient_downloads_their_data_without_javascript(new_page, visit):
    page = new_page(viewport=PHONE, java_script_enabled=False)
    open_page(page, visit, "/appointments/data/")
    with page.expect_download() as started:
        page.get_by_role("button", name="Download my data").click()
    file = started.value
    assert file.suggested_filename == "my-data.json"
    assert json.loads(Path(file.path()).read_text())["patient"]["last_name"] == "Vale"


def test_a_lost_link_is_sent_again_by_keyboard_without_javascript(new_page, visit):
    page = new_page(viewport=PHONE, java_script_enabled=False)
    page.goto("/appointments/link/")
    page.get_by_label("Your email address or phone number").fill("ada@example.com")
    page.keyboard.press("Enter")
    page.get_by_text("If we have an appointment under that, we have just sent the link.").wait_for()
    assert list(Message.objects.filter(kind="link").values_list("appointment", flat=True)) == [visit.pk]


def test_reminders_are_stopped_and_switched_on_again(new_page, visit):
    page = new_page(viewport=PHONE, java_script_enabled=False)
    follow_link(page, visit, purpose=ManageLink.Purpose.UNSUBSCRIBE)
    page.get_by_role("button", name="Stop reminders by email").press("Enter")
    page.get_by_role("heading", name="Reminders by email are off").wait_for()
    assert ada().reminders_off_at is not None
    page.get_by_role("button", name="Switch reminders on again").press("Enter")
    page.get_by_role("heading", name="No more reminders by email?").wait_for()
    assert ada().reminders_off_at is None


@pytest.mark.parametrize(
    "path", ["/appointments/prepare/", "/appointments/details/", "/appointments/details/change/", "/appointments/data/"]
)
def test_each_page_is_accessible_and_fits_a_narrow_screen(new_page, visit, path):
    page = new_page(viewport=NARROW)
    open_page(page, visit, path)
    looks_right(page)


@pytest.mark.parametrize("path", ["/appointments/link/", "/appointments/link/sent/"])
def test_the_pages_about_a_lost_link_are_accessible_and_fit_a_narrow_screen(new_page, clinic, path):
    page = new_page(viewport=NARROW)
    page.goto(path)
    looks_right(page)


def test_the_pages_about_reminders_are_accessible_and_fit_a_narrow_screen(new_page, visit):
    page = new_page(viewport=NARROW)
    follow_link(page, visit, purpose=ManageLink.Purpose.UNSUBSCRIBE)
    looks_right(page)
    page.get_by_role("button", name="Stop reminders by email").click()
    page.get_by_role("heading", name="Reminders by email are off").wait_for()
    looks_right(page)
