"""The desk and its messages: what a patient was told, told once more; the messenger paused, released and named."""

import pytest

from bookings import outbox
from bookings.models import Message, Messenger, Patient, PreparationDone
from clinic import roles
from tests import cast
from tests.browsing import DESKTOP, NARROW, PHONE, assert_clean, axe, scrolls_sideways
from tests.cast import NOW, at
from tests.desk import book, member
from tests.journeys.test_staff import session_of
from treatments.models import PreparationStep

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES = {"desktop": DESKTOP, "phone": PHONE, "narrow": NARROW}


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW)


@pytest.fixture
def visit():
    """Ada's visit this afternoon: her confirmation was refused, and she has a ride home to arrange."""
    clinic = cast.open_clinic()
    PreparationStep.objects.create(treatment=clinic.consultation, days_before=1, text="Arrange a ride home.")
    visit = book(clinic, at("2026-03-02", "14:00"))
    failed = {"state": "failed", "failed_at": NOW, "attempts": 1, "last_error": "SMTPRecipientsRefused 550"}
    Message.objects.filter(appointment=visit, kind="confirmation").update(**failed)
    return visit


@pytest.fixture
def open_desk(new_page, live_server):
    def open_page(role=roles.FRONT_DESK, **options):
        page, user = new_page(**options), member(role)
        page.context.add_cookies([{"name": "session", "value": session_of(user), "url": live_server.url}])
        return page

    return open_page


def assert_good(page, java_script=True):
    """Nothing broken, nothing inaccessible, nothing wider than the window. Without JavaScript nobody can measure."""
    assert_clean(page)
    if not java_script:
        return
    assert axe(page) == []
    assert not scrolls_sideways(page)


@pytest.mark.parametrize("java_script", [True, False], ids=["script", "no script"])
def test_a_message_that_was_refused_is_sent_again_by_keyboard_alone(java_script, visit, open_desk):
    # Given the page of a visit whose confirmation the mail server refused
    page = open_desk(java_script_enabled=java_script)
    page.goto(f"/admin/bookings/appointment/{visit.pk}/change/")
    page.get_by_text("Its mail server refused the address.").wait_for()
    assert_good(page, java_script)

    # When the desk says why and sends it again
    page.get_by_role("link", name="Send again (confirmation, email)").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Send a message again").wait_for()
    assert_good(page, java_script)
    page.get_by_label("Why is it sent again?").focus()
    page.keyboard.type("The address is right now")
    page.keyboard.press("Enter")

    # Then there is one row more, and the page says who asked and why
    page.get_by_text("The address is right now").wait_for()
    assert_good(page, java_script)
    row = Message.objects.get(appointment=visit, kind="confirmation", state="due")
    assert row.again_reason == "The address is right now"


@pytest.mark.parametrize("java_script", [True, False], ids=["script", "no script"])
def test_preparation_is_ticked_off_on_the_phone(java_script, visit, open_desk):
    # Given the visit on its own page, or beside the board
    page = open_desk(java_script_enabled=java_script)
    page.goto("/admin/day/")
    page.locator(".board-visit h3 a").first.click()
    page.get_by_text("Told:").wait_for()
    assert_good(page, java_script)

    # When the patient says that it is done
    page.get_by_role("button", name="Done (Arrange a ride home.)").click()

    # Then it is ticked off, and can be taken back
    page.get_by_role("button", name="Not yet (Arrange a ride home.)").wait_for() if java_script else page.goto(
        f"/admin/desk/visit/{visit.pk}/"
    )
    assert PreparationDone.objects.count() == 1
    page.get_by_role("button", name="Not yet (Arrange a ride home.)").click()
    if java_script:
        page.get_by_role("button", name="Done (Arrange a ride home.)").wait_for()
    assert PreparationDone.objects.count() == 0


@pytest.mark.parametrize("java_script", [True, False], ids=["script", "no script"])
def test_the_messenger_is_paused_released_and_named(java_script, visit, open_desk):
    # Given a manager on the page of the messenger, found from the first page of the admin
    page = open_desk(role=roles.MANAGER, java_script_enabled=java_script)
    page.goto("/admin/")
    page.get_by_role("link", name="Messages", exact=True).first.click()
    page.get_by_role("heading", name="Is it alive?").wait_for()
    assert_good(page, java_script)

    # When it is paused without a reason, it says what is missing; with one, it is paused
    page.get_by_role("button", name="Pause all messages").click()
    page.get_by_role("alert").wait_for()
    assert_good(page, java_script)
    page.get_by_label("Why is it paused?").fill("The provider blocks us")
    page.get_by_role("button", name="Pause all messages").click()
    page.get_by_role("heading", name="Paused: nothing is sent").wait_for()
    assert_good(page, java_script)
    page.goto("/admin/")
    page.get_by_text("Messages are paused: The provider blocks us").wait_for()
    assert_good(page, java_script)

    # Then it is released, and gets a name that says nothing of what we treat
    page.get_by_role("link", name="Look at the messenger").click()
    page.get_by_role("button", name="Release").click()
    page.get_by_text("Released: what is due").wait_for()
    assert not outbox.is_paused()
    page.get_by_role("textbox", name="Name in messages").fill("Riverside Pain Clinic")
    page.get_by_role("button", name="Save the name").click()
    page.get_by_text("tells whoever sees the phone what we treat").first.wait_for()
    assert_good(page, java_script)
    page.get_by_role("textbox", name="Name in messages").fill("Mill Street")
    page.get_by_role("button", name="Save the name").click()
    page.get_by_text("Messages come from “Mill Street” now.").first.wait_for()
    assert Messenger.current().name == "Mill Street"


@pytest.mark.parametrize("size", SIZES)
def test_every_page_of_messages_fits_its_window(size, visit, open_desk):
    Patient.objects.filter(pk=visit.patient_id).update(sms_stopped_at=NOW, phone="+12125550107", reminders_off_at=NOW)
    Message.objects.filter(kind="reminder").update(state="dead", failed_at=NOW, last_error="SMTPServerDisconnected")
    outbox.pause("The provider blocks us", now=NOW)
    page = open_desk(role=roles.MANAGER, viewport=SIZES[size])
    for address in ("/admin/messenger/", "/admin/bookings/reminderstep/", "/admin/bookings/reminderstep/add/",
                    f"/admin/treatments/treatment/{visit.treatment_id}/change/", f"/admin/patients/{visit.patient_id}/",
                    f"/admin/desk/visit/{visit.pk}/", "/admin/", "/admin/work/requests/"):  # fmt: skip
        page.goto(address)
        assert_good(page)
