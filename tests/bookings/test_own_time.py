"""A patient moves their own visit: which days and times are shown, what a press does, and what is kept when it fails."""

import datetime as dt
import re

import pytest
import time_machine

from bookings import scheduling
from bookings.models import Occupancy
from tests import cast, factories
from tests.bookings.own_pages import open_link, open_verified, words
from tests.bookings.scheduling.asking import everything, messages_of, verbs_of
from tests.bookings.visits import book
from tests.cast import NOW, at

pytestmark = pytest.mark.django_db

PATIENT, SYSTEM = scheduling.By.patient(), scheduling.By.system()
PATH = "/appointments/move/"
THURSDAY_ELEVEN = "2026-03-05T16:00:00Z//harbor-street"
SORRY = "We do not offer that time. Please choose one of these."


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def visit(clinic):
    """Ada, on Wednesday at 10:00, with Dr. Ortiz."""
    return book(clinic)


@pytest.fixture
def browser(visit):
    return open_link(visit)


def look(browser, query=""):
    return browser.get(f"{PATH}{query}")


def press(browser, visit, slot=THURSDAY_ELEVEN, **more):
    return browser.post(PATH, {"version": visit.version, "slot": slot} | more, follow=True)


def days_on(answer):
    return [str(day["date"]) for day in answer.context["days"]]


def times_on(answer):
    return [option["clock"] for part in answer.context["day"]["parts"] for option in part["options"]]


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def text_of(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", words(answer)).split())


# --- What is shown --------------------------------------------------------------------------------------------------


def test_ten_days_with_free_times_are_shown_and_later_ones_on_the_next_page(browser):
    first = look(browser)
    second = look(browser, "?" + first.context["later"])

    assert days_on(first) == [f"2026-03-{day:02}" for day in (2, 3, 4, 5, 6, 9, 10, 11, 12, 13)]
    assert days_on(second) == [f"2026-03-{day:02}" for day in (16, 17, 18, 19, 20, 23, 24, 25, 26, 27)]
    assert ("Show later dates" in words(first), "Show the first dates" in words(first)) == (True, False)
    assert "Show the first dates" in words(second)


def test_the_times_of_the_first_day_stand_there_at_once_and_of_another_by_one_press(browser):
    thursday = look(browser, "?day=2026-03-05")

    assert (look(browser).context["day"]["date"], thursday.context["day"]["date"]) == (
        dt.date(2026, 3, 2),
        dt.date(2026, 3, 5),
    )
    assert "Thursday, March 5, 2026" in text_of(thursday)
    assert [str(part["name"]) for part in thursday.context["day"]["parts"]] == ["Morning", "Afternoon"]
    assert "All times are New York time." in text_of(thursday)


def test_the_last_page_has_no_later_dates(browser):
    last = look(browser, "?from=2026-05-28")

    assert (days_on(last), last.context["later"]) == (["2026-05-28", "2026-05-29"], "")


@pytest.mark.parametrize(
    "query", ["?from=nonsense", "?from=1999-01-01", "?from=9999-12-31", "?day=x", "?from=&day=2027-01-01"]
)
def test_dates_made_by_hand_show_the_first_ones(browser, query):
    assert days_on(look(browser, query)) == days_on(look(browser))


def test_the_time_it_has_is_not_offered_but_those_that_overlap_it_are(browser):
    times = times_on(look(browser, "?day=2026-03-04"))

    assert ("10 am" in times, "9:45 am" in times, "10:15 am" in times) == (False, True, True)


def test_the_clinicians_other_visits_are_taken(clinic, browser):
    book(clinic, clinic.ben, time="14:00", date="2026-03-04")  # Ortiz: the lowest number wins

    assert "2 pm" not in times_on(look(browser, "?day=2026-03-04"))
    assert "2 pm" in times_on(look(browser, "?day=2026-03-04&clinician=any"))


def test_notice_holds(browser):
    """Two hours from 8:00."""
    assert times_on(look(browser))[0] == "10 am"


def test_the_page_tells_a_finder_of_the_mail_nothing_about_the_person(browser, visit):
    pages = words(look(browser)) + words(look(browser, "?clinician=any&place=any")) + words(press(browser, visit, "x"))
    private = ["Ada", "Vale", "Consultation", "consultation", "Ortiz", "ortiz", "Sato", "sato", visit.reference]

    assert [secret for secret in private if secret in pages] == []


def test_who_gave_the_date_of_birth_reads_the_clinicians_name(visit):
    assert "Amara Ortiz" in words(look(open_verified(visit)))


def test_where_nothing_is_free_there_is_a_way_to_everybody_and_a_phone(clinic, visit):
    clinic.ortiz.resource.working_hours.all().delete()
    browser = open_link(visit)
    narrow, wide = look(browser), look(browser, "?clinician=any&place=any")

    assert ("No free times here at the moment" in text_of(narrow), "(212) 555-0100" in text_of(narrow)) == (True, True)
    assert "?clinician=any&amp;place=any" in words(narrow)
    assert len(days_on(wide)) == 10


def test_where_nobody_has_time_at_all_the_page_says_until_when_we_plan(clinic, visit):
    for clinician in (clinic.ortiz, clinic.sato):
        clinician.resource.working_hours.all().delete()

    assert "We plan ahead until Sunday, May 31, 2026." in text_of(look(open_link(visit), "?clinician=any&place=any"))


def test_another_place_is_shown_by_name_for_those_who_ask(clinic, visit):
    river = factories.LocationFactory(slug="river-street", name="River Street")
    factories.ResourceFactory(kind="room", location=river, capabilities=list(clinic.room_one.capabilities.all()))
    cast.work(clinic.ortiz.resource, river, [5], "09:00", "12:00")
    browser = open_link(visit)

    assert "2026-03-07" not in days_on(look(browser))
    saturday = look(browser, "?place=any&day=2026-03-07")
    assert ("River Street" in text_of(saturday), times_on(saturday)[0]) == (True, "9 am")
    answer = press(browser, visit, "2026-03-07T14:00:00Z//river-street", place="any")
    visit.refresh_from_db()
    assert (visit.location, "River Street" in text_of(answer)) == (river, True)


# --- A press --------------------------------------------------------------------------------------------------------


def test_a_press_moves_the_visit_says_so_and_tells_by_message(visit, browser):
    answer = press(browser, visit)
    visit.refresh_from_db()

    assert (visit.start, visit.clinician.slug, visit.events.last().actor) == (
        at("2026-03-05", "11:00"),
        "amara-ortiz",
        "patient",
    )
    assert (answer.redirect_chain, said(answer)) == ([("/appointments/", 302)], ["Your appointment is moved."])
    assert "Thursday, March 5, 2026" in text_of(answer)
    assert {row for row in messages_of(visit) if row.endswith("due")} == {"moved due", "reminder due"}
    assert messages_of(visit).count("moved due") == 1


def test_a_moved_visit_can_be_put_back_from_the_page(visit, browser):
    page = text_of(press(browser, visit))
    visit.refresh_from_db()
    answer = browser.post("/appointments/undo/", {"version": visit.version}, follow=True)
    visit.refresh_from_db()

    assert "You moved it from Wednesday, March 4, 2026, 10 am. You can undo this until 8:30 am" in page
    assert (visit.start, "Wednesday, March 4, 2026" in text_of(answer)) == (at("2026-03-04", "10:00"), True)


def test_a_request_stays_a_request_and_is_told_so(clinic):
    slot = scheduling.Slot(clinic.consultation, at("2026-03-04", "10:00"), clinic.house)
    asked = scheduling.request(slot, patient=clinic.ada, by=PATIENT, now=NOW, source="web")
    browser = open_link(asked)
    shown, answer = look(browser), press(browser, asked)
    asked.refresh_from_db()

    assert "This visit is a request." in text_of(shown)
    assert (asked.status, asked.start, said(answer)) == (
        "requested", at("2026-03-05", "11:00"), ["Your request is for this time now."],
    )  # fmt: skip


def test_with_anybody_the_clinician_of_now_comes_first_where_they_are_free(clinic):
    visit = book(clinic, clinic.ada, time="10:00")
    scheduling.move(
        visit, scheduling.Slot(clinic.consultation, visit.start, clinic.house, clinic.sato), by=SYSTEM, now=NOW
    )
    visit.refresh_from_db()
    press(open_link(visit), visit, clinician="any")
    visit.refresh_from_db()

    assert (visit.clinician, visit.start) == (clinic.sato, at("2026-03-05", "11:00"))


def test_with_anybody_another_clinician_takes_it_where_they_are_not(clinic, visit, browser):
    book(clinic, clinic.ben, date="2026-03-05", time="11:00")
    press(browser, visit, clinician="any")
    visit.refresh_from_db()

    assert (visit.clinician, visit.start) == (clinic.sato, at("2026-03-05", "11:00"))


def test_the_same_time_once_more_is_no_move(visit, browser):
    answer = press(browser, visit, "2026-03-04T15:00:00Z//harbor-street")

    assert (verbs_of(visit), said(answer)) == (["book"], ["That is the time you have already. Nothing has changed."])


def test_a_double_press_moves_once(visit, browser):
    for _press in range(2):
        press(browser, visit)
    visit.refresh_from_db()

    assert verbs_of(visit) == ["book", "move"]


# --- Taken meanwhile ------------------------------------------------------------------------------------------------


def test_when_the_time_is_taken_the_old_one_is_kept_and_the_nearest_are_shown(clinic, visit, browser):
    book(clinic, clinic.ben, date="2026-03-05", time="11:00")
    before = everything()
    answer = press(browser, visit)

    assert everything() == before
    assert (answer.redirect_chain, "<title>Error:" in words(answer)) == ([], True)
    assert "Somebody has just taken Thursday, March 5, 2026, 11 am." in text_of(answer)
    assert "Your time is still yours: Wednesday, March 4, 2026, 10 am." in text_of(answer)
    assert [option["clock"] for option in answer.context["nearest"]] == ["10:15 am", "10:30 am", "11:30 am"]
    assert answer.context["day"]["date"] == dt.date(2026, 3, 5)


def test_one_of_the_nearest_is_taken_by_the_next_press(clinic, visit, browser):
    book(clinic, clinic.ben, date="2026-03-05", time="11:00")
    nearest = press(browser, visit).context["nearest"]
    press(browser, visit, nearest[-1]["value"])
    visit.refresh_from_db()

    assert visit.start == at("2026-03-05", "11:30")


def test_what_was_looked_for_is_kept_when_the_time_is_taken(clinic, visit, browser):
    for patient in (clinic.ben, factories.PatientFactory()):
        book(clinic, patient, date="2026-03-05", time="11:00")
    answer = press(browser, visit, clinician="any", place="any")

    assert (answer.context["wish"].clinician, answer.context["wish"].place) == ("any", "any")
    assert "Somebody has just taken" in text_of(answer)


# --- Not possible ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "slot",
    [
        "2026-03-05T08:00:00Z//harbor-street",  # three in the morning
        "2026-03-07T16:00:00Z//harbor-street",  # Saturday
        "2026-03-02T14:30:00Z//harbor-street",  # no two hours ahead
        "2026-03-01T16:00:00Z//harbor-street",  # yesterday
        "2026-12-03T16:00:00Z//harbor-street",  # beyond the horizon
        "2026-03-05T16:07:00Z//harbor-street",  # not on the grid
        "2026-03-05T16:00:00Z//nowhere",
        "nonsense",
        "2026-03-05T16:00:00Z/" + "x" * 90 + "/harbor-street'--",
    ],
)
def test_a_time_made_by_hand_is_refused_and_the_old_one_kept(visit, browser, slot):
    before = everything()
    answer = press(browser, visit, slot)

    assert (SORRY in text_of(answer), everything() == before) == (True, True)


def test_a_clinician_written_by_hand_into_the_slot_is_not_asked(clinic, visit, browser):
    """Whom the patient sees is the choice of two: as now, or anybody."""
    press(browser, visit, "2026-03-05T16:00:00Z/ben-sato/harbor-street")
    visit.refresh_from_db()

    assert visit.clinician == clinic.ortiz


def test_without_a_time_the_question_is_asked_again(visit, browser):
    answer = press(browser, visit, "")

    assert ("Choose a time." in text_of(answer), "<title>Error:" in words(answer)) == (True, True)


def test_a_time_at_which_the_patient_is_elsewhere_is_refused_in_words(clinic, visit, browser):
    therapy = scheduling.Slot(clinic.therapy, at("2026-03-05", "11:00"), clinic.house)
    scheduling.book(therapy, patient=clinic.ada, by=PATIENT, now=NOW, source="web")
    answer = press(browser, visit)

    assert "You have another appointment at that time. Please choose a different one." in text_of(answer)
    assert verbs_of(visit) == ["book"]


def test_a_visit_the_desk_has_moved_meanwhile_is_shown_first(clinic, visit, browser):
    slot = scheduling.Slot(clinic.consultation, at("2026-03-06", "14:00"), clinic.house)
    scheduling.move(visit, slot, by=SYSTEM, now=NOW)
    answer = press(browser, visit)
    visit.refresh_from_db()

    assert visit.start == at("2026-03-06", "14:00")
    assert said(answer) == ["Your appointment has changed since you opened that page. Please look at it again."]


def late(clinic, visit):
    return visit.start - dt.timedelta(hours=23), visit


def canceled(clinic, visit):
    return NOW, scheduling.cancel(visit, by=SYSTEM, now=NOW, reason="other")


def begun(clinic, visit):
    return visit.start, visit


@pytest.mark.parametrize("state", [late, canceled, begun])
def test_what_cannot_be_moved_shows_no_times_and_takes_none(clinic, visit, state):
    now, visit = state(clinic, visit)
    with time_machine.travel(now, tick=False):
        browser = open_link(visit, now=now)
        before = everything()
        looked, pressed = look(browser), press(browser, visit, "2026-03-10T16:00:00Z//harbor-street")

    assert (looked.status_code, looked["Location"], pressed.redirect_chain) == (
        302,
        "/appointments/",
        [("/appointments/", 302)],
    )
    assert everything() == before


def test_between_the_page_and_the_press_the_cut_off_may_pass(visit):
    last = visit.start - dt.timedelta(hours=24)
    with time_machine.travel(last, tick=False):
        browser = open_link(visit, now=last)
        assert look(browser).status_code == 200
    with time_machine.travel(last + dt.timedelta(seconds=1), tick=False):
        answer = press(browser, visit, "2026-03-10T16:00:00Z//harbor-street")

    assert "Your visit is soon, so please call us: (212) 555-0100." in text_of(answer)
    assert (verbs_of(visit), Occupancy.objects.count()) == (["book"], 2)


# --- What it costs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("visits", [1, 3])
def test_the_page_asks_the_same_few_questions_however_full_the_diary_is(
    clinic, visit, browser, visits, django_assert_num_queries
):
    for hour in range(11, 11 + visits):
        book(clinic, factories.PatientFactory(), time=f"{hour}:00")
    look(browser)
    with django_assert_num_queries(7):
        look(browser, "?clinician=any&place=any")
