"""Send my link again: everybody reads the same, and only those we know are written to."""

import datetime as dt
import re
from urllib.parse import unquote

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bookings import scheduling
from bookings.models import Message, Patient, RateCount
from bookings.views.link_again import PER_ADDRESS_HOUR, PER_CONTACT_HOUR
from tests import cast, factories
from tests.bookings.own_pages import words
from tests.bookings.visits import book

pytestmark = pytest.mark.django_db
PAGE, SENT = "/appointments/link/", "/appointments/link/sent/"
LATER = cast.NOW + dt.timedelta(hours=1)
ANSWER = "If we have an appointment under that, we have just sent the link."


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def clinic(db):
    return cast.open_clinic()


@pytest.fixture
def visit(clinic):
    return book(clinic)


def ask(contact, browser=None, **fields):
    browser = browser or Client()
    stamp = browser.get(PAGE).context["form"]["asked"].value()
    return browser.post(PAGE, {"contact": contact, "asked": stamp} | fields)


def links_sent():
    """Return the visits (pk) whose link is on its way, by channel."""
    return sorted(Message.objects.filter(kind="link").values_list("appointment", "channel"))


# --- One answer -----------------------------------------------------------------------------------------------------


def everything(answer):
    """The whole answer, without what is new for every visitor."""
    headers = {name: value for name, value in answer.headers.items() if name not in ("X-Request-ID", "Set-Cookie")}
    return answer.status_code, headers, re.sub(r'csrfmiddlewaretoken" value="\w+"', "", words(answer))


@pytest.mark.parametrize(
    "unknown",
    ["nobody@example.com", "(212) 555-0177", "ben@example.com"],
    ids=["email", "phone", "known without a visit"],
)
def test_known_and_unknown_read_the_same_to_the_byte(visit, unknown):
    known, other = ask("ada@example.com"), ask(unknown)
    assert everything(known) == everything(other)
    assert known["Location"] == SENT
    assert links_sent() == [(visit.pk, "email")]


def test_the_page_that_follows_is_one_page(client, visit):
    page = client.get(SENT)
    assert (page.status_code, ANSWER in words(page)) == (200, True)


def statements_of(contact):
    with CaptureQueriesContext(connection) as asked:
        ask(contact)
    return len(asked)


def test_the_work_for_somebody_known_is_a_few_statements_more(visit):
    unknown, known = statements_of("nobody@example.com"), statements_of("ada@example.com")
    assert known - unknown <= 10


def test_no_address_says_who_asked(visit):
    assert "ada@" not in unquote(ask("ada@example.com")["Location"])


# --- Who is written to ----------------------------------------------------------------------------------------------


def test_every_visit_ahead_of_that_contact_is_sent_its_link(clinic, visit):
    second = book(clinic, time="11:00")
    spouse = book(clinic, factories.PatientFactory(email="ADA@example.com"), time="13:00")
    book(clinic, clinic.ben, time="14:00")
    ask("Ada@Example.com")
    assert links_sent() == [(visit.pk, "email"), (second.pk, "email"), (spouse.pk, "email")]


def test_a_phone_number_finds_them_as_well_however_it_is_written(clinic, visit):
    Patient.objects.filter(pk=clinic.ada.pk).update(phone="+12125550123")
    ask("212.555.0123")
    assert links_sent() == [(visit.pk, "email")]


def test_over_and_canceled_visits_are_not_sent(clinic, visit):
    scheduling.cancel(visit, by=scheduling.By.system(), now=LATER, reason="other")
    over = book(clinic, date="2026-03-03")
    with time_machine.travel(over.end, tick=False):
        ask("ada@example.com")
    assert links_sent() == []


def test_a_link_that_still_waits_is_not_written_twice(visit):
    for _press in range(2):
        ask("ada@example.com")
    assert links_sent() == [(visit.pk, "email")]


def test_a_request_has_its_link_too(clinic):
    clinic.consultation.policy = "request"
    clinic.consultation.save()
    visit = book(clinic)
    ask("ada@example.com")
    assert links_sent() == [(visit.pk, "email")]


# --- Limits ---------------------------------------------------------------------------------------------------------


def test_one_mailbox_gets_so_many_an_hour_and_nobody_is_told(visit):
    answers = []
    for _press in range(PER_CONTACT_HOUR + 2):
        answers.append(ask("ada@example.com", Client(REMOTE_ADDR=f"198.51.100.{len(answers)}")).status_code)
        Message.objects.filter(kind="link").update(state="sent")
    assert (answers, len(links_sent())) == ([302] * (PER_CONTACT_HOUR + 2), PER_CONTACT_HOUR)


def test_the_count_of_a_mailbox_does_not_say_whose_it_is(visit):
    ask("ada@example.com")
    kept = list(RateCount.objects.filter(scope="link-contact").values_list("key_hash", flat=True))
    assert (len(kept), len(kept[0]), set(kept[0]) <= set("0123456789abcdef")) == (1, 64, True)


def test_one_address_may_ask_so_often_and_then_reads_the_phone_number(visit):
    browser = Client(REMOTE_ADDR="198.51.100.7")
    answers = [ask(f"nobody{n}@example.com", browser).status_code for n in range(PER_ADDRESS_HOUR)]
    last = ask("ada@example.com", browser)
    assert (set(answers), last.status_code, links_sent()) == ({302}, 429, [])
    assert "(212) 555-0100" in words(last)


def test_a_program_that_fills_in_every_field_sends_nothing(visit):
    answer = ask("ada@example.com", website="https://example.com")
    assert (answer.status_code, links_sent()) == (200, [])


def test_another_site_cannot_ask_for_somebody(visit):
    browser = Client(enforce_csrf_checks=True)
    assert (browser.post(PAGE, {"contact": "ada@example.com"}).status_code, links_sent()) == (403, [])


# --- What was typed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", "Enter the email address or phone number you gave us."),
        ("ada", "Enter an email address, or a phone number with its area code."),
        ("ada@", "Enter an email address like name@example.com."),
        ("12", "Enter an email address, or a phone number with its area code."),
        ("555-0123", "Enter an email address, or a phone number with its area code."),
        ("x" * 300 + "@example.com", "Ensure this value has at most 254 characters"),
        ("ada@example.com\x00", "Null characters are not allowed."),
    ],
)
def test_what_is_neither_is_said(visit, typed, error):
    answer = ask(typed)
    page = words(answer)
    assert (answer.status_code, error in page, "<title>Error:" in page) == (200, True, True)
    assert links_sent() == []


def test_looking_at_both_pages_sends_nothing(client, visit):
    for path in (PAGE, SENT) * 50:
        client.get(path, {"contact": "ada@example.com"})
    assert links_sent() == []
