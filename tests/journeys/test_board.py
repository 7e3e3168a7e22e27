"""The day board in a real browser: by key, by press, while it refreshes itself, and without JavaScript."""

import datetime as dt

import pytest

from bookings import scheduling
from bookings.models import Appointment, Patient
from clinic import roles
from tests import cast
from tests.browsing import PHONE, assert_clean, axe, scrolls_sideways
from tests.cast import NOW, at
from tests.desk import book, member
from tests.journeys.test_staff import session_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FOCUS = "document.activeElement.id"
COME_BACK = "document.dispatchEvent(new Event('visibilitychange'))"  # as after looking at another tab
SCROLLED = "document.getElementById('board-scroll').scrollTop"


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def board(new_page, live_server):
    """Return a function that opens the board as the front desk."""

    def open_board(**options):
        page = new_page(**options)
        cookie = {"name": "session", "value": session_of(member(roles.FRONT_DESK)), "url": live_server.url}
        page.context.add_cookies([cookie])
        page.goto("/admin/day/")
        return page

    return open_board


def status(visit):
    return Appointment.objects.values_list("status", flat=True).get(pk=visit.pk)


def test_a_visit_goes_from_arrived_to_done_by_one_key_each(clinic, board):
    # Given Ada's visit with the focus
    visit = book(clinic, at("2026-03-02", "10:30"))
    page = board()
    page.locator(f"#open-{visit.pk}").focus()

    # When the desk types what happens, and takes the last back
    for key, after in [
        ("a", "arrived"),
        ("r", "in_room"),
        ("c", "with_clinician"),
        ("d", "done"),
        ("u", "with_clinician"),
    ]:
        page.keyboard.press(key)
        page.locator(f"#visit-{visit.pk}.is-{after}").wait_for()

        # Then it is so, the board says so, and the focus stays
        assert (status(visit), page.evaluate(FOCUS)) == (after, f"open-{visit.pk}")
    assert page.locator("#board-said").inner_text() == "Ada Vale: with clinician."
    assert_clean(page)


def test_keys_switched_off_do_nothing(clinic, board):
    visit = book(clinic, at("2026-03-02", "10:30"))
    page = board()
    page.get_by_text("Keys", exact=True).click()
    page.get_by_label("Use these keys in this browser").uncheck()
    page.reload()
    page.locator(f"#open-{visit.pk}").press("a")
    page.keyboard.press("Alt+b")
    page.evaluate("() => new Promise((done) => setTimeout(done, 300))")
    assert (status(visit), page.locator("#panel [data-panel]").count()) == ("booked", 0)


@pytest.mark.parametrize("java_script", [True, False])
def test_a_press_comes_back_to_the_visit(java_script, clinic, board):
    visit = book(clinic, at("2026-03-02", "10:30"))
    page = board(java_script_enabled=java_script)
    page.locator(f"#check_in-{visit.pk}").click()
    page.locator(f"#visit-{visit.pk}.is-arrived").wait_for()
    page.get_by_text("Ada Vale: arrived.").wait_for()
    if java_script:
        assert page.evaluate(FOCUS) == f"open-{visit.pk}"
    else:
        assert page.url.endswith(f"#visit-{visit.pk}")


def test_arrows_walk_over_the_board(clinic, board):
    first, second = book(clinic, at("2026-03-02", "10:30")), book(clinic, at("2026-03-02", "11:00"), patient=clinic.ben)
    page = board()
    page.locator(f"#open-{first.pk}").press("ArrowDown")
    assert page.evaluate(FOCUS) == f"open-{second.pk}"
    page.keyboard.press("ArrowRight")
    assert page.evaluate(FOCUS).startswith(f"gap-{clinic.sato.pk}-")


def test_the_board_refreshes_without_moving_anything(clinic, board):
    # Given the desk, scrolled down and with a visit in focus, and words typed in the panel
    visit = book(clinic, at("2026-03-02", "16:00"))
    page = board()
    page.keyboard.press("Alt+b")
    page.locator("#panel [data-panel]").wait_for()
    page.locator("#panel input[name=find]").fill("val")
    page.locator(f"#open-{visit.pk}").focus()
    before = page.evaluate(SCROLLED)

    # When a colleague checks Ada in, and the board fetches itself
    scheduling.check_in(visit, by=scheduling.By.system(), now=NOW)
    with page.expect_response(lambda response: "part=board" in response.url) as fetched:
        page.evaluate(COME_BACK)
    page.locator(f"#visit-{visit.pk}.is-arrived").wait_for()

    # Then everything is where it was, and the session was not kept awake
    assert fetched.value.request.headers["x-polling"] == "1"
    assert (page.evaluate(FOCUS), page.evaluate(SCROLLED)) == (f"open-{visit.pk}", before)
    assert page.locator("#panel input[name=find]").input_value() == "val"
    assert before > 0
    assert_clean(page)


def test_the_board_says_when_it_is_offline_and_when_it_is_signed_out(clinic, board):
    page = board()
    updated = page.locator("#board-updated")
    page.context.set_offline(True)
    page.evaluate(COME_BACK)
    page.get_by_text("Offline since").first.wait_for()
    page.context.set_offline(False)
    page.evaluate(COME_BACK)
    page.get_by_text("Connected again.").wait_for()
    assert updated.inner_text().startswith("Updated ")
    page.context.clear_cookies()
    page.evaluate(COME_BACK)
    updated.get_by_role("link", name="sign in again").wait_for()
    assert updated.inner_text() == "Signed out: sign in again"
    assert_clean(page, besides="ERR_INTERNET_DISCONNECTED")


def test_the_panel_opens_from_a_visit_and_escape_leads_back(clinic, board):
    # Given a visit with an alert
    Patient.objects.filter(pk=clinic.ada.pk).update(alert="Latex allergy", date_of_birth=dt.date(1980, 5, 17))
    visit = book(clinic, at("2026-03-02", "10:30"))
    page = board()

    # When the desk opens it and presses Arrived there
    page.locator(f"#open-{visit.pk}").press("Enter")
    panel = page.locator("#panel")
    panel.get_by_role("button", name="Arrived").click()

    # Then panel and board both say so, and Escape gives the focus back
    panel.locator(".desk-chip--arrived").wait_for()
    page.locator(f"#visit-{visit.pk}.is-arrived").wait_for()
    assert "Latex allergy" in panel.inner_text()
    assert axe(page) == []
    page.keyboard.press("Escape")
    assert (panel.locator("[data-panel]").count(), page.evaluate(FOCUS)) == (0, f"open-{visit.pk}")
    assert_clean(page)


def test_a_free_gap_opens_the_booking_there(clinic, board):
    page = board()
    page.get_by_role("link", name="Free 9:30 am to 5 pm, Amara Ortiz: book").click()
    page.locator("#panel [data-panel]").wait_for()
    assert page.locator("#panel input[name=when]").input_value() == "2026-03-02T09:30"
    assert page.locator("#panel select[name=clinician] option:checked").inner_text() == str(clinic.ortiz)


@pytest.mark.parametrize("size", [None, PHONE])
def test_the_board_is_clean_at_every_size(size, clinic, board):
    visit = book(clinic, at("2026-03-02", "10:30"), treatment=clinic.injection)
    book(clinic, at("2026-03-02", "09:00") + dt.timedelta(hours=2), patient=clinic.ben, status="arrived")
    page = board(**({"viewport": size} if size else {}))
    page.locator(f"#visit-{visit.pk}").wait_for()
    assert_clean(page)
    assert (axe(page), scrolls_sideways(page)) == ([], False)


def test_what_is_typed_in_the_panel_survives_the_end_of_the_session(clinic, board):
    page = board()
    page.keyboard.press("Alt+b")
    page.locator("#panel input[name=find]").fill("vale")
    page.context.clear_cookies(name="session")
    page.locator("#panel .desk-button--main").click()
    page.locator("#panel").get_by_text("You are signed out").wait_for()
    assert page.locator("#panel input[name=find]").input_value() == "vale"
