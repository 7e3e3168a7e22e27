"""A patient books the next visit their clinician wants: what the page says, what a press does, and what is kept when it fails."""

import re

import pytest
import time_machine

from bookings import scheduling
from bookings.models import ManageLink, NextStep, WorkDone
from tests import cast, factories
from tests.bookings.own_pages import open_link, open_verified, words
from tests.bookings.scheduling.asking import everything, messages_of, verbs_of
from tests.cast import at
from tests.desk import book, wished

pytestmark = pytest.mark.django_db

START = at("2026-03-02", "10:00")
NOW = at("2026-03-03", "09:00")
PATH = "/appointments/next/"
TEN = "2026-04-13T14:00:00Z//harbor-street"
ELEVEN = "2026-04-13T15:00:00Z//harbor-street"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def seen(clinic):
    """Ada, seen yesterday by Dr. Ortiz, who wants to see her again in six weeks: around Monday, April 13."""
    return wished(clinic, START)


@pytest.fixture
def browser(seen):
    return open_link(seen, now=NOW)


def text_of(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", words(answer)).split())


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def token_on(answer):
    return re.search(r'name="token" value="([^"]+)"', words(answer))[1]


def press(browser, slot=TEN, **more):
    """Check a time and book it."""
    form = {"slot": slot, "token": token_on(browser.get(PATH, {"slot": slot} | more))}
    return browser.post(PATH, form | more, follow=True)


def days_on(answer):
    return [str(day["date"]) for day in answer.context["days"]]


def next_visits(clinic):
    return list(clinic.ada.appointments.filter(start__gt=NOW).order_by("pk"))


# --- The page of the visit that is done -----------------------------------------------------------------------------

WANTED = "Your clinician would like to see you again around Monday, April 13, 2026."


def test_the_page_of_a_visit_says_that_the_clinician_wants_another_and_leads_to_its_times(browser):
    page = browser.get("/appointments/")
    assert (WANTED in text_of(page), f'href="{PATH}">Choose a time</a>' in words(page)) == (True, True)


def test_as_soon_as_can_be_names_no_date(clinic):
    page = open_link(wished(clinic, START, weeks=0), now=NOW).get("/appointments/")
    assert "Your clinician would like to see you again soon." in text_of(page)


def test_before_the_date_of_birth_nothing_tells_what_for_or_with_whom(browser):
    pages = [browser.get("/appointments/"), browser.get(PATH), browser.get(PATH, {"slot": TEN})]
    private = ["Ada", "Vale", "onsultation", "Ortiz", "ortiz", "Sato"]
    assert [(number, secret) for number, page in enumerate(pages) for secret in private if secret in words(page)] == []


def test_whoever_gave_the_date_of_birth_reads_what_for_and_with_whom(seen):
    browser = open_verified(seen, now=NOW)
    assert "Consultation, Amara Ortiz, MD" in text_of(browser.get(PATH))
    assert "What for Consultation With Amara Ortiz, MD" in text_of(browser.get(PATH, {"slot": TEN}))


def nothing_shown(browser):
    page = browser.get("/appointments/")
    return ("would like to see you" not in words(page), browser.get(PATH).status_code, browser.post(PATH).status_code)


def test_a_discharge_shows_nothing(clinic):
    assert nothing_shown(open_link(wished(clinic, START, kind="discharge"), now=NOW)) == (True, 302, 302)


def test_a_wish_that_was_taken_back_shows_nothing(browser):
    NextStep.objects.update(withdrawn_at=NOW)
    assert nothing_shown(browser) == (True, 302, 302)


def test_a_wish_that_the_desk_has_ticked_off_shows_nothing(browser):
    WorkDone.objects.create(
        worklist="next", row=NextStep.objects.get().pk, done_at=NOW, done_by=factories.UserFactory()
    )
    assert nothing_shown(browser) == (True, 302, 302)


def test_once_the_desk_has_booked_it_the_page_says_when_it_is(clinic, browser):
    book(clinic, at("2026-04-13", "10:00"))
    page = text_of(browser.get("/appointments/"))
    assert "Your next visit is booked Monday, April 13, 2026, 10 am, Harbor Street" in page
    assert nothing_shown(browser) == (True, 302, 302)


def test_once_it_is_over_the_page_says_nothing_of_it(clinic, browser, seen):
    book(clinic, at("2026-03-05", "10:00"))
    with time_machine.travel(at("2026-03-05", "11:00"), tick=False):
        page = words(browser.get("/appointments/"))
    assert ("next visit" in page, "see you again" in page) == (False, False)


def test_what_is_not_booked_online_is_left_to_the_phone(clinic):
    clinic.injection.policy = "consultation"
    clinic.injection.save()
    browser = open_link(wished(clinic, START, kind="treatment", treatment=clinic.injection), now=NOW)
    assert "Please call us at (212) 555-0100: we find a time together." in text_of(browser.get("/appointments/"))
    assert browser.get(PATH).status_code == 302


def test_beyond_the_horizon_the_page_says_from_when_on_it_can_be_booked(clinic):
    """26 weeks on is August 31; a week before that is August 24, and 90 days before that is May 26."""
    seen = wished(clinic, START, weeks=26)
    assert "You can do so from Tuesday, May 26, 2026 on." in text_of(open_link(seen, now=NOW).get("/appointments/"))
    answers = []
    for date in ("2026-05-25", "2026-05-26"):
        with time_machine.travel(at(date, "09:00"), tick=False):
            answers.append(open_link(seen, now=at(date, "09:00")).get(PATH).status_code)
    assert answers == [302, 200]


# --- The times ------------------------------------------------------------------------------------------------------


def test_the_days_begin_a_week_before_the_date_that_is_wanted(browser):
    assert days_on(browser.get(PATH))[:3] == ["2026-04-06", "2026-04-07", "2026-04-08"]


def test_whoever_wants_an_earlier_one_sees_the_first_dates_by_one_press(browser):
    first = browser.get(PATH)
    assert days_on(browser.get(f"{PATH}?{first.context['first_dates']}"))[0] == "2026-03-03"


def test_the_same_clinician_comes_first_and_anybody_by_choice(clinic, browser):
    book(clinic, at("2026-04-13", "10:00"), patient=clinic.ben)
    times = [
        [option["clock"] for part in answer.context["day"]["parts"] for option in part["options"]]
        for answer in (browser.get(PATH, {"day": "2026-04-13", "from": "2026-04-13", **who}) for who in ({}, {"clinician": "any"}))
    ]  # fmt: skip
    assert [("10 am" in each) for each in times] == [False, True]


def test_what_their_clinician_does_not_offer_is_with_whoever_does(clinic):
    browser = open_link(wished(clinic, START, kind="therapy", treatment=clinic.therapy), now=NOW)
    page = browser.get(PATH)
    assert ("id_clinician" in words(page), days_on(page)[0]) == (False, "2026-04-06")
    press(browser)
    assert next_visits(clinic)[0].clinician == clinic.lindqvist


def test_a_get_makes_nothing(browser, seen):
    before = everything(), ManageLink.objects.count()
    for query in (
        "",
        "?slot=" + TEN,
        "?slot=x",
        "?slot=",
        "?from=x&day=y&clinician=z",
        "?slot=2020-01-01T10:00:00Z//x",
    ):
        assert browser.get(PATH + query).status_code == 200
        assert browser.head(PATH + query).status_code == 200
    assert (everything(), ManageLink.objects.count()) == before


# --- Booking --------------------------------------------------------------------------------------------------------


def test_two_presses_book_it_and_land_on_the_page_of_the_new_visit(clinic, browser, seen):
    page = press(browser)

    (visit,) = next_visits(clinic)
    assert (visit.start, visit.clinician, visit.treatment, visit.status, visit.source) == (
        at("2026-04-13", "10:00"), clinic.ortiz, clinic.consultation, "booked", "web",
    )  # fmt: skip
    assert (page.redirect_chain, said(page)) == ([("/appointments/", 302)], ["Your next visit is booked."])
    assert page.context["appointment"] == visit
    assert (verbs_of(visit), visit.events.get().actor) == (["book"], "patient")
    assert messages_of(visit)[0] == "confirmation due"
    assert NextStep.objects.open().count() == 0


def test_the_link_to_the_visit_before_says_when_the_next_one_is(browser, seen):
    press(browser)
    page = open_link(seen, now=NOW).get("/appointments/")
    assert "Your next visit is booked Monday, April 13, 2026, 10 am" in text_of(page)


def test_a_date_of_birth_given_before_counts_on_the_page_of_the_new_visit_and_none_is_none(clinic, seen):
    shown = ["Amara Ortiz" in words(press(open_verified(seen, now=NOW)))]
    scheduling.cancel(next_visits(clinic)[0], by=scheduling.By.system(), now=NOW, reason="other")
    shown.append("Amara Ortiz" in words(press(open_link(seen, now=NOW))))
    assert shown == [True, False]


def test_the_link_of_the_new_page_proves_no_more_about_the_person_than_the_old_one(browser, seen):
    press(browser)
    old, new = ManageLink.objects.order_by("pk")
    assert (new.created_at, new.expires_at) == (old.created_at, at("2026-05-13", "10:30"))


def test_a_treatment_that_is_requested_is_requested(clinic, browser):
    clinic.consultation.policy = "request"
    clinic.consultation.save()
    assert "Ask for this time" in words(browser.get(PATH, {"slot": TEN}))
    page = press(browser)
    assert (said(page), next_visits(clinic)[0].status) == (["We have your request."], "requested")
    assert NextStep.objects.waiting().count() == 0


def test_pressed_twice_it_is_booked_once_and_both_land_on_it(clinic, browser):
    form = {"slot": TEN, "token": token_on(browser.get(PATH, {"slot": TEN}))}
    pages = [browser.post(PATH, form, follow=True) for _press in range(2)]
    (visit,) = next_visits(clinic)
    assert [page.context["appointment"] for page in pages] == [visit, visit]


def test_the_same_page_in_another_tab_is_booked_once(clinic, browser, seen):
    """Two browsers, each on a page of its own: the second is told."""
    other = open_link(seen, now=NOW)
    token = token_on(other.get(PATH, {"slot": ELEVEN}))
    press(browser)
    page = other.post(PATH, {"slot": ELEVEN, "token": token}, follow=True)
    assert "Your next visit is booked Monday, April 13, 2026, 10 am" in text_of(page)
    assert len(next_visits(clinic)) == 1


def test_a_token_made_by_hand_leads_to_nobody_elses_visit(clinic, browser):
    slot = scheduling.Slot(clinic.consultation, at("2026-04-14", "10:00"), clinic.house)
    scheduling.book(
        slot, patient=clinic.ben, by=scheduling.By.patient(), now=NOW, source="web", form_token="theirs", form_digest=""
    )
    browser.post(PATH, {"slot": TEN, "token": "theirs"})
    assert [visit.patient for visit in next_visits(clinic)] == [clinic.ada]


def test_a_time_that_is_taken_shows_the_nearest_and_nothing_is_lost(clinic, browser):
    form = {"slot": TEN, "token": token_on(browser.get(PATH, {"slot": TEN}))}
    book(clinic, at("2026-04-13", "10:00"), patient=clinic.ben)
    page = browser.post(PATH, form)
    assert "Somebody has just taken Monday, April 13, 2026, 10 am." in text_of(page)
    assert [option["clock"] for option in page.context["nearest"]] == ["9:15 am", "9:30 am", "10:30 am"]
    press(browser, ELEVEN)
    assert [visit.start for visit in next_visits(clinic)] == [at("2026-04-13", "11:00")]


def test_anybody_takes_the_other_clinician_where_the_first_is_taken(clinic, browser):
    book(clinic, at("2026-04-13", "10:00"), patient=clinic.ben)
    press(browser, clinician="any")
    assert [visit.clinician for visit in next_visits(clinic)] == [clinic.sato]


@pytest.mark.parametrize(
    "slot", ["", "x", "2026-04-13T14:07:00Z//harbor-street", "2026-03-02T14:00:00Z//harbor-street"]
)
def test_what_is_not_offered_books_nothing(clinic, browser, slot):
    page = browser.post(PATH, {"slot": slot, "token": "a-token"})
    assert (page.status_code, next_visits(clinic)) == (200, [])
    assert "Error: " in re.search(r"<title>(.*?)</title>", words(page), re.DOTALL)[1]


def test_where_they_have_another_appointment_they_choose_again(clinic, browser):
    book(clinic, at("2026-04-13", "10:00"), clinician=clinic.lindqvist, treatment=clinic.therapy)
    page = browser.post(PATH, {"slot": TEN, "token": "a-token"})
    assert "You have another appointment at that time." in words(page)


def test_a_page_pressed_over_and_over_asks_to_call(clinic, browser):
    book(clinic, at("2026-04-13", "10:00"), patient=clinic.ben)
    answers = [browser.post(PATH, {"slot": TEN, "token": f"{press}"}).status_code for press in range(21)]
    assert answers == [200] * 20 + [429]


def test_no_link_no_page(client):
    assert [client.get(PATH).status_code, client.post(PATH, {"slot": TEN, "token": "x"}).status_code] == [404, 404]


def test_csrf_is_asked_for(seen):
    browser = open_link(seen, now=NOW, enforce_csrf_checks=True)
    assert browser.post(PATH, {"slot": TEN, "token": "x"}).status_code == 403


# --- What it costs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("others", [1, 3])
def test_the_pages_cost_the_same_for_one_visit_and_three(clinic, browser, others, django_assert_num_queries):
    for number in range(others):
        book(clinic, at("2026-04-13", f"1{number + 1}:00"), patient=factories.PatientFactory())
    for address, cost in [("/appointments/", 6), (PATH, 10), (f"{PATH}?slot={TEN}", 7)]:
        browser.get(address)
        with django_assert_num_queries(cost, info=address):
            browser.get(address)
