"""The patient's own details behind the date of birth: seen first, then changed, and nothing typed is lost."""

import datetime as dt

import pytest
import time_machine

from bookings import contacts, links
from bookings.models import ManageLink, Patient
from bookings.views.own_details import CHANGES_PER_HOUR
from tests import cast
from tests.bookings.own_pages import link_of, open_link, open_verified, words
from tests.bookings.visits import book

pytestmark = pytest.mark.django_db
PAGE, CHANGE = "/appointments/details/", "/appointments/details/change/"
LATER = cast.NOW + dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _now(settings):
    settings.CLINIC_SMS_URL = "console:"
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def clinic(db):
    return cast.open_clinic()


@pytest.fixture
def visit(clinic):
    return book(clinic)


@pytest.fixture
def opened(visit):
    return open_verified(visit, now=LATER)


def ada():
    return Patient.objects.get(first_name="Ada")


def typed(browser, **answers):
    """What the form holds when only `answers` are typed; None unticks a box."""
    shown = browser.get(CHANGE).context["form"].initial
    told = {name: value if value is not True else "on" for name, value in shown.items() if value not in (False, None)}
    return {name: value for name, value in (told | answers).items() if value is not None}


def save(browser, **answers):
    return browser.post(CHANGE, typed(browser, **answers), follow=True)


# --- Looking --------------------------------------------------------------------------------------------------------


def test_the_page_shows_what_we_hold(opened):
    save(opened, phone="212 555 0123", texts="on", reminders=None, access_needs="A ramp")
    page = words(opened.get(PAGE))
    facts = [
        *("ada@example.com", "(212) 555-0123", "You agreed to them on March 2, 2026.", "Email and text message"),
        *(
            "Off since March 2, 2026",
            "A ramp",
            "Ada Vale",
            "May 17, 1980",
            "Only we can change them, so please call us.",
        ),
    ]
    assert [fact for fact in facts if fact not in page] == []


def test_without_the_date_of_birth_neither_page_opens(visit):
    browser = open_link(visit, now=LATER)
    answers = [browser.get(PAGE), browser.get(CHANGE), browser.post(CHANGE, {"email": "eve@example.com"})]
    assert [(answer.status_code, "ada@example.com" in words(answer)) for answer in answers] == [(302, False)] * 3
    assert ada().email == "ada@example.com"


def test_name_and_date_of_birth_cannot_be_typed(opened):
    save(opened, first_name="Eve", date_of_birth="1990-01-01", alert="x", email="vale@example.com")
    known = ada()
    assert (str(known), known.date_of_birth, known.alert, known.email) == (
        *("Ada Vale", dt.date(1980, 5, 17), "", "vale@example.com"),
    )


# --- Changing -------------------------------------------------------------------------------------------------------


def test_everything_on_the_page_can_be_changed(opened):
    answer = save(
        opened, email="vale@example.com", phone="212 555 0123", texts="on", message_channel="sms", reminders=None,
        access_needs="A ramp",
    )  # fmt: skip
    saved = ada()
    assert answer.redirect_chain == [(PAGE, 302)]
    assert (saved.email, saved.phone.as_e164, saved.message_channel, saved.access_needs) == (
        *("vale@example.com", "+12125550123", "sms", "A ramp"),
    )
    assert (saved.sms_consent_at, saved.reminders_off_at) == (LATER, LATER)


def test_saving_without_a_change_writes_nothing(opened):
    rows = ada().history.count()
    save(opened)
    assert ada().history.count() == rows


def test_a_new_email_closes_other_links_and_keeps_this_session(opened, visit):
    other = link_of(visit)[1]
    page = words(save(opened, email="vale@example.com"))
    assert "The links in our earlier messages no longer work. We are sending you a new one." in page
    assert (links.find(other, now=LATER), opened.get(PAGE).status_code) == (None, 200)


def test_another_browser_with_an_old_link_is_out_at_once(opened, visit):
    other = open_verified(visit, now=LATER)
    save(opened, phone="212 555 0123")
    assert [other.get(PAGE).status_code, opened.get(PAGE).status_code] == [404, 200]


def test_whoever_leaves_only_a_phone_reads_that_we_will_phone(opened, visit):
    page = words(save(opened, email="", phone="212 555 0123"))
    visit.refresh_from_db()
    assert ("We will phone you instead." in page, visit.phone_to_confirm) == (True, True)


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"email": ""}, "Enter an email address or a phone number: one of them is enough."),
        ({"email": "ada@"}, "Enter an email address like name@example.com."),
        ({"phone": "12"}, "Enter a phone number with its area code, such as (212) 555-0123."),
        ({"texts": "on"}, "Enter the phone number for text messages."),
        ({"message_channel": "sms"}, "Tick this box if you want text messages, or choose email below."),
        ({"message_channel": "pigeon"}, "Select a valid choice."),
        ({"access_needs": "x\x07"}, "Please use letters, numbers and ordinary signs only."),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_saved(opened, answers, error):
    before = contacts.fingerprint(ada())
    answer = save(opened, **answers)
    page = words(answer)
    assert (answer.status_code, error in page, "<title>Error:" in page) == (200, True, True)
    assert contacts.fingerprint(ada()) == before


def test_languages_are_asked_only_where_there_are_two(opened, settings):
    assert "language" not in opened.get(CHANGE).context["form"].fields
    settings.LANGUAGES = [("en-us", "English"), ("es", "Spanish")]
    save(opened, language="es")
    assert ada().language == "es"


def test_without_a_gateway_nobody_is_asked_by_which_way(opened, settings):
    settings.CLINIC_SMS_URL = ""
    assert "message_channel" not in opened.get(CHANGE).context["form"].fields


# --- Two at once ----------------------------------------------------------------------------------------------------


def test_the_slower_of_two_tabs_looks_again_and_loses_nothing(opened):
    slower = typed(opened, access_needs="An interpreter")
    save(opened, phone="212 555 0123")
    answer = opened.post(CHANGE, slower)
    page = words(answer)
    assert "Your details have changed since you opened this page." in page
    assert ("What we have now" in page, "(212) 555-0123" in page, 'value="An interpreter"' in page) == (
        True,
        True,
        True,
    )
    assert (ada().access_needs, ada().phone.as_e164) == ("", "+12125550123")


def test_what_was_typed_is_saved_after_a_second_look(opened):
    slower = typed(opened, access_needs="An interpreter")
    save(opened, reminders=None)
    seen = opened.post(CHANGE, slower).context["form"]["seen"].value()
    opened.post(CHANGE, slower | {"seen": seen})
    assert ada().access_needs == "An interpreter"


@pytest.mark.parametrize("seen", ["", "x", "0" * 64, "\x00"])
def test_a_hidden_field_made_by_hand_saves_nothing(opened, seen):
    opened.post(CHANGE, typed(opened, access_needs="A ramp", seen=seen))
    assert ada().access_needs == ""


def test_nobody_has_us_write_to_one_stranger_after_the_other(opened):
    for number in range(CHANGES_PER_HOUR):
        save(opened, email=f"stranger{number}@example.com")
    answer = save(opened, email="one.more@example.com")
    assert "These details were changed many times just now. Please call us." in words(answer)
    assert ada().email == f"stranger{CHANGES_PER_HOUR - 1}@example.com"


# --- Safety ---------------------------------------------------------------------------------------------------------


def test_another_site_cannot_change_details(visit):
    browser = open_verified(visit, now=LATER, enforce_csrf_checks=True)
    assert browser.post(CHANGE, {"email": "eve@example.com"}).status_code == 403


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_a_hundred_times_changes_nothing(opened, method):
    before, tokens = contacts.fingerprint(ada()), ManageLink.objects.filter(revoked_at=None).count()
    for _look in range(50):
        assert [getattr(opened, method)(path).status_code for path in (PAGE, CHANGE)] == [200, 200]
    assert (contacts.fingerprint(ada()), ManageLink.objects.filter(revoked_at=None).count()) == (before, tokens)


def test_the_pages_are_kept_by_no_cache_and_name_nothing_in_their_title(opened):
    answer = opened.get(PAGE)
    assert answer["Cache-Control"] == "no-store, private"
    assert "<title>Your details – " in words(answer)


@pytest.mark.parametrize(("path", "statements"), [(PAGE, 3), (CHANGE, 3)])
def test_the_pages_take_few_statements(opened, path, statements, django_assert_num_queries):
    with django_assert_num_queries(statements):
        opened.get(path)
