"""One's own account, and wrong passwords."""

import datetime as dt

import pytest
from axes.models import AccessAttempt
from django.test import Client

from clinic.models import SignIn
from clinic.staff import factors
from tests.cast import NOW
from tests.clinic.staff.people import PASSWORD, code_of, codes_on, enter, enter_fully, with_app

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("strict")]
MINUTE = dt.timedelta(minutes=1)
NEW = "another-long-word-7"


@pytest.fixture
def rosa(client):
    user = with_app(name="Rosa Desk")
    enter_fully(client, user)
    return user


def elsewhere(user, *, ahead):
    """Return a second browser in which this person has fully signed in."""
    other = Client()
    enter(other, user)
    assert other.post("/second-factor/", {"code": code_of(user, ahead=ahead)}).status_code == 302
    return other


def test_a_new_password_signs_out_everywhere_else(client, rosa):
    other = elsewhere(rosa, ahead=1)
    page = client.post("/account/password/", {"password": PASSWORD, "new_password1": NEW, "new_password2": NEW})
    assert page.url == "/account/"
    assert [browser.get("/account/").status_code for browser in (client, other)] == [200, 302]
    assert enter(Client(), rosa, NEW).status_code == 302


@pytest.mark.parametrize("page", ["password", "recovery-codes", "pin"])
def test_every_change_asks_for_the_password_again(page, client, rosa):
    fields = {"new_password1": NEW, "new_password2": NEW, "pin": "8305", "pin_again": "8305"}
    response = client.post(f"/account/{page}/", {"password": "not-it", **fields})
    assert "That is not your password." in response.content.decode()
    before = rosa.password
    rosa.refresh_from_db()
    assert (rosa.password, rosa.pin, rosa.recovery_codes.count()) == (before, "", 0)


def test_new_recovery_codes_replace_the_old_ones(client, rosa):
    old = factors.new_recovery_codes(rosa)[0]
    page = client.post("/account/recovery-codes/", {"password": PASSWORD}).content.decode()
    new = codes_on(page)
    assert len(new) == 10
    assert [factors.check(rosa, code, now=NOW) for code in (new[0], new[0])] == ["recovery", ""]
    assert factors.check(rosa, old, now=NOW) == ""


def test_a_pin_is_set_changed_and_taken_away(client, rosa):
    for pin in ("8305", "9416", ""):
        client.post("/account/pin/", {"password": PASSWORD, "pin": pin, "pin_again": pin})
        rosa.refresh_from_db()
        assert (rosa.desk_seats.count(), pin in rosa.pin) == (int(bool(pin)), pin == "")


def test_two_pins_that_differ_are_refused(client, rosa):
    response = client.post("/account/pin/", {"password": PASSWORD, "pin": "8305", "pin_again": "8306"})
    assert "The two PINs differ." in response.content.decode()


def test_signing_out_everywhere_ends_every_session(client, rosa):
    other = elsewhere(rosa, ahead=1)
    client.post("/account/sign-out-everywhere/")
    assert [browser.get("/account/").status_code for browser in (client, other)] == [302, 302]


def test_sign_ins_of_late_are_one_s_own_and_forgotten_after_90_days(client, rosa, time_machine):
    page = client.get("/account/")
    assert [(one.how, one.address) for one in page.context["sign_ins"]] == [("code", "127.0.0.1")]
    enter_fully(Client(), with_app())
    assert len(client.get("/account/").context["sign_ins"]) == 1
    time_machine.move_to(NOW + dt.timedelta(days=91))
    elsewhere(rosa, ahead=0)
    assert SignIn.objects.filter(user=rosa).count() == 1


# --- Wrong passwords ------------------------------------------------------------------------------------------------


def statuses(email, times, **headers):
    client = Client()
    return [
        client.post("/sign-in/", {"username": email, "password": f"wrong-{n}"}, **headers).status_code
        for n in range(times)
    ]


def test_five_wrong_passwords_make_even_the_right_one_wait_a_quarter_of_an_hour(time_machine):
    user = with_app()
    assert statuses(user.email, 5) == [200, 200, 200, 200, 429]
    assert enter(Client(), user).status_code == 429
    time_machine.move_to(NOW + 14 * MINUTE)
    assert enter(Client(), user).status_code == 429
    time_machine.move_to(NOW + 16 * MINUTE)
    assert enter(Client(), user).status_code == 302


def test_known_unknown_and_invited_addresses_get_the_same_answers():
    known, invited = with_app(), with_app(is_active=False)
    answers = []
    for email in (known.email, invited.email, "nobody@example.com"):
        client = Client()
        pages = [client.post("/sign-in/", {"username": email, "password": "wrong"}) for _try in range(6)]
        # What differs is what was typed, and the form's own token.
        answers.append(
            [
                (
                    page.status_code,
                    "not-typed" in page.content.decode(),
                    len(page.content) - len(email) * (page.status_code == 200),
                )
                for page in pages
            ]
        )
    assert answers[0] == answers[1] == answers[2]


def test_the_wait_is_for_one_account_from_one_address():
    user, colleague = with_app(), with_app()
    statuses(user.email.upper(), 5)
    assert enter(Client(), user).status_code == 429
    assert enter(Client(), colleague).status_code == 302
    assert enter(Client(REMOTE_ADDR="203.0.113.9"), user).status_code == 302


def test_the_header_a_visitor_writes_does_not_buy_more_tries():
    user = with_app()
    tries = [statuses(user.email, 1, headers={"X-Forwarded-For": f"203.0.113.{n}"})[0] for n in range(5)]
    assert tries == [200, 200, 200, 200, 429]


def test_the_password_asked_for_again_counts_too(client, rosa):
    pages = [client.post("/account/recovery-codes/", {"password": "guess"}).status_code for _try in range(5)]
    assert pages == [200, 200, 200, 200, 429]


def test_what_was_typed_is_kept_nowhere(client, rosa):
    typed = {
        "password": "sentinel-1",
        "new_password1": "sentinel-2",
        "new_password2": "sentinel-3",
        "pin": "sentinel-4",
    }
    for page in ("password", "pin", "recovery-codes"):
        client.post(f"/account/{page}/", {**typed, "pin_again": "sentinel-5"})
    client.post("/sign-in/", {"username": "sentinel-6", "password": "sentinel-7"})
    Client().post("/sign-in/", {"username": "sentinel-6", "password": "sentinel-7"})
    kept = str(list(AccessAttempt.objects.values()))
    assert AccessAttempt.objects.count() == 2
    assert ("sentinel" in kept, rosa.email in kept) == (False, False)
