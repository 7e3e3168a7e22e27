"""One visit on a clinician's phone: begun with its side, answered by one press, finished with what comes next."""

import pytest
from playwright.sync_api import expect

from bookings import scheduling
from bookings.models import Appointment, DeskNote, NextStep, ReadinessAnswer
from clinic import roles
from tests import cast, factories
from tests.browsing import assert_clean, axe, scrolls_sideways
from tests.cast import at
from tests.desk import book, member
from tests.journeys.test_staff import session_of
from tests.keyboard import Keys
from treatments.models import BodyRegion, Treatment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BY = scheduling.By.system()
PHONE = {"width": 360, "height": 740}
START = at("2026-03-02", "10:30")
FOLLOW_UP = ("follow_up", 6)


@pytest.fixture(autouse=True)
def _a_minute_later(time_machine):
    time_machine.move_to(START)


@pytest.fixture
def clinic():
    clinic = cast.open_clinic()
    factories.TreatmentFactory(slug="follow-up-visit", role=Treatment.Role.FOLLOW_UP)
    factories.BodyRegionFactory(slug="neck", name="Neck")
    return clinic


@pytest.fixture
def open_day(clinic, new_page, live_server):
    """Return a function that opens Dr. Ortiz's day on a phone."""

    def opened(**options):
        user = member(roles.CLINICIAN, clinician=clinic.ortiz)
        page = new_page(**{"viewport": PHONE, **options})
        page.context.add_cookies([{"name": "session", "value": session_of(user), "url": live_server.url}])
        page.goto("/schedule/")
        return page

    return opened


class Thumb:
    """Counts the presses."""

    def __init__(self):
        self.presses = 0

    def press(self, target):
        self.presses += 1
        target.click()


def assert_good(page, java_script=True):
    """Nothing broken, nothing inaccessible, nothing wider than the phone; without scripts nobody can look for the second."""
    assert_clean(page)
    assert not java_script or axe(page) == []
    assert not scrolls_sideways(page)


def begun(clinic):
    visit = book(clinic, START, status="arrived")
    return scheduling.start(visit, by=BY, now=START)


def next_of(visit):
    return list(NextStep.objects.filter(appointment=visit).values_list("kind", "weeks"))


# --- Done, and a follow-up ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("java_script", [True, False])
def test_a_visit_is_finished_with_a_follow_up_in_six_weeks_by_three_presses(java_script, clinic, open_day):
    visit, thumb = begun(clinic), Thumb()
    page = open_day(java_script_enabled=java_script)
    thumb.press(page.get_by_role("link", name="Done Ada Vale"))
    expect(page.get_by_label("How it went, in two lines")).to_be_visible()
    assert_good(page, java_script)
    thumb.press(page.locator("label.choice", has_text="6 weeks"))
    thumb.press(page.get_by_role("button", name="Finish"))
    expect(page.get_by_text("The visit is done.")).to_be_visible()
    assert_good(page, java_script)
    assert thumb.presses <= 5
    visit.refresh_from_db()
    assert (visit.status, next_of(visit)) == ("done", [FOLLOW_UP])


def test_the_same_by_keyboard_alone(clinic, open_day):
    visit = begun(clinic)
    page = open_day()
    page.get_by_role("link", name="Done Ada Vale").focus()
    keys = Keys(page)
    keys.press("Enter")
    expect(page.get_by_label("How it went, in two lines")).to_be_visible()
    page.get_by_label("How it went, in two lines").focus()
    keys.type("Half the pain.")
    keys.press("Tab", "ArrowDown", "ArrowDown", "ArrowDown", "Enter")
    expect(page.get_by_text("The visit is done.")).to_be_visible()
    visit.refresh_from_db()
    assert (visit.outcome, next_of(visit)) == ("Half the pain.", [FOLLOW_UP])


def test_a_mistake_keeps_what_was_typed(clinic, open_day):
    visit = begun(clinic)
    page = open_day()
    page.get_by_role("link", name="Done Ada Vale").click()
    page.get_by_label("How it went, in two lines").fill("Half the <b>pain</b>.")
    page.locator("label.choice", has_text="A treatment").click()
    page.get_by_role("button", name="Finish").click()
    expect(page).to_have_title("Error: Schedule | Riverbend Pain Clinic")
    expect(page.get_by_label("How it went, in two lines")).to_have_value("Half the <b>pain</b>.")
    assert_good(page)
    assert Appointment.objects.get(pk=visit.pk).status == "with_clinician"


def test_what_a_hasty_thumb_did_is_taken_back(clinic, open_day):
    visit = begun(clinic)
    page = open_day()
    page.get_by_role("link", name="Done Ada Vale").click()
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_text("The visit is done.")).to_be_visible()
    page.goto(f"/schedule/visit/{visit.reference}/")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back.")).to_be_visible()
    visit.refresh_from_db()
    assert visit.status == "with_clinician"


# --- Begun with its side --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("java_script", [True, False])
def test_a_procedure_asks_for_its_side_once_and_begins(java_script, clinic, open_day):
    visit = book(clinic, START, treatment=clinic.injection, status="arrived")
    page = open_day(java_script_enabled=java_script)
    page.get_by_role("link", name="Start Ada Vale").click()
    expect(page.get_by_role("heading", name="Ask Ada: where is it, and which side?")).to_be_visible()
    assert_good(page, java_script)
    page.get_by_role("button", name="Start").click()
    page.get_by_role("link", name="Choose which side.").click()
    expect(page.get_by_role("group", name="Which side")).to_be_in_viewport()
    assert_good(page, java_script)
    page.locator("label.choice", has_text="Neck").click()
    page.locator("label.choice", has_text="Left").click()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("The visit has begun.")).to_be_visible()
    expect(page.get_by_text("Neck, left").first).to_be_visible()
    visit.refresh_from_db()
    assert (visit.status, visit.region.slug, visit.side) == ("with_clinician", "neck", "left")


# --- The page of a visit --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "java_script"), [(360, True), (320, True), (360, False)])
def test_an_answer_is_one_press_on_the_visits_page(width, java_script, clinic, open_day):
    book(clinic, START, treatment=clinic.injection, status="arrived", reason="It hurts <i>here</i>.")
    page = open_day(viewport={"width": width, "height": 740}, java_script_enabled=java_script)
    page.locator("a", has_text="Ada Vale").first.click()
    expect(page.get_by_text("Do you take a blood thinner?")).to_be_visible()
    assert_good(page, java_script)
    page.get_by_role("group", name="Do you take a blood thinner?").get_by_role("button", name="warfarin").click()
    expect(page.get_by_text("Blood thinner: warfarin").first).to_be_visible()
    assert_good(page, java_script)
    assert list(ReadinessAnswer.objects.values_list("question", "answer")) == [("blood-thinner", "warfarin")]


def test_the_desk_gets_a_line_and_hears_of_a_delay(clinic, open_day):
    begun(clinic)
    book(clinic, at("2026-03-02", "11:30"), patient=clinic.ben)
    page = open_day()
    page.get_by_role("link", name="Message to desk").click()
    page.get_by_role("textbox").fill("Please call the lab.")
    assert_good(page)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("The desk has your message.")).to_be_visible()
    page.get_by_role("link", name="Running late").click()
    expect(page.get_by_text("Ben Okafor")).to_be_visible()
    assert_good(page)
    page.get_by_role("button", name="20 min").click()
    expect(page.get_by_text("You run 20 minutes late.")).to_be_visible()
    assert DeskNote.objects.filter(words="Please call the lab.").count() == 1


def notes_of_the_desk(new_page, live_server):
    page = new_page()
    cookie = {"name": "session", "value": session_of(member(roles.FRONT_DESK)), "url": live_server.url}
    page.context.add_cookies([cookie])
    page.goto("/admin/work/notes/")
    return page


def test_the_desk_reads_what_the_clinician_said(clinic, open_day, new_page, live_server):
    begun(clinic)
    page = open_day()
    page.goto("/schedule/note/")
    page.get_by_role("textbox").fill("Please call the lab.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("The desk has your message.")).to_be_visible()
    desk = notes_of_the_desk(new_page, live_server)
    expect(desk.get_by_text("Please call the lab.")).to_be_visible()
    assert_clean(desk)
    assert axe(desk) == []


@pytest.mark.parametrize("width", [360, 320])
@pytest.mark.parametrize("deed", ["", "start/", "finish/", "miss/", "note/"])
def test_every_page_of_a_visit_fits_the_phone_and_is_accessible(deed, width, clinic, open_day):
    book(clinic, START, treatment=clinic.injection, reason="W" * 120)
    page = open_day(viewport={"width": width, "height": 740})
    reference = Appointment.objects.get().reference
    page.goto(f"/schedule/visit/{reference}/{deed}")
    expect(page.locator("h1")).to_have_text("Ada Vale")
    expect(page).to_have_title("Schedule | Riverbend Pain Clinic")
    assert_good(page)


@pytest.mark.parametrize("address", ["late", "note"])
def test_the_pages_about_the_day_fit_a_small_phone(address, clinic, open_day):
    begun(clinic)
    page = open_day(viewport={"width": 320, "height": 740})
    page.goto(f"/schedule/{address}/")
    expect(page.locator("h1")).to_have_text({"late": "Running late", "note": "Message to the desk"}[address])
    assert_good(page)


HOSTILE = '<script>document.title="gotcha"</script><img src=x onerror=alert(1)>" onfocus="alert(1)'


def test_hostile_words_are_words_everywhere(clinic, open_day, new_page, live_server):
    visit = book(clinic, START, treatment=clinic.injection, status="arrived", reason=HOSTILE)
    scheduling.start(visit, by=BY, now=START, region=BodyRegion.objects.get(), side="left")
    page = open_day()
    dialogs = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message) or dialog.dismiss())
    page.goto(f"/schedule/visit/{visit.reference}/")
    asked = page.locator("form.ask", has_text="Do you take a blood thinner?")
    asked.get_by_role("textbox").fill(HOSTILE)
    asked.get_by_role("button", name="another").click()
    expect(page.locator(".chip", has_text="Blood thinner")).to_have_text(f"Blood thinner: {HOSTILE}")
    page.goto(f"/schedule/visit/{visit.reference}/note/")
    page.get_by_role("textbox").fill(HOSTILE)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("The desk has your message.")).to_be_visible()
    page.goto(f"/schedule/visit/{visit.reference}/finish/")
    page.get_by_label("How it went, in two lines").fill(HOSTILE)
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_text("The visit is done.")).to_be_visible()
    page.goto(f"/schedule/visit/{visit.reference}/")
    expect(page.locator("main")).to_contain_text(f"Outcome: {HOSTILE}")
    expect(page.locator("main img, main script")).to_have_count(0)
    expect(page).to_have_title("Schedule | Riverbend Pain Clinic")
    assert_good(page)
    desk = notes_of_the_desk(new_page, live_server)
    expect(desk.get_by_text(HOSTILE)).to_be_visible()
    assert_clean(desk)
    assert dialogs == []


def test_somebody_elses_visit_is_missing(clinic, open_day):
    visit = book(clinic, START, clinician=clinic.sato)
    page = open_day()
    assert page.goto(f"/schedule/visit/{visit.reference}/").status == 404
    expect(page.get_by_text("Ada Vale")).to_have_count(0)
    assert_clean(page, besides="404")
