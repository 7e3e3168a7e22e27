"""Monday morning at the counter, in a real browser: what goes wrong is moved, canceled, approved, offered and taken back."""

import pytest
from playwright.sync_api import expect

from bookings import links, scheduling
from bookings.models import Appointment
from clinic import roles
from tests import cast, factories
from tests.browsing import assert_clean, axe
from tests.cast import NOW, at
from tests.desk import book, member
from tests.journeys.test_staff import session_of
from tests.keyboard import Keys

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FOCUSED = "document.activeElement.textContent.trim()"


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


def open_visit(page, visit):
    """Press Enter on the visit: its panel opens with the focus inside."""
    page.locator(f"#open-{visit.pk}").focus()
    page.keyboard.press("Enter")
    page.locator("#panel").get_by_role("heading", name="Ada Vale").wait_for()
    expect(page.locator("#panel :focus")).to_have_count(1)


def tab_to(page, words):
    """Press Tab until the focus stands on these words; returns how often."""
    for presses in range(1, 40):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED).startswith(words):
            return presses
    raise AssertionError(f"no way to {words}")


def stands(visit):
    visit.refresh_from_db()
    return f"{visit.local_start:%a %H:%M}", visit.status


def test_a_visit_is_moved_by_keyboard_alone_and_one_key_moves_it_back(clinic, sign_in):
    # Given Ada, booked at half past ten
    visit = book(clinic, at("2026-03-02", "10:30"))
    page = sign_in()

    # When the desk opens her visit, chooses Move, and types another time
    open_visit(page, visit)
    tab_to(page, "Move")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Move").wait_for()
    page.get_by_label("Date and time").focus()
    page.keyboard.type("03022026")
    page.keyboard.press("Tab")
    page.keyboard.type("0200PM")
    page.keyboard.press("Enter")

    # Then she is at two, and until the message leaves one key takes it back
    page.get_by_text("Moved: Ada Vale, Monday, March 2, 2026, 2 pm.").wait_for()
    assert stands(visit) == ("Mon 14:00", "booked")
    page.wait_for_load_state()  # the keys come with the script
    page.locator(f"#open-{visit.pk}").focus()
    page.keyboard.press("u")
    expect(page.locator(f"#open-{visit.pk}")).to_contain_text("10:30 am")
    assert stands(visit) == ("Mon 10:30", "booked")
    assert [row.state for row in visit.messages.filter(kind="moved", revision=1)] == ["void"]
    assert_clean(page)


def test_a_visit_is_canceled_with_a_reason_by_mouse_and_put_back(clinic, sign_in):
    visit = book(clinic, at("2026-03-02", "10:30"))
    page = sign_in()
    page.locator(f"#open-{visit.pk}").click()
    page.get_by_role("link", name="Cancel (Ada Vale)").click()
    page.get_by_label("Why").select_option(label="I cannot get there")
    assert axe(page) == []
    page.get_by_role("button", name="Cancel this appointment").click()
    page.get_by_text("Canceled: Ada Vale").wait_for()
    assert stands(visit) == ("Mon 10:30", "cancelled")

    page.get_by_text("1 canceled").click()
    page.locator(f"#open-{visit.pk}").click()
    page.get_by_role("button", name="Undo (Ada Vale)").click()
    page.get_by_text("Ada Vale: booked.").wait_for()
    assert stands(visit) == ("Mon 10:30", "booked")
    assert_clean(page)


def test_a_request_is_approved_by_one_press_and_taken_back_by_another(clinic, sign_in):
    visit = book(clinic, at("2026-03-02", "10:30"), status="requested")
    page = sign_in()
    page.get_by_role("button", name="Approve (Ada Vale)").click()
    page.get_by_role("button", name="Undo (Ada Vale)").wait_for()
    assert stands(visit) == ("Mon 10:30", "booked")
    page.get_by_role("button", name="Undo (Ada Vale)").click()
    page.get_by_role("button", name="Approve (Ada Vale)").wait_for()
    assert stands(visit) == ("Mon 10:30", "requested")
    assert_clean(page)


def test_another_time_is_offered_and_the_patient_says_yes(clinic, sign_in, new_page):
    # Given a request for a time that does not suit the clinic
    visit = book(clinic, at("2026-03-04", "10:30"), status="requested")
    page = sign_in()

    # When the desk offers another from its list
    page.get_by_role("link", name="Requests to decide 1").click()
    page.get_by_role("link", name="Offer another time (Ada Vale)").click()
    page.get_by_label("Date and time").fill("2026-03-04T14:00")
    assert axe(page) == []
    page.get_by_role("button", name="Offer another time").click()
    page.get_by_text("Offered: Ada Vale, Wednesday, March 4, 2026, 2 pm.").wait_for()

    # Then it is asked no more, and the patient takes it behind the link of the message
    page.goto("/admin/work/requests/")
    page.get_by_text("No request waits for a decision.").wait_for()
    phone = new_page()
    phone.goto(f"/appointments/{links.mint(visit, now=NOW)}/")
    phone.get_by_role("heading", name="We can offer you this time").wait_for()
    assert axe(phone) == []
    phone.get_by_role("button", name="Yes, book this time").click()
    phone.get_by_text("2 pm").first.wait_for()
    assert stands(visit) == ("Wed 14:00", "booked")


def test_two_correct_one_appointment_and_the_second_loses_nothing(clinic, sign_in):
    visit = book(clinic, at("2026-03-02", "10:30"))
    first, second = sign_in("Maria Lopez"), sign_in("Ben Quick")
    for page in (first, second):
        page.goto(f"/admin/bookings/appointment/{visit.pk}/amend/")
    first.get_by_label("Reason, in the patient's words").fill("Since Tuesday")
    first.get_by_role("button", name="Save").click()
    first.get_by_text("Saved: Ada Vale").wait_for()

    second.get_by_label("Reason, in the patient's words").fill("Since the fall, on the left")
    second.get_by_role("button", name="Save").click()
    second.get_by_text("Maria Lopez has changed this appointment (details changed, Mon, Mar 2, 8 am)").first.wait_for()
    expect(second.get_by_label("Reason, in the patient's words")).to_have_value("Since the fall, on the left")
    assert axe(second) == []
    second.get_by_role("button", name="Save").click()
    second.get_by_text("Saved: Ada Vale").wait_for()
    visit.refresh_from_db()
    assert visit.reason == "Since the fall, on the left"


def test_running_late_is_one_press_and_says_who_hears_of_it(clinic, sign_in):
    book(clinic, at("2026-03-02", "10:30"))
    page = sign_in()
    page.get_by_role("link", name="Running late").first.click()
    page.get_by_role("button", name="20 minutes").click()
    page.get_by_text("Amara Ortiz runs 20 minutes late.").wait_for()
    page.get_by_text("1 patient hears of it at 8:02 am.").wait_for()
    expect(page.get_by_role("link", name="20 min late")).to_be_visible()
    assert_clean(page)


def test_three_are_parked_a_fourth_is_refused_and_keeps_what_was_typed(clinic, sign_in):
    page = sign_in()
    keys = Keys(page)
    for name in ("ada vale", "ben okafor", "cleo ruiz"):
        keys.press("Alt+b")
        expect(page.locator("#book-find")).to_be_focused()
        keys.type(name)
        keys.press("Alt+k")
        expect(page.get_by_text("Parked.")).to_be_visible()
        keys.press("Escape")
    keys.press("Alt+b")
    expect(page.locator("#book-find")).to_be_focused()
    keys.type("dot miller")
    keys.press("Alt+k")
    expect(page.locator("#panel").get_by_role("alert")).to_be_visible()
    expect(page.locator("#book-find")).to_have_value("dot miller")
    keys.press("Alt+j")
    expect(page.locator("#book-find")).to_have_value("ada vale")
    assert_clean(page)


def test_without_javascript_a_whole_visit_is_booked_checked_in_and_undone(clinic, sign_in):
    page = sign_in(java_script_enabled=False)
    page.get_by_role("link", name="Walk-in").click()
    page.locator("#book-find").fill("dot miller")
    page.keyboard.press("Enter")
    page.get_by_text("Dot Miller").first.wait_for()
    page.goto("/admin/day/")
    page.get_by_role("button", name="In room (Dot Miller)").click()
    page.get_by_text("Dot Miller: in room.").wait_for()
    page.get_by_role("button", name="Undo (Dot Miller)").click()
    page.get_by_text("Dot Miller: arrived.").wait_for()
    assert Appointment.objects.get().status == "arrived"


def test_on_paper_in_grey_every_status_is_a_word(clinic, sign_in):
    visit = book(clinic, at("2026-03-02", "10:30"), status="arrived")
    book(clinic, at("2026-03-02", "11:30"), patient=clinic.ben)
    page = sign_in()
    page.emulate_media(media="print")
    expect(page.locator(f"#visit-{visit.pk}").get_by_text("arrived")).to_be_visible()
    expect(page.get_by_text("booked", exact=True).locator("visible=true")).to_have_count(1)
    expect(page.get_by_role("button", name="Arrived (Ben Okafor)")).to_be_hidden()
    assert scheduling.may_undo(visit, now=NOW)


def test_what_must_be_known_is_answered_beside_the_board_and_the_side_asked_before_it_begins(clinic, sign_in):
    # Given a procedure whose patient has arrived, and nobody has asked anything
    factories.BodyRegionFactory(slug="neck", name="Neck")
    visit = book(clinic, at("2026-03-02", "10:30"), treatment=clinic.injection, status="arrived")
    page = sign_in()
    page.locator(f"#open-{visit.pk}").click()
    expect(page.get_by_text("Blood thinner: not asked")).to_be_visible()
    assert axe(page) == []

    # When the desk asks, one press writes it down and the panel says it
    page.locator("#ready-blood-thinner").get_by_role("button", name="warfarin").click()
    expect(page.get_by_text("Blood thinner: warfarin")).to_be_visible()

    # And a start without a side asks for it first
    page.locator(f"#open-{visit.pk}").press("c")
    expect(page.get_by_role("heading", name="Where is it, and which side?")).to_be_visible()
    assert axe(page) == []
    page.get_by_label("Neck").check()
    page.get_by_label("Left").check()
    page.get_by_role("button", name="Write it down and start").click()
    expect(page.locator(f"#visit-{visit.pk}").get_by_text("with clinician").first).to_be_visible()
    assert_clean(page)


def ask(page, name):
    return page.locator(f"#ready-{name}")


def test_a_refused_answer_stays_in_the_panel_with_every_word_that_was_typed(clinic, sign_in):
    visit = book(clinic, at("2026-03-02", "10:30"), treatment=clinic.injection, status="arrived")
    page = sign_in(viewport={"width": 1280, "height": 800})
    page.locator(f"#open-{visit.pk}").click()

    # Given words beside two questions, one of them with a sign that turns text around
    ask(page, "driver").get_by_role("textbox").fill("a neighbor")
    ask(page, "blood-thinner").get_by_role("textbox").fill("fish oil \u202e")
    ask(page, "blood-thinner").get_by_role("button", name="another").click()

    # Then it is refused in words, and nothing that was typed is gone
    expect(page.locator("#board-said")).to_have_text("Please use letters, numbers and ordinary signs only.")
    expect(ask(page, "blood-thinner").get_by_role("textbox")).to_have_value("fish oil \u202e")
    assert axe(page) == []

    # And once it is right the panel says it, with the focus on it and the other words where they were
    ask(page, "blood-thinner").get_by_role("textbox").fill("fish oil")
    ask(page, "blood-thinner").get_by_role("button", name="another").press("Enter")
    expect(page.get_by_text("Blood thinner: fish oil")).to_be_visible()
    expect(ask(page, "blood-thinner").locator("summary")).to_be_focused()
    expect(ask(page, "driver").get_by_role("textbox")).to_have_value("a neighbor")
    assert_clean(page)


def test_words_of_one_patient_are_never_put_into_the_panel_of_another(clinic, sign_in):
    visits = [
        book(clinic, at("2026-03-02", time), treatment=clinic.injection, status="arrived", patient=patient)
        for time, patient in (("10:30", clinic.ada), ("11:30", clinic.ben))
    ]
    page = sign_in(viewport={"width": 1280, "height": 800})
    page.locator(f"#open-{visits[0].pk}").click()
    ask(page, "driver").get_by_role("textbox").fill("a neighbor")
    page.locator(f"#open-{visits[1].pk}").click()
    expect(page.locator("#visit-title")).to_have_text("Ben Okafor")
    expect(ask(page, "driver").get_by_role("textbox")).to_have_value("")
    ask(page, "blood-thinner").get_by_role("button", name="none").click()
    expect(page.get_by_text("Blood thinner: none")).to_be_visible()
    expect(ask(page, "driver").get_by_role("textbox")).to_have_value("")
    assert_clean(page)


def test_without_javascript_answers_are_written_refused_and_the_procedure_begins(clinic, sign_in):
    factories.BodyRegionFactory(slug="neck", name="Neck")
    visit = book(clinic, at("2026-03-02", "10:30"), treatment=clinic.injection, status="arrived")
    page = sign_in(java_script_enabled=False)
    page.locator(f"#open-{visit.pk}").click()
    ask(page, "blood-thinner").get_by_role("textbox").fill("fish oil \u202e")
    ask(page, "blood-thinner").get_by_role("button", name="another").click()
    expect(page.locator(".messagelist .error")).to_have_text("Please use letters, numbers and ordinary signs only.")
    expect(ask(page, "blood-thinner").get_by_role("textbox")).to_have_value("fish oil \u202e")
    ask(page, "blood-thinner").get_by_role("textbox").fill("fish oil")
    ask(page, "blood-thinner").get_by_role("button", name="another").click()
    expect(page.get_by_text("Blood thinner: fish oil")).to_be_visible()

    page.get_by_role("button", name="With clinician (Ada Vale)").click()
    page.get_by_role("button", name="Write it down and start").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose where it is.")
    page.get_by_label("Neck").check()
    page.get_by_label("Left").check()
    page.get_by_role("button", name="Write it down and start").click()
    expect(page.locator(".visit-panel .desk-chip")).to_have_text("with clinician")
    expect(page.get_by_text("Region and side: Neck, left")).to_be_visible()
    assert stands(visit) == ("Mon 10:30", "with_clinician")
