"""A patient on the phone: found from any page, looked at, corrected, printed; by keyboard, with and without JavaScript."""

import pytest

from bookings.models import Patient, PossibleMatch
from clinic import roles
from tests import cast, factories
from tests.browsing import DESKTOP, NARROW, PHONE, assert_clean, axe, scrolls_sideways
from tests.cast import NOW, at
from tests.desk import book, member
from tests.journeys.test_staff import session_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES = {"desktop": DESKTOP, "phone": PHONE, "narrow": NARROW}


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW)


@pytest.fixture
def clinic():
    clinic = cast.open_clinic()
    Patient.objects.filter(pk=clinic.ada.pk).update(alert="Falls easily", phone="+12125550107")
    factories.PatientFactory(first_name="Valerie", last_name="Vale", merged_into=clinic.ada)
    PossibleMatch.objects.create(patient=clinic.ben, known=clinic.ada, reason="phone", created_at=NOW)
    book(clinic, at("2026-03-04", "10:00"))
    book(clinic, at("2026-03-05", "10:00"), patient=clinic.ben)
    return clinic


@pytest.fixture
def open_desk(new_page, live_server):
    def open_page(role=roles.FRONT_DESK, **options):
        page, user = new_page(**options), member(role)
        page.context.add_cookies([{"name": "session", "value": session_of(user), "url": live_server.url}])
        return page

    return open_page


def assert_good(page):
    """Nothing broken, nothing inaccessible, nothing wider than the window."""
    assert_clean(page)
    assert axe(page) == []
    assert not scrolls_sideways(page)


@pytest.mark.parametrize("java_script", [True, False])
def test_somebody_is_found_and_corrected_by_keyboard_alone(java_script, clinic, open_desk):
    # Given the desk on a page that has nothing to do with patients
    page = open_desk(java_script_enabled=java_script)
    page.goto("/admin/treatments/location/")

    # When it types a phone number into the box of the header
    page.get_by_role("searchbox", name="Find").focus()
    page.keyboard.type("555-0107")
    page.keyboard.press("Enter")

    # Then the only hit is open, and no address has said what was typed
    page.get_by_role("heading", name="Ada Vale").wait_for()
    assert page.url.endswith(f"/admin/patients/{clinic.ada.pk}/")

    # And a new alert is saved with Enter
    page.get_by_label("Alert for staff").fill("Chair with arms")
    page.keyboard.press("Enter")
    page.get_by_text("Saved.").wait_for()
    assert Patient.objects.get(pk=clinic.ada.pk).alert == "Chair with arms"


@pytest.mark.parametrize("size", SIZES)
def test_the_pages_of_a_patient_are_good_at_every_size(size, clinic, open_desk):
    page = open_desk(roles.MANAGER, viewport=SIZES[size])
    other = Patient.objects.get(first_name="Valerie")
    for address in (f"patients/{clinic.ada.pk}/", f"patients/{other.pk}/", "find/", "export/appointments/"):
        page.goto(f"/admin/{address}")
        assert_good(page)
    for typed, shown in (
        ("vale okafor", "We found nobody"),
        ("example.com", "We found nobody"),
        ("5/17/1980", "Patients"),
    ):
        page.get_by_role("searchbox", name="Find").fill(typed)
        page.keyboard.press("Enter")
        page.locator("#content").get_by_text(shown).first.wait_for()
        assert_good(page)


def test_several_visits_are_canceled_with_one_reason(clinic, open_desk):
    page = open_desk()
    page.goto("/admin/bookings/appointment/")
    page.locator("#action-toggle").check()
    page.get_by_label("Action:").select_option(label="Cancel, with a reason")
    page.get_by_role("button", name="Run the selected action").or_(page.get_by_role("button", name="Go")).first.click()
    page.get_by_role("heading", name="Cancel several appointments").wait_for()
    assert_good(page)
    page.get_by_label("Why").select_option(label="The clinician is away")
    page.get_by_role("button", name="Cancel 2 appointments").click()
    page.get_by_text("2 appointments: done.").wait_for()
    assert_clean(page)


def test_paper_has_the_patient_and_nothing_to_press(clinic, open_desk):
    page = open_desk()
    page.goto(f"/admin/patients/{clinic.ada.pk}/")
    page.emulate_media(media="print")
    hidden = ["#header", ".breadcrumbs", ".patient-edit", ".patient-actions", ".find-box"]
    assert [page.locator(part).first.is_visible() for part in hidden] == [False] * 5
    assert page.locator(".patient-printed").inner_text().startswith("Printed March 2, 2026, 8")
    backgrounds = page.eval_on_selector_all(
        "#content *:not(.desk-form *)", "all => all.map(each => getComputedStyle(each).backgroundColor)"
    )
    assert set(backgrounds) <= {"rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"}
