"""The booking panel beside the board in a real browser, by keyboard alone: every press is counted."""

import pytest
from playwright.sync_api import expect

from bookings.models import Appointment, ParkedBooking, Patient
from clinic import roles
from tests import cast, factories
from tests.browsing import DESKTOP, PHONE, assert_clean, axe, scrolls_sideways
from tests.cast import NOW
from tests.desk import member
from tests.journeys.test_staff import session_of
from tests.keyboard import Keys

FILLED_IN = "/admin/desk/book/?treatment=consultation&when=2026-03-04T10:00&clinician=amara-ortiz"

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def board(new_page, live_server, clinic):
    """Return a function that opens the day as the desk, with keys counted."""

    def open_board(**options):
        page = new_page(**options)
        cookie = {"name": "session", "value": session_of(member(roles.FRONT_DESK)), "url": live_server.url}
        page.context.add_cookies([cookie])
        page.goto("/admin/day/")
        return Keys(page)

    return open_board


def diary():
    return [(f"{row.patient}", f"{row.local_start:%a %H:%M}", row.status) for row in Appointment.objects.all()]


def test_a_known_patient_is_booked_by_phone_in_seven_presses(board):
    keys = board()
    keys.press("Alt+b")
    expect(keys.page.locator("#book-find")).to_be_focused()
    keys.type("ada vale")
    expect(keys.page.get_by_role("radio", name="Ada Vale")).to_be_checked()
    keys.until("treatment")
    keys.press("c")
    expect(keys.page.get_by_role("group", name="Monday, March 2, 2026")).to_be_visible()
    keys.until("pick")
    keys.press("ArrowRight", "Enter")
    expect(keys.page.get_by_text("The confirmation goes out at")).to_be_visible()
    assert diary() == [("Ada Vale", "Mon 10:30", "booked")]
    assert keys.pressed == 7  # Alt+B, three times Tab, the treatment's letter, an arrow, Enter
    assert (axe(keys.page, "#panel"), scrolls_sideways(keys.page)) == ([], False)
    assert_clean(keys.page)


def test_one_of_several_is_chosen_by_the_arrows(board):
    factories.PatientFactory(first_name="Adam")
    keys = board()
    keys.press("Alt+b")
    expect(keys.page.locator("#book-find")).to_be_focused()
    keys.type("vale")
    expect(keys.page.get_by_role("radio", name="Adam Vale")).to_be_visible()
    keys.press("ArrowDown", "ArrowDown")
    expect(keys.page.get_by_role("radio", name="Adam Vale")).to_be_checked()
    keys.until("treatment")
    keys.press("c")
    expect(keys.page.get_by_role("group", name="Monday, March 2, 2026")).to_be_visible()
    keys.until("pick")
    keys.press("Space", "Enter")
    expect(keys.page.get_by_text("The confirmation goes out at")).to_be_visible()
    assert diary() == [("Adam Vale", "Mon 09:00", "booked")]
    assert keys.pressed == 8


def test_who_is_quicker_than_the_free_times_finds_the_focus_on_the_first(board):
    keys = board()
    held = []
    keys.page.route("**/admin/desk/times/", lambda route: held.append(route))
    keys.press("Alt+b")
    expect(keys.page.locator("#book-find")).to_be_focused()
    keys.type("ada vale")
    expect(keys.page.get_by_role("radio", name="Ada Vale")).to_be_checked()
    with keys.page.expect_request("**/admin/desk/times/"):
        keys.press("Alt+v", "c", "Tab")
    assert keys.page.evaluate("document.activeElement.name") == "pick"
    held[0].continue_()
    first = keys.page.get_by_role("group", name="Monday, March 2, 2026").get_by_role("radio").first
    expect(first).to_be_focused()
    assert_clean(keys.page)


def test_somebody_new_is_written_down_on_the_spot(board):
    keys = board()
    keys.press("Alt+b")
    expect(keys.page.locator("#book-find")).to_be_focused()
    keys.type("zoe quill 5/17/1991 2125550142")
    expect(keys.page.get_by_role("textbox", name="First name")).to_have_value("Zoe")
    assert axe(keys.page, "#panel") == []
    keys.press("Alt+v", "c")
    expect(keys.page.get_by_role("group", name="Monday, March 2, 2026")).to_be_visible()
    keys.until("pick")
    keys.press("Space", "Enter")
    expect(keys.page.get_by_text("No message can reach them.")).to_be_visible()
    assert keys.pressed == 6  # Alt+B, Alt+V, the treatment's letter, Tab to the times, Space, Enter
    zoe = Patient.objects.get(first_name="Zoe")
    assert (str(zoe), str(zoe.date_of_birth), str(zoe.phone)) == ("Zoe Quill", "1991-05-17", "(212) 555-0142")
    assert_clean(keys.page)


def test_a_walk_in_is_a_name_and_enter(board):
    keys = board()
    keys.press("Alt+w")
    expect(keys.page.locator("#book-find")).to_be_focused()
    keys.type("dot miller")
    keys.press("Enter")
    expect(keys.page.locator(".panel-booked")).to_contain_text("Dot Miller")
    assert (diary(), keys.pressed) == ([("Dot Miller", "Mon 09:00", "arrived")], 2)
    assert axe(keys.page, "#panel") == []
    assert_clean(keys.page)


def test_a_booking_is_parked_and_resumed_by_a_key_each(board):
    keys = board()
    keys.press("Alt+b")
    expect(keys.page.locator("#book-find")).to_be_focused()
    keys.type("ada vale")
    expect(keys.page.get_by_role("radio", name="Ada Vale")).to_be_checked()
    keys.press("Alt+k")
    expect(keys.page.get_by_text("Parked.")).to_be_visible()
    expect(keys.page.locator("#book-find")).to_have_value("")
    assert axe(keys.page, "#panel") == []
    keys.press("Alt+j")
    expect(keys.page.locator("#book-find")).to_have_value("ada vale")
    expect(keys.page.get_by_role("radio", name="Ada Vale")).to_be_checked()
    assert ParkedBooking.objects.count() == 1
    assert_clean(keys.page)


def test_undo_takes_the_booking_back_in_the_panel(board):
    keys = board()
    keys.press("Alt+w")
    expect(keys.page.locator("#book-find")).to_be_focused()
    keys.type("dot miller")
    keys.press("Enter")
    keys.page.locator("#panel").get_by_role("button", name="Undo").click()
    expect(keys.page.locator("#book-find")).to_be_visible()
    assert [status for _who, _when, status in diary()] == ["cancelled"]
    assert_clean(keys.page)


def test_a_possible_duplicate_is_asked_about_before_the_buttons(board):
    keys = board()
    keys.page.goto(FILLED_IN)
    keys.type("ada valle 5/17/1980")
    expect(keys.page.get_by_role("textbox", name="First name")).to_have_value("Ada")
    keys.page.get_by_role("textbox", name="Last name").fill("Vale")
    keys.press("Enter")
    expect(keys.page.get_by_role("group", name="We may know this person already")).to_be_focused()
    assert axe(keys.page) == []
    keys.press("Enter")  # a second Enter by habit chooses nobody
    assert diary() == []
    keys.press("Tab")
    expect(keys.page.get_by_role("button", name="It is Ada Vale: book for them")).to_be_focused()
    keys.press("Enter")
    expect(keys.page.get_by_text("The confirmation goes out at")).to_be_visible()
    assert (diary(), Patient.objects.count()) == ([("Ada Vale", "Wed 10:00", "booked")], 2)
    assert_clean(keys.page)


def test_signed_out_meanwhile_nothing_typed_is_lost(board):
    keys = board()
    keys.page.goto(FILLED_IN)
    keys.type("ada vale")
    expect(keys.page.get_by_role("radio", name="Ada Vale")).to_be_checked()
    kept = keys.page.context.cookies()
    keys.page.context.clear_cookies(name="session")
    keys.press("Enter")
    expect(keys.page.get_by_text("You are signed out, and nothing was saved.")).to_be_visible()
    expect(keys.page.locator("#book-find")).to_have_value("ada vale")
    keys.page.context.add_cookies(kept)
    keys.press("Enter")
    expect(keys.page.get_by_text("The confirmation goes out at")).to_be_visible()
    assert diary() == [("Ada Vale", "Wed 10:00", "booked")]


def test_a_form_from_before_the_last_sign_in_is_sent_again_by_one_more_press(board):
    keys = board()
    keys.page.goto(FILLED_IN)
    keys.type("ada vale")
    expect(keys.page.get_by_role("radio", name="Ada Vale")).to_be_checked()
    keys.page.context.clear_cookies(name="csrftoken")
    keys.press("Enter")
    expect(keys.page.get_by_text("That did not arrive, and nothing was saved.")).to_be_visible()
    expect(keys.page.locator(".is-stale")).to_have_count(0)
    keys.press("Enter")
    expect(keys.page.get_by_text("The confirmation goes out at")).to_be_visible()
    assert diary() == [("Ada Vale", "Wed 10:00", "booked")]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
@pytest.mark.parametrize("java_script", [True, False])
@pytest.mark.parametrize("address", ["book/?treatment=trigger-point-injection", "walk-in/"])
def test_the_panel_as_a_page_is_accessible_and_fits(address, java_script, viewport, board):
    page = board(viewport=viewport, java_script_enabled=java_script).page
    page.goto(f"/admin/desk/{address}")
    assert (axe(page) if java_script else [], scrolls_sideways(page)) == ([], False)
    assert_clean(page)


def test_without_javascript_the_panel_finds_and_books(board):
    page = board(java_script_enabled=False).page
    page.goto("/admin/desk/book/?treatment=consultation")
    page.locator("#book-find").fill("ada vale")
    page.get_by_role("button", name="Find", exact=True).last.click()
    expect(page.get_by_role("radio", name="Ada Vale")).to_be_checked()
    page.locator(".panel-time").first.click()
    page.locator(".panel .desk-button--main").click()
    expect(page.get_by_text("The confirmation goes out at")).to_be_visible()
    assert diary() == [("Ada Vale", "Mon 09:00", "booked")]
