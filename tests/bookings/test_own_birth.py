"""The date of birth, asked before more is shown than when and where: what it opens, for whom, and how often one may try."""

import datetime as dt

import pytest
import time_machine
from django.test import Client

from bookings import links, scheduling
from bookings.views.own_birth import TRIES_PER_ADDRESS_HOUR, TRIES_PER_VISIT_DAY
from bookings.views.own_visit import VERIFIED_FOR
from tests import cast, factories
from tests.bookings.own_pages import open_link, words
from tests.bookings.scheduling.asking import everything
from tests.bookings.visits import book
from tests.cast import NOW

pytestmark = pytest.mark.django_db

RIGHT = {"date_of_birth_0": "5", "date_of_birth_1": "17", "date_of_birth_2": "1980"}
WRONG = RIGHT | {"date_of_birth_2": "1981"}
PATH = "/appointments/date-of-birth/"
SECRETS = ["Ada", "Consultation", "Amara Ortiz", "Park behind the house.", "Eat a little before."]


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def clinic():
    clinic = cast.open_clinic()
    clinic.house.directions = "Park behind the house."
    clinic.house.save()
    clinic.consultation.preparation = "Eat a little before."
    clinic.consultation.save()
    return clinic


@pytest.fixture
def visit(clinic):
    return book(clinic)


@pytest.fixture
def browser(visit):
    return open_link(visit)


def give(browser, answer=RIGHT, **options):
    return browser.post(PATH, answer, follow=True, **options)


def secrets_on(browser):
    page = words(browser.get("/appointments/"))
    return [secret for secret in SECRETS if secret in page]


# --- What it opens --------------------------------------------------------------------------------------------------


def test_without_it_the_page_says_when_and_where_and_nothing_else(browser, visit):
    assert secrets_on(browser) == []
    assert visit.reference not in words(browser.get("/appointments/"))


def test_with_it_the_page_says_what_for_with_whom_how_to_prepare_and_how_to_get_there(browser, visit):
    answer = give(browser)

    assert answer.redirect_chain == [("/appointments/#visit", 302)]
    assert (secrets_on(browser), visit.reference in words(answer)) == (SECRETS, True)


def test_the_title_stays_neutral(browser):
    page = words(give(browser))

    assert page[page.index("<title>") + 7 : page.index("</title>")] == "Your appointment – Riverbend Pain Clinic"


def test_it_is_asked_in_three_fields(browser):
    page = words(browser.get(PATH))

    assert [f'name="{name}"' in page for name in RIGHT] == [True] * 3
    assert [f'autocomplete="bday-{part}"' in page for part in ("day", "month", "year")] == [True] * 3


def test_opening_the_address_again_asks_nothing_more(browser):
    give(browser)

    assert browser.get(PATH)["Location"] == "/appointments/"


def test_the_session_has_a_new_key_afterwards(browser):
    before = browser.cookies["session"].value
    give(browser)

    assert browser.cookies["session"].value != before


def test_who_wanted_another_page_is_led_there(browser):
    wanted = browser.get("/appointments/details/", follow=True)
    answer = give(browser)

    assert wanted.redirect_chain == [(PATH, 302)]
    assert answer.redirect_chain == [("/appointments/details/", 302)]


def test_it_writes_nothing_into_the_diary(browser):
    before = everything()
    give(browser, WRONG)
    give(browser)

    assert everything() == before


# --- For whom, and for how long -------------------------------------------------------------------------------------


def test_another_link_does_not_inherit_it(clinic, browser):
    give(browser)
    other = book(clinic, clinic.ben, time="11:00")
    browser.get(f"/appointments/{links.mint(other, now=NOW)}/")

    assert secrets_on(browser) == []


def test_another_link_to_the_same_visit_does_not_inherit_it_either(browser, visit):
    give(browser)
    browser.get(f"/appointments/{links.mint(visit, now=NOW)}/")

    assert secrets_on(browser) == []


def test_another_browser_with_the_same_link_does_not_inherit_it(visit):
    token = links.mint(visit, now=NOW)
    one, other = Client(), Client()
    for browser in (one, other):
        browser.get(f"/appointments/{token}/")
    give(one)

    assert (secrets_on(one), secrets_on(other)) == (SECRETS, [])


def test_when_the_visit_is_another_persons_it_is_asked_again(clinic, browser):
    """Two entries that are merged may be two people after all."""
    clinic.desk = factories.UserFactory(is_superuser=True)
    give(browser)
    scheduling.merge(clinic.ada, into=clinic.ben, by=scheduling.By.staff(clinic.desk), now=NOW)

    assert secrets_on(browser) == []


def test_it_is_asked_again_after_two_hours(browser):
    give(browser)
    seen = []
    for later in (VERIFIED_FOR, VERIFIED_FOR + dt.timedelta(seconds=1)):
        with time_machine.travel(NOW + later, tick=False):
            seen.append(secrets_on(browser))

    assert seen == [SECRETS, []]


def test_closing_the_page_leaves_nothing_behind(browser):
    give(browser)
    answer = browser.post("/appointments/close/", follow=True)

    assert answer.redirect_chain == [("/", 302)]
    assert browser.get("/appointments/").status_code == 404
    assert [name for name in browser.session.keys() if name.startswith("manage")] == []  # noqa: SIM118  no mapping


# --- Wrong ----------------------------------------------------------------------------------------------------------


def test_a_wrong_date_opens_nothing_and_is_said_at_the_field(browser):
    page = words(give(browser, WRONG))

    assert "This is not the date of birth we have." in page
    assert ("<title>Error:" in page, 'href="#id_date_of_birth_0"' in page) == (True, True)
    assert secrets_on(browser) == []


@pytest.mark.parametrize("changed", [{"date_of_birth_0": ""}, {"date_of_birth_1": "32"}, {"date_of_birth_2": "80"}])
def test_what_is_no_date_is_no_try(browser, changed):
    for _try in range(TRIES_PER_VISIT_DAY + 1):
        assert give(browser, RIGHT | changed).status_code == 200

    assert (give(browser).status_code, secrets_on(browser)) == (200, SECRETS)


def test_after_too_many_wrong_tries_even_the_right_date_gets_the_phone_number(browser):
    answers = [give(browser, WRONG).status_code for _try in range(TRIES_PER_VISIT_DAY)]
    answer = give(browser)

    assert (answers, answer.status_code) == ([200] * TRIES_PER_VISIT_DAY, 429)
    assert "(212) 555-0100" in words(answer)
    assert (browser.get(PATH).status_code, secrets_on(browser)) == (429, [])


def test_a_new_link_or_browser_gives_no_new_tries(browser, visit):
    for _try in range(TRIES_PER_VISIT_DAY):
        give(browser, WRONG)

    assert give(open_link(visit)).status_code == 429


def test_the_next_day_one_may_try_again(visit, browser):
    for _try in range(TRIES_PER_VISIT_DAY):
        give(browser, WRONG)
    tomorrow = NOW + dt.timedelta(days=1)
    with time_machine.travel(tomorrow, tick=False):
        assert give(open_link(visit, now=tomorrow)).status_code == 200


def test_one_address_tries_so_often_at_all_visits_together(clinic):
    visits = [
        book(clinic, factories.PatientFactory(), time=f"{hour}:{half}", date=date)
        for date in ("2026-03-04",)
        for hour in (10, 11, 12, 13)
        for half in ("00",)
    ]
    answers = []
    for visit in visits:
        browser = open_link(visit)
        answers += [give(browser, WRONG).status_code for _try in range(TRIES_PER_VISIT_DAY)]

    assert answers == [200] * TRIES_PER_ADDRESS_HOUR + [429] * (len(answers) - TRIES_PER_ADDRESS_HOUR)


def test_somebody_elsewhere_is_not_kept_out_by_them(clinic, visit):
    for time in ("11:00", "12:00", "13:00", "14:00"):
        stranger = open_link(book(clinic, factories.PatientFactory(), time=time))
        for _try in range(TRIES_PER_VISIT_DAY):
            give(stranger, WRONG)

    assert give(open_link(visit), REMOTE_ADDR="192.0.2.7").status_code == 200


def test_who_has_told_us_no_date_of_birth_phones(clinic):
    visit = book(clinic, factories.PatientFactory(date_of_birth=None))
    browser = open_link(visit)
    asked = [browser.get(PATH), give(browser)]

    assert [("(212) 555-0100" in words(answer), "date_of_birth_0" in words(answer)) for answer in asked] == [
        (True, False)
    ] * 2
    assert PATH not in words(browser.get("/appointments/"))


def test_another_site_cannot_post_it(visit):
    assert open_link(visit, enforce_csrf_checks=True).post(PATH, RIGHT).status_code == 403
