"""The counter's Monday with the other hand: by mouse what keys usually do, by key what the mouse does; what stays put."""

import pytest
from playwright.sync_api import expect

from bookings import scheduling
from bookings.models import Appointment, Patient
from clinic import roles
from tests import cast, factories
from tests.browsing import DESKTOP, PHONE, assert_clean, axe, scrolls_sideways
from tests.cast import NOW, at
from tests.desk import book, member
from tests.journeys.test_staff import session_of
from tests.keyboard import Keys

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Of what has no name; the worklists have their numbers beside them.
FIRST_WORD = """
    document.activeElement.closest(".desk-lists") ? "" : document.activeElement.textContent.trim().split(" ")[0]
"""
FOCUS = "document.activeElement.id"
COME_BACK = "document.dispatchEvent(new Event('visibilitychange'))"  # as after looking at another tab
# Where Tab leads: each field, link and button once, a group of radio buttons as one stop.
STOPS = """() => [...document.querySelectorAll("#panel :is(a, button, input, select, textarea)")]
  .filter((each) => each.type !== "hidden" && each.tabIndex >= 0 && each.checkVisibility())
  .map((each) => each.name || each.textContent.trim()).filter((name, place, all) => name !== all[place - 1])"""
COLORS = {"light": {}, "dark": {"color_scheme": "dark"}, "forced": {"forced_colors": "active"}}


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def sign_in(new_page, live_server):
    """Return a function that opens the day as somebody at the front desk."""

    def sign_in(name="Maria Lopez", **options):
        page = new_page(**options)
        cookie = {"name": "session", "value": session_of(member(roles.FRONT_DESK, name=name)), "url": live_server.url}
        page.context.add_cookies([cookie])
        page.goto("/admin/day/")
        return page

    return sign_in


def diary():
    return [(f"{row.patient}", f"{row.local_start:%a %H:%M}", row.status) for row in Appointment.objects.order_by("pk")]


def open_booking(page):
    page.locator("#do-book").click()
    expect(page.locator("#book-find")).to_be_focused()


def tab_to(keys, words):
    """Press Tab until the focus stands on these words."""
    for _step in range(40):
        keys.press("Tab")
        if keys.page.evaluate("document.activeElement.textContent.trim()").startswith(words):
            return
    raise AssertionError(f"no way to {words}")


def asked_of(page, deed) -> list[str]:
    """Return what a deed makes the page ask of the server. A key that does something asks before the next answer."""
    asked = []
    note = lambda request: asked.append(request.url)  # noqa: E731
    page.on("request", note)
    deed()
    page.evaluate("fetch('/livez')")
    page.remove_listener("request", note)
    return [url for url in asked if not url.endswith("/livez")]


# --- Booking --------------------------------------------------------------------------------------------------------


def test_a_free_gap_is_booked_in_five_presses(clinic, sign_in):
    page = sign_in()
    keys = Keys(page)
    page.get_by_role("link", name="Free 9:30 am to 5 pm, Amara Ortiz: book").focus()
    keys.press("Enter")
    expect(page.locator("#book-find")).to_be_focused()
    keys.type("ada vale")
    expect(page.get_by_role("radio", name="Ada Vale")).to_be_checked()
    keys.press("Alt+v", "c")
    expect(page.get_by_role("radio", name="9:30 am")).to_be_checked()
    keys.press("Tab", "Enter")
    expect(page.get_by_text("The confirmation goes out at 8:02 am.")).to_be_visible()
    assert (diary(), keys.pressed) == ([("Ada Vale", "Mon 09:30", "booked")], 5)
    # The visit stands on the board before anybody looks there
    visit = Appointment.objects.get()
    expect(page.locator(f"#open-{visit.pk}")).to_contain_text("9:30 am Ada Vale")
    assert_clean(page)


TYPE_AT_ONCE = """
  new MutationObserver((changes, observer) => {
    const find = document.querySelector("#book-find");
    if (find) {
      observer.disconnect();
      find.value = "ada valle 5/17/1980";
      find.dispatchEvent(new InputEvent("input", {bubbles: true}));
    }
  }).observe(document.body, {childList: true, subtree: true});
"""


def test_what_is_typed_the_moment_the_panel_appears_is_looked_for(clinic, sign_in):
    page = sign_in()
    page.evaluate(TYPE_AT_ONCE)
    page.get_by_role("link", name="Free 9:30 am to 5 pm, Amara Ortiz: book").click()
    expect(page.get_by_role("textbox", name="First name")).to_have_value("Ada")


def test_somebody_new_who_may_be_known_is_booked_by_mouse(clinic, sign_in):
    page = sign_in()
    page.get_by_role("link", name="Free 9:30 am to 5 pm, Amara Ortiz: book").click()
    page.get_by_label("Find a patient").fill("ada valle 5/17/1980")
    expect(page.get_by_role("textbox", name="First name")).to_have_value("Ada")
    page.get_by_role("textbox", name="Last name").fill("Vale")
    page.get_by_label("Treatment").select_option(label="Consultation")
    expect(page.get_by_role("radio", name="9:30 am")).to_be_checked()
    page.get_by_role("button", name="Book", exact=True).last.click()
    page.get_by_role("group", name="We may know this person already").wait_for()
    assert diary() == []
    page.get_by_role("button", name="It is somebody else: book as a new patient").click()
    page.locator(".panel-booked").get_by_text("9:30 am").wait_for()
    assert (diary(), Patient.objects.count()) == ([("Ada Vale", "Mon 09:30", "booked")], 3)
    assert_clean(page)


def test_a_walk_in_by_mouse_is_a_name_and_a_press_and_stands_on_the_board(clinic, sign_in):
    page = sign_in()
    page.get_by_role("link", name="Walk-in").first.click()
    page.locator("#book-find").fill("dot miller")
    page.get_by_role("button", name="They are here").last.click()
    page.locator(".panel-booked").get_by_text("Dot Miller").wait_for()
    expect(page.locator(f"#visit-{Appointment.objects.get().pk}")).to_contain_text("arrived")
    assert diary() == [("Dot Miller", "Mon 09:00", "arrived")]
    assert_clean(page)


# --- The visit's day ------------------------------------------------------------------------------------------------


def test_from_arrived_to_done_by_mouse_and_one_press_back(clinic, sign_in):
    visit = book(clinic, at("2026-03-02", "10:30"))
    page = sign_in()
    for press, after in [
        ("Arrived", "arrived"),
        ("In room", "in_room"),
        ("With clinician", "with_clinician"),
        ("Done", "done"),
        ("Undo", "with_clinician"),
    ]:
        page.get_by_role("button", name=f"{press} (Ada Vale)").click()
        page.locator(f"#visit-{visit.pk}.is-{after}").wait_for()
        assert diary() == [("Ada Vale", "Mon 10:30", after)]
    assert_clean(page)


def test_a_visit_is_moved_by_mouse(clinic, sign_in):
    visit = book(clinic, at("2026-03-02", "10:30"))
    page = sign_in()
    page.locator(f"#open-{visit.pk}").click()
    page.get_by_role("link", name="Move (Ada Vale)").click()
    page.get_by_label("Date and time").fill("2026-03-03T14:00")
    page.get_by_role("button", name="Move", exact=True).click()
    page.get_by_text("Moved: Ada Vale, Tuesday, March 3, 2026, 2 pm.").wait_for()
    assert diary() == [("Ada Vale", "Tue 14:00", "booked")]
    assert_clean(page)


def test_a_visit_is_canceled_with_a_reason_by_keyboard_alone(clinic, sign_in):
    visit = book(clinic, at("2026-03-02", "10:30"))
    page = sign_in()
    keys = Keys(page)
    page.locator(f"#open-{visit.pk}").focus()
    keys.press("Enter")
    page.locator("#panel").get_by_role("heading", name="Ada Vale").wait_for()
    tab_to(keys, "Cancel")
    keys.press("Enter")
    page.get_by_role("heading", name="Cancel this appointment").wait_for()
    expect(page.get_by_label("Why")).to_be_focused()
    keys.type("I cannot")
    keys.press("Tab", "Enter")
    page.get_by_text("Canceled: Ada Vale").wait_for()
    visit.refresh_from_db()
    assert (visit.status, visit.cancel_reason) == ("cancelled", "travel")
    assert_clean(page)


def test_a_request_is_approved_by_keyboard_alone(clinic, sign_in):
    visit = book(clinic, at("2026-03-02", "10:30"), status="requested")
    page = sign_in()
    keys = Keys(page)
    page.locator(f"#open-{visit.pk}").focus()
    tab_to(keys, "Approve (Ada Vale)")
    keys.press("Enter")
    page.locator(f"#visit-{visit.pk}.is-booked").wait_for()
    # The button pressed is gone; the hand is still on the visit, and one key takes the press back
    assert page.evaluate(FOCUS) == f"open-{visit.pk}"
    keys.press("u")
    page.locator(f"#visit-{visit.pk}.is-requested").wait_for()
    assert (diary(), keys.pressed) == ([("Ada Vale", "Mon 10:30", "requested")], 3)
    assert_clean(page)


def test_running_late_by_keyboard_alone(clinic, sign_in):
    book(clinic, at("2026-03-02", "10:30"))
    page = sign_in()
    keys = Keys(page)
    page.locator(f"#late-{clinic.ortiz.pk}").focus()
    keys.press("Enter")
    expect(page.get_by_label("Minutes")).to_be_focused()
    keys.type("20")
    keys.press("Enter")
    page.get_by_text("1 patient hears of it at 8:02 am.").wait_for()
    expect(page.locator(f"#late-{clinic.ortiz.pk}")).to_contain_text("20 min late")
    assert_clean(page)


def test_two_move_one_visit_and_the_second_is_told_who_and_loses_no_time_typed(clinic, sign_in):
    # Given two at the desk, both with Ada's visit open to be moved
    visit = book(clinic, at("2026-03-02", "10:30"))
    maria, ben = sign_in("Maria Lopez"), sign_in("Ben Quick")
    for page, time in [(maria, "2026-03-03T11:00"), (ben, "2026-03-04T15:00")]:
        page.goto(f"/admin/bookings/appointment/{visit.pk}/move/")
        page.get_by_label("Date and time").fill(time)

    # When both press
    maria.get_by_role("button", name="Move", exact=True).click()
    maria.get_by_text("Moved: Ada Vale, Tuesday, March 3, 2026, 11 am.").wait_for()
    ben.get_by_role("button", name="Move", exact=True).click()

    # Then the second reads who was quicker, keeps what he typed, and decides himself
    ben.get_by_text("Maria Lopez has changed this appointment (moved, Mon, Mar 2, 8 am)").first.wait_for()
    assert (ben.get_by_label("Date and time").input_value(), axe(ben)) == ("2026-03-04T15:00", [])
    assert diary() == [("Ada Vale", "Tue 11:00", "booked")]
    ben.get_by_role("button", name="Move", exact=True).click()
    ben.get_by_text("Moved: Ada Vale, Wednesday, March 4, 2026, 3 pm.").wait_for()
    assert_clean(ben)


# --- The keys themselves --------------------------------------------------------------------------------------------


def test_days_and_search_are_a_key_each(clinic, sign_in):
    page = sign_in()
    keys = Keys(page)
    for key, day in [
        ("Alt+.", "Tuesday, March 3, 2026"),
        ("Alt+t", "Monday, March 2, 2026"),
        ("Alt+,", "Sunday, March 1, 2026"),
    ]:
        keys.press(key)
        page.get_by_role("heading", name=day, level=1).wait_for()
        page.locator("html[data-keys=on]").wait_for()
    keys.press("Alt+s")
    expect(page.locator("#find-anywhere")).to_be_focused()
    keys.type("vale")
    keys.press("Enter")
    page.get_by_role("heading", name="Ada Vale", level=1).wait_for()
    assert "vale" not in page.url
    assert_clean(page)


def test_keys_switched_off_ask_nothing_and_switched_on_again_they_work(clinic, sign_in):
    visit = book(clinic, at("2026-03-02", "10:30"))
    page = sign_in()
    page.get_by_text("Keys", exact=True).click()
    page.get_by_label("Use these keys in this browser").uncheck()
    page.locator(f"#open-{visit.pk}").focus()
    assert asked_of(page, lambda: Keys(page).press(*"arcdmu", "Alt+b", "Alt+w", "Alt+.", "Alt+h", "Alt+j")) == []
    page.get_by_label("Use these keys in this browser").check()
    page.locator(f"#open-{visit.pk}").press("a")
    page.locator(f"#visit-{visit.pk}.is-arrived").wait_for()
    assert_clean(page)


def test_a_letter_does_nothing_unless_a_visit_has_the_focus(clinic, sign_in):
    book(clinic, at("2026-03-02", "10:30"))
    page = sign_in()
    page.locator("#do-book").focus()
    assert asked_of(page, lambda: Keys(page).press(*"arcdmubwkjsth,.")) == []
    open_booking(page)
    Keys(page).type("arcdmu")
    assert (page.locator("#book-find").input_value(), diary()) == ("arcdmu", [("Ada Vale", "Mon 10:30", "booked")])


def test_escape_leads_back_to_what_opened_the_panel_even_after_a_refresh(clinic, sign_in):
    visit = book(clinic, at("2026-03-02", "10:30"))
    page = sign_in()
    gap = page.locator(".board-gap a").last.get_attribute("id")
    for opener in ("do-book", "do-walk-in", gap, f"open-{visit.pk}", f"late-{clinic.sato.pk}"):
        page.locator(f"#{opener}").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#panel :focus")).to_have_count(1)
        with page.expect_response(lambda response: "part=board" in response.url):
            page.evaluate(COME_BACK)
        page.keyboard.press("Escape")
        expect(page.locator("#panel [data-panel]")).to_have_count(0)
        expect(page.locator(f"#{opener}")).to_be_focused()
    assert_clean(page)


# --- What must not move ---------------------------------------------------------------------------------------------


def test_a_refresh_in_the_middle_of_a_word_moves_neither_caret_nor_letters(clinic, sign_in):
    # Given a name half typed, with the caret between two letters
    visit = book(clinic, at("2026-03-02", "10:30"))
    page = sign_in()
    open_booking(page)
    page.keyboard.type("ada ale")
    for _step in range(3):
        page.keyboard.press("ArrowLeft")

    # When a colleague checks somebody in and the board fetches itself
    scheduling.check_in(visit, by=scheduling.By.system(), now=NOW)
    page.evaluate(COME_BACK)
    page.locator(f"#visit-{visit.pk}.is-arrived").wait_for()

    # Then the next letter goes where it was meant to
    page.keyboard.type("v")
    assert page.locator("#book-find").input_value() == "ada vale"
    expect(page.get_by_role("radio", name="Ada Vale")).to_be_checked()
    assert_clean(page)


def test_tab_goes_through_the_booking_in_the_order_of_the_call(clinic, sign_in):
    page = sign_in()
    open_booking(page)
    page.keyboard.type("ada vale")
    expect(page.get_by_role("radio", name="Ada Vale")).to_be_checked()
    page.get_by_label("Treatment").select_option(label="Consultation")
    expect(page.get_by_role("group", name="Monday, March 2, 2026")).to_be_visible()
    assert page.evaluate(STOPS) == [
        "find", "patient", "treatment", "pick", "later", "pick", "clinician", "location", "day", "reason", "source",
        "notify", "book", "Park", "Walk-in",
    ]  # fmt: skip
    assert page.locator("[tabindex]:not([tabindex='0'], [tabindex='-1'])").count() == 0


def test_tab_reaches_the_days_the_buttons_and_the_board_before_the_panel(clinic, sign_in):
    visit = book(clinic, at("2026-03-02", "10:30"))
    page = sign_in()
    page.locator("#find-anywhere").focus()
    reached = []
    for _step in range(60):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUS) or page.evaluate(FIRST_WORD))
    wanted = ["Previous", "Today", "Next", "do-walk-in", "do-book", "board-scroll", f"open-{visit.pk}"]
    assert [each for each in reached if each in wanted] == wanted


# --- For every eye --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["1280", "390"])
def test_the_board_with_its_panel_open_is_accessible_in_every_color(viewport, clinic, sign_in):
    Patient.objects.filter(pk=clinic.ada.pk).update(alert="Latex allergy")
    visit = book(clinic, at("2026-03-02", "10:30"), treatment=clinic.injection, side="left")
    book(clinic, at("2026-03-02", "11:30"), patient=clinic.ben, status="arrived")
    page = sign_in(viewport=viewport)
    open_booking(page)
    page.keyboard.type("ada vale")
    expect(page.get_by_role("radio", name="Ada Vale")).to_be_checked()
    page.get_by_label("Treatment").select_option(label="Trigger point injection")
    expect(page.get_by_label("Side")).to_be_visible()
    assert_clean(page)
    broken = in_every_color(page)
    page.locator(f"#open-{visit.pk}").click()
    page.locator("#panel").get_by_text("Latex allergy").wait_for()
    assert broken + in_every_color(page) == []


def in_every_color(page) -> list[tuple[str, str]]:
    """Return what is wrong with the page, by color."""
    wrong = []
    for name, colors in COLORS.items():
        page.emulate_media(color_scheme="light", forced_colors="none")
        page.emulate_media(**colors)
        page.evaluate(
            "Promise.all(document.getAnimations().map((each) => each.finished))"
        )  # links fade into their color
        # In forced colors axe reads the header's own color, which the browser does not use: there, only the desk's part.
        wrong += [(name, rule) for rule in axe(page, "main" if name == "forced" else None)]
        wrong += [(name, "sideways")] if scrolls_sideways(page) else []
    return wrong


def test_on_paper_each_status_of_the_day_is_its_word(clinic, sign_in):
    words = ["booked", "arrived", "in room", "with clinician", "done"]
    for steps in range(len(words)):
        visit = book(clinic, at("2026-03-02", f"{10 + steps}:00"), patient=factories.PatientFactory())
        for verb in ("check_in", "room", "start", "finish")[:steps]:
            visit = getattr(scheduling, verb)(visit, by=scheduling.By.system(), now=NOW)
    page = sign_in()
    page.emulate_media(media="print")
    shown = page.locator(".board-visit .desk-chip").locator("visible=true")
    assert [word.lower() for word in shown.all_inner_texts()] == words
