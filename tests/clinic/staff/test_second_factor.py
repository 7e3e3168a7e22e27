"""A password alone opens nothing but the page that asks for the code."""

import datetime as dt

import pytest
from django_otp.plugins.otp_totp.models import TOTPDevice

from clinic.models import SignIn
from clinic.staff import factors
from tests.cast import NOW
from tests.clinic.staff.people import (
    PASSWORD,
    code_for_key,
    code_of,
    codes_on,
    enter,
    enter_fully,
    key_on,
    with_app,
    with_password,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("strict")]
MINUTE = dt.timedelta(minutes=1)


@pytest.mark.parametrize(
    "address", ["/", "/admin/", "/admin/day/", "/account/", "/account/pin/", "/schedule/", "/after-sign-in/", "/book/"]
)
def test_after_the_password_every_other_page_leads_to_the_code(address, client):
    enter(client, with_app())
    response = client.get(address)
    assert (response.status_code, response.url) == (302, f"/second-factor/?next={address.replace('/', '%2F')}")


def test_what_is_posted_without_the_code_is_not_done(client):
    user = with_app()
    enter(client, user)
    response = client.post("/account/sign-out-everywhere/")
    user.refresh_from_db()
    assert (response.url, user.session_round) == ("/second-factor/", 0)


def test_the_code_opens_the_page_that_was_wanted(client):
    user = with_app()
    enter(client, user)
    response = client.post("/second-factor/", {"code": code_of(user), "next": "/admin/week/"})
    assert response.url == "/admin/week/"
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    "target", ["https://evil.example.com/", "//evil.example.com", "/\\evil.example.com", "javascript:x"]
)
def test_no_next_leads_to_another_site(target, client):
    user = with_app()
    enter(client, user)
    assert target not in client.get("/second-factor/", {"next": target}).content.decode()
    assert client.post("/second-factor/", {"code": code_of(user), "next": target}).url == "/after-sign-in/"


def test_a_code_works_once(client, time_machine):
    user = with_app()
    enter_fully(client, user)
    code = code_of(user)
    client.post("/sign-out/")
    enter(client, user)
    assert client.post("/second-factor/", {"code": code}).status_code == 200


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "１２３４５６", "12 34", "x" * 40, "\x00"])
def test_what_is_no_code_is_refused_in_words(code, client):
    enter(client, with_app())
    response = client.post("/second-factor/", {"code": code})
    assert response.status_code == 200
    assert "There is a problem" in response.content.decode()


def test_after_wrong_codes_even_the_right_one_waits(client, time_machine):
    user = with_app()
    enter(client, user)
    time_machine.move_to(NOW, tick=False)
    for _try in range(4):
        page = client.post("/second-factor/", {"code": "000000"}).content.decode()
    assert "after each wrong code the wait is longer" in page
    assert client.post("/second-factor/", {"code": code_of(user)}).status_code == 200
    time_machine.move_to(NOW + MINUTE, tick=False)
    assert client.post("/second-factor/", {"code": code_of(user)}).status_code == 302


def test_a_recovery_code_works_once_however_it_is_typed(client):
    user = with_app()
    code = factors.new_recovery_codes(user)[3]
    enter(client, user)
    assert client.post("/second-factor/", {"code": f" {code.lower().replace('-', ' ')} "}).status_code == 302
    client.post("/sign-out/")
    enter(client, user)
    assert client.post("/second-factor/", {"code": code}).status_code == 200
    assert list(SignIn.objects.values_list("how", flat=True)) == ["recovery"]


def test_a_recovery_code_of_somebody_else_opens_nothing(client):
    code = factors.new_recovery_codes(with_app())[0]
    enter(client, with_app())
    assert client.post("/second-factor/", {"code": code}).status_code == 200


def test_recovery_codes_are_not_kept_readable():
    user = with_app()
    codes = factors.new_recovery_codes(user)
    kept = set(user.recovery_codes.values_list("code_hash", flat=True))
    assert (len(codes), len(set(codes)), len(kept)) == (10, 10, 10)
    assert not {code for code in codes if code in kept or code.replace("-", "") in kept}


def test_an_account_without_an_app_sets_one_up_before_anything_else(client):
    user = with_password()
    enter(client, user)
    assert client.get("/second-factor/").url == "/second-factor/set-up/"
    key = key_on(client.get("/second-factor/set-up/").content.decode())
    assert client.post("/second-factor/set-up/", {"code": "000000"}).status_code == 200
    assert not TOTPDevice.objects.exists()
    page = client.post("/second-factor/set-up/", {"code": code_for_key(key)}).content.decode()
    assert len(codes_on(page)) == 10
    assert client.get("/admin/").status_code == 200


def test_the_first_code_of_a_new_app_is_spent(client):
    user = with_password()
    enter(client, user)
    code = code_for_key(key_on(client.get("/second-factor/set-up/").content.decode()))
    client.post("/second-factor/set-up/", {"code": code})
    client.post("/sign-out/")
    enter(client, user)
    assert client.post("/second-factor/", {"code": code}).status_code == 200


def test_the_set_up_page_replaces_no_app_there_is(client):
    user = with_app()
    key = TOTPDevice.objects.get(user=user).key
    enter(client, user)
    assert client.get("/second-factor/set-up/").url == "/second-factor/"
    assert client.post("/second-factor/set-up/", {"code": code_of(user)}).url == "/second-factor/"
    assert TOTPDevice.objects.get(user=user).key == key


def test_each_step_of_signing_in_gives_the_session_a_new_key(client):
    user = with_app()
    client.get("/sign-in/")
    client.cookies["session"] = "fixed-by-somebody-else"
    keys = ["fixed-by-somebody-else"]
    enter(client, user)
    keys.append(client.cookies["session"].value)
    client.post("/second-factor/", {"code": code_of(user)})
    keys.append(client.cookies["session"].value)
    assert len(set(keys)) == 3


def test_the_pages_are_kept_by_nobody(client):
    enter(client, with_app())
    assert client.get("/second-factor/")["Cache-Control"] == "no-store, private"


def test_a_signed_in_person_may_sign_out_before_the_code(client):
    enter(client, with_app())
    assert client.post("/sign-out/").url == "/"
    assert client.get("/second-factor/").url == "/sign-in/?next=/second-factor/"


def test_an_account_that_is_switched_off_is_out_at_once(client):
    user = with_app()
    enter_fully(client, user)
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/admin/day/").url.startswith("/admin/login/")


def test_the_demo_asks_for_the_password_alone(client, settings):
    settings.CLINIC_SECOND_FACTOR = False
    user = with_password()
    client.post("/sign-in/", {"username": user.email, "password": PASSWORD})
    assert client.get("/admin/").status_code == 200
    assert SignIn.objects.get().how == "password"
    # and when a code is asked for from then on, that session is not enough
    settings.CLINIC_SECOND_FACTOR = True
    assert client.get("/admin/day/").url.startswith("/second-factor/")
