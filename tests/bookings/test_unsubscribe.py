"""No more reminders by email: by a page with a button, by a mail program's one press, and never by looking."""

import datetime as dt

import pytest
import time_machine
from django.test import Client

from bookings import contacts, links
from bookings.models import ManageLink, Message, Patient
from tests import cast
from tests.bookings.own_pages import link_of, words
from tests.bookings.visits import book

pytestmark = pytest.mark.django_db
LATER = cast.NOW + dt.timedelta(hours=1)
PAGE = "/appointments/stop/"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
STOP = ManageLink.Purpose.UNSUBSCRIBE


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def clinic(db):
    return cast.open_clinic()


@pytest.fixture
def visit(clinic):
    return book(clinic, date="2026-03-11")


@pytest.fixture
def address(visit):
    return f"{PAGE}{link_of(visit, purpose=STOP)[1]}/"


def off_since():
    return Patient.objects.get(first_name="Ada").reminders_off_at


def test_the_address_of_a_message_leads_here(visit):
    token = link_of(visit, purpose=STOP)[1]
    assert links.unsubscribe_address(token) == f"http://127.0.0.1:8000/appointments/stop/{token}/"


# --- A person -------------------------------------------------------------------------------------------------------


def test_the_token_leaves_the_address_and_one_button_does_it(client, address):
    shown = client.get(address, follow=True)
    assert shown.redirect_chain == [(PAGE, 302)]
    assert ("Stop reminders by email" in words(shown), off_since()) == (True, None)
    page = words(client.post(PAGE, {"reminders": "off"}, follow=True))
    assert off_since() == LATER
    facts = ["Reminders by email are off", "when a visit is booked, moved or canceled", "Switch reminders on again"]
    assert [fact for fact in facts if fact not in page] == []


def test_reminders_can_be_switched_on_again(client, address):
    client.get(address)
    for wish in ("off", "on"):
        client.post(PAGE, {"reminders": wish})
    assert off_since() is None
    assert set(Message.objects.filter(kind="reminder").values_list("state", flat=True)) == {"due"}


def test_what_was_to_be_sent_is_withdrawn_at_once(client, address):
    client.post(address, ONE_CLICK)
    assert dict(Message.objects.values_list("kind", "state")) == {"confirmation": "due", "reminder": "void"}


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_scanner_that_looks_a_hundred_times_stops_nothing(client, address, method):
    for _scan in range(50):
        assert getattr(client, method)(address).status_code == 302
        assert getattr(client, method)(PAGE).status_code == 200
    assert (off_since(), Patient.history.count()) == (None, 2)


@pytest.mark.parametrize("wish", ["", "x", "ON", "\x00"])
def test_a_press_made_by_hand_changes_nothing(client, address, wish):
    client.get(address)
    assert (client.post(PAGE, {"reminders": wish}).status_code, off_since()) == (302, None)


def test_the_page_tells_a_finder_of_the_mail_nothing_about_the_person(client, address, visit):
    page = words(client.get(address, follow=True)).replace("Riverbend Pain Clinic", "")
    private = ["Ada", "Vale", "ada@example.com", "onsultation", visit.clinician.name, visit.reference]
    assert [secret for secret in private if secret in page] == []


# --- A mail program (RFC 8058) --------------------------------------------------------------------------------------


def test_one_click_needs_no_cookie_and_no_token_of_a_form(address):
    answer = Client(enforce_csrf_checks=True).post(address, ONE_CLICK)
    assert (answer.status_code, answer.content, off_since()) == (200, b"", LATER)


def test_one_click_as_a_form_of_several_parts_works_too(address):
    body = '--B\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--B--\r\n'
    answer = Client().generic("POST", address, body, "multipart/form-data; boundary=B")
    assert (answer.status_code, off_since()) == (200, LATER)


def test_one_click_twice_keeps_the_first_moment(address):
    Client().post(address, ONE_CLICK)
    with time_machine.travel(LATER + dt.timedelta(hours=1), tick=False):
        assert Client().post(address, ONE_CLICK).status_code == 200
    assert off_since() == LATER


@pytest.mark.parametrize("body", [{}, {"List-Unsubscribe": "x"}, {"reminders": "off"}])
def test_another_post_to_the_address_only_leads_to_the_page(address, body):
    answer = Client(enforce_csrf_checks=True).post(address, body)
    assert (answer.status_code, answer["Location"], off_since()) == (302, PAGE, None)


def test_the_button_of_the_page_is_safe_from_other_sites(address):
    browser = Client(enforce_csrf_checks=True)
    browser.get(address)
    assert (browser.post(PAGE, {"reminders": "off"}).status_code, off_since()) == (403, None)


# --- Links that open nothing ----------------------------------------------------------------------------------------


def test_a_link_of_one_purpose_opens_no_other(client, visit):
    manage, stop = link_of(visit)[1], link_of(visit, purpose=STOP)[1]
    answers = [client.get(f"/appointments/{stop}/"), client.get(f"{PAGE}{manage}/"), client.get("/appointments/")]
    answers += [client.post(f"{PAGE}{manage}/", ONE_CLICK), client.get(PAGE)]
    assert ([answer.status_code for answer in answers], off_since()) == ([404] * 5, None)


def test_a_session_on_the_stop_page_is_on_no_appointment(client, address):
    client.get(address)
    assert client.get("/appointments/").status_code == 404


def test_all_that_is_wrong_gets_one_answer(visit):
    dead, revoked = link_of(visit, purpose=STOP), link_of(visit, purpose=STOP)
    ManageLink.objects.filter(pk=dead[0].pk).update(expires_at=LATER)
    ManageLink.objects.filter(pk=revoked[0].pk).update(revoked_at=LATER)
    tokens = [dead[1], revoked[1], "x" * 43, "1", visit.reference]
    answers = [Client().get(f"{PAGE}{token}/") for token in tokens]
    assert ({answer.status_code for answer in answers}, len({words(answer) for answer in answers})) == ({404}, 1)
    presses = [Client().post(f"{PAGE}{token}/", ONE_CLICK) for token in tokens]
    assert {(answer.status_code, answer.content) for answer in presses} == {(404, b"")}


def test_an_old_mailbox_cannot_stop_the_mail_of_a_new_one(clinic, address):
    contacts.change(clinic.ada, now=LATER, email="vale@example.com")
    assert (Client().post(address, ONE_CLICK).status_code, off_since()) == (404, None)


def test_guessing_is_slowed_down(client, address):
    for guess in range(30):
        client.get(f"{PAGE}{guess}/")
    assert client.get(address).status_code == 404
