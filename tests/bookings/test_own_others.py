"""The other visits of one person, behind the date of birth: whose they are, and whose they are not."""

import datetime as dt

import pytest
import time_machine

from bookings import contacts, links, scheduling
from bookings.models import Patient
from tests import cast, factories
from tests.bookings.own_pages import open_link, open_verified, words
from tests.bookings.visits import book
from tests.cast import NOW, at

pytestmark = pytest.mark.django_db

PATIENT, SYSTEM = scheduling.By.patient(), scheduling.By.system()


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def visit(clinic):
    return book(clinic)


@pytest.fixture
def second(clinic):
    return book(clinic, date="2026-03-11", time="14:00")


def also_ada(**other):
    """Another entry of Ada's, as a second booking on the web makes it."""
    return factories.PatientFactory(**{"first_name": "ada", "last_name": "VALE", "email": "Ada@Example.com"} | other)


def others_on(visit, **options):
    answer = open_verified(visit, **options).get("/appointments/")
    return list(answer.context.get("others", []))


def choose(browser, visit):
    return browser.post("/appointments/others/", {"reference": visit.reference}, follow=True)


# --- Whose they are -------------------------------------------------------------------------------------------------


def test_before_the_date_of_birth_there_is_no_list(visit, second):
    answer = open_link(visit).get("/appointments/")

    assert ("others" in answer.context, "Your other visits" in words(answer)) == (False, False)


def test_the_same_entrys_visits_ahead_are_shown_the_next_one_first(clinic, visit, second):
    third = book(clinic, date="2026-03-09", time="09:00")

    assert others_on(visit) == [third, second]


def test_each_is_shown_with_its_day_time_treatment_and_place_and_no_number(visit, second):
    page = words(open_verified(visit).get("/appointments/"))
    shown = page[page.index("Your other visits") :]

    assert [fact in shown for fact in ("Wednesday, March 11, 2026, 2 pm", "Consultation", "Harbor Street")] == [
        True
    ] * 3
    assert f"/{second.pk}" not in page


def test_a_second_entry_of_the_same_person_counts(clinic, visit):
    other = book(clinic, also_ada(), date="2026-03-11")

    assert (others_on(visit), others_on(other)) == ([other], [visit])


@pytest.mark.parametrize(
    "difference",
    [
        {"email": "ben@example.com"},
        {"email": ""},
        {"date_of_birth": dt.date(1980, 5, 18)},
        {"date_of_birth": None},
        {"first_name": "Adam"},
        {"last_name": "Vales"},
        {"last_name": ""},
    ],
)
def test_whoever_differs_in_one_thing_is_somebody_else(clinic, visit, difference):
    other = book(clinic, also_ada(**difference), date="2026-03-11")

    assert (others_on(visit), others_on(other) if other.patient.date_of_birth else []) == ([], [])


def test_accents_have_capitals_too(clinic):
    """SQLite knows the capitals of English alone."""
    one = book(clinic, factories.PatientFactory(first_name="Núria", last_name="Ibáñez", email="n@example.com"))
    two = book(
        clinic,
        factories.PatientFactory(first_name="NÚRIA", last_name="IBÁÑEZ", email="N@example.com"),
        date="2026-03-11",
    )

    assert others_on(one) == [two]


def test_without_an_email_only_the_entry_itself_counts(clinic):
    one, other = (book(clinic, also_ada(email=""), date=date) for date in ("2026-03-04", "2026-03-11"))
    third = book(clinic, one.patient, date="2026-03-18")

    assert (others_on(one), others_on(other)) == ([third], [])


def test_an_entry_that_was_merged_away_does_not_count(clinic, visit):
    """Its visits went to the entry it was merged into: somebody of the staff has said who that is."""
    entry = also_ada()
    other = book(clinic, entry, date="2026-03-11")
    desk = scheduling.By.staff(factories.UserFactory(is_superuser=True))
    scheduling.merge(entry, into=clinic.ben, by=desk, now=NOW)

    assert others_on(visit) == []
    other.refresh_from_db()
    assert (other.patient, Patient.objects.get(pk=entry.pk).merged_into) == (clinic.ben, clinic.ben)


@pytest.mark.parametrize("ended", ["cancelled", "begun", "arrived"])
def test_only_what_is_still_to_come_is_shown(clinic, visit, second, ended):
    now = NOW
    if ended == "cancelled":
        scheduling.cancel(second, by=SYSTEM, now=NOW, reason="other")
    else:
        now = second.start
    if ended == "arrived":
        now = second.start - dt.timedelta(minutes=5)
        scheduling.check_in(second, by=SYSTEM, now=now)
    with time_machine.travel(now, tick=False):
        assert others_on(visit, now=now) == []


def test_a_request_is_a_visit_ahead(clinic, visit):
    slot = scheduling.Slot(clinic.consultation, at("2026-03-11", "10:00"), clinic.house)
    asked = scheduling.request(slot, patient=clinic.ada, by=PATIENT, now=NOW, source="web")

    assert others_on(visit) == [asked]


# --- An address that proves nothing ---------------------------------------------------------------------------------


def test_an_email_written_down_after_the_link_was_made_shows_nobody_elses_visits(clinic, visit):
    """A stranger books in Ada's name and with her birth date, opens their own link, and then writes her email down."""
    stranger = also_ada(email="stranger@example.com")
    theirs = book(clinic, stranger, date="2026-03-11")
    link = links.find(links.mint(theirs, now=NOW), now=NOW)
    later = NOW + dt.timedelta(minutes=5)
    with time_machine.travel(later, tick=False):
        contacts.change(stranger, email="ada@example.com", keep=link.pk, now=later)
        browser = open_verified_by(link, theirs, now=later)
        answer = browser.get("/appointments/")

    assert (answer.status_code, list(answer.context["others"])) == (200, [])


def open_verified_by(link, visit, *, now):
    browser = open_verified(visit, now=now)
    session = browser.session
    session["manage_link"] = link.pk
    session["manage_verified"] |= {"link": link.pk}
    session.save()
    return browser


def test_a_link_that_went_to_the_new_email_shows_them(clinic, visit):
    entry = also_ada(email="old@example.com")
    other = book(clinic, entry, date="2026-03-11")
    later = NOW + dt.timedelta(minutes=5)
    with time_machine.travel(later, tick=False):
        contacts.change(entry, email="ada@example.com", now=later)
    with time_machine.travel(later + dt.timedelta(minutes=1), tick=False):
        assert others_on(other, now=later + dt.timedelta(minutes=1)) == [visit]


# --- Going there ----------------------------------------------------------------------------------------------------


def test_a_press_goes_to_the_other_visit_and_back(visit, second):
    browser = open_verified(visit)
    there = choose(browser, second)
    back = choose(browser, visit)

    assert [answer.redirect_chain for answer in (there, back)] == [[("/appointments/", 302)]] * 2
    assert (there.context["appointment"], list(there.context["others"])) == (second, [visit])
    assert (back.context["appointment"], back.context["verified"]) == (visit, True)


def test_what_is_pressed_there_is_done_there(visit, second):
    browser = open_verified(visit)
    choose(browser, second)
    browser.post("/appointments/cancel/", {"version": second.version, "reason": "time"})
    visit.refresh_from_db()
    second.refresh_from_db()

    assert (visit.status, second.status) == ("booked", "cancelled")
    assert browser.get("/appointments/").context["appointment"] == second


def test_there_is_a_way_back_to_the_links_own_visit_whatever_became_of_it(visit, second):
    browser = open_verified(visit)
    choose(browser, second)
    scheduling.cancel(visit, by=SYSTEM, now=NOW, reason="other")

    assert list(browser.get("/appointments/").context["others"]) == [visit]
    assert choose(browser, visit).context["state"] == "cancelled"


def test_somebody_elses_reference_goes_nowhere(clinic, visit):
    foreign = book(clinic, clinic.ben, date="2026-03-11")
    browser = open_verified(visit)
    answers = [choose(browser, foreign), browser.post("/appointments/others/", {"reference": "\x00"}, follow=True)]

    assert [answer.context["appointment"] for answer in answers] == [visit, visit]
    assert [str(message) for message in answers[0].context["messages"]] == [
        "We cannot show that visit here. Please open the link in its message, or call us."
    ]


def test_without_the_date_of_birth_nobody_goes_anywhere(visit, second):
    answer = choose(open_link(visit), second)

    assert answer.redirect_chain == [("/appointments/date-of-birth/", 302)]


def test_when_the_other_visit_is_somebody_elses_by_now_the_links_own_is_shown(clinic, visit):
    entry = also_ada()
    other = book(clinic, entry, date="2026-03-11")
    browser = open_verified(visit)
    choose(browser, other)
    desk = scheduling.By.staff(factories.UserFactory(is_superuser=True))
    scheduling.merge(entry, into=clinic.ben, by=desk, now=NOW)

    assert browser.get("/appointments/").context["appointment"] == visit


def test_opening_the_link_again_leads_to_its_own_visit(visit, second):
    browser = open_verified(visit)
    choose(browser, second)
    browser.get(f"/appointments/{links.mint(visit, now=NOW)}/")

    assert browser.get("/appointments/").context["appointment"] == visit


# --- What it costs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_however_long_it_is(clinic, visit, count, django_assert_num_queries):
    for day in range(9, 9 + count):
        book(clinic, date=f"2026-03-{day:02}")
    browser = open_verified(visit)
    with django_assert_num_queries(7):
        answer = browser.get("/appointments/")
    assert len(answer.context["others"]) == count


def test_the_page_without_it_costs_less(visit, django_assert_num_queries):
    browser = open_link(visit)
    with django_assert_num_queries(4):
        browser.get("/appointments/")
