"""An invitation makes one person's account usable, once."""

import datetime as dt

import pytest
from django.contrib.auth import authenticate
from django.core import mail
from django.http import HttpRequest
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from clinic.models import Invitation, SignIn, User
from clinic.staff import invitations
from tests.cast import NOW
from tests.clinic.staff.people import PASSWORD, code_for_key, codes_on, enter, enter_fully, invited, key_on, with_app
from tests.processes import run_together

HOUR = dt.timedelta(hours=1)
BOTH = {"new_password1": PASSWORD, "new_password2": PASSWORD}
OVER = "This invitation does not work"


@pytest.fixture(autouse=True)
def _strict(strict):
    pass


def choose(client, token, password=PASSWORD):
    return client.post(f"/invitation/{token}/", {"new_password1": password, "new_password2": password})


def accept(client, token):
    """Walk the whole way; return the key of the app and the last page."""
    choose(client, token)
    key = key_on(client.get("/invitation/app/").content.decode())
    return key, client.post("/invitation/app/", {"code": code_for_key(key)}).content.decode()


@pytest.mark.django_db
def test_whoever_accepts_is_signed_in_with_ten_codes_and_can_sign_in_again(client):
    user, token = invited()
    key, page = accept(client, token)
    assert len(codes_on(page)) == 10
    assert client.get("/account/").status_code == 200
    client.post("/sign-out/")
    enter(client, user)
    assert client.post("/second-factor/", {"code": code_for_key(key, ahead=1)}).status_code == 302
    assert list(SignIn.objects.order_by("pk").values_list("how", flat=True)) == ["invitation", "code"]


@pytest.mark.django_db
def test_nothing_is_changed_before_the_first_code_is_right(client):
    user, token = invited()
    choose(client, token)
    key_on(client.get("/invitation/app/").content.decode())
    assert client.post("/invitation/app/", {"code": "000000"}).status_code == 200
    user.refresh_from_db()
    assert (user.is_active, user.has_usable_password(), TOTPDevice.objects.count()) == (False, False, 0)
    assert Invitation.objects.get().used_at is None


@pytest.mark.django_db
def test_opening_the_link_uses_nothing_up(client):
    _user, token = invited()
    for _scanner in range(3):
        assert Client().get(f"/invitation/{token}/").status_code == 200
    assert choose(client, token).url == "/invitation/app/"


@pytest.mark.django_db
def test_an_invitation_works_once(client):
    _user, token = invited()
    accept(client, token)
    again = Client()
    assert OVER in again.get(f"/invitation/{token}/").content.decode()
    assert OVER in choose(again, token).content.decode()


@pytest.mark.django_db
def test_the_first_of_two_browsers_that_chose_a_password_wins(client):
    user, token = invited()
    late = Client()
    choose(late, token, "another-long-word-7")
    key = key_on(late.get("/invitation/app/").content.decode())
    accept(client, token)
    assert OVER in late.post("/invitation/app/", {"code": code_for_key(key)}).content.decode()
    assert authenticate(HttpRequest(), username=user.email, password="another-long-word-7") is None


@pytest.mark.django_db
@pytest.mark.parametrize(("hours", "status"), [(71, 200), (72, 404), (100, 404)])
def test_an_invitation_lasts_72_hours(hours, status, client, time_machine):
    _user, token = invited()
    time_machine.move_to(NOW + hours * HOUR)
    assert client.get(f"/invitation/{token}/").status_code == status


@pytest.mark.django_db
def test_a_second_step_after_the_72_hours_is_too_late(client, time_machine):
    _user, token = invited()
    choose(client, token)
    key = key_on(client.get("/invitation/app/").content.decode())
    time_machine.move_to(NOW + 72 * HOUR)
    assert OVER in client.post("/invitation/app/", {"code": code_for_key(key)}).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["no-such-token", "app2", "x" * 500, "%00", "'--"])
def test_a_token_that_never_was_gets_the_same_words_as_a_used_one(token, client):
    response = client.get(f"/invitation/{token}/")
    assert (response.status_code, OVER in response.content.decode()) == (404, True)


@pytest.mark.django_db
def test_steps_cannot_be_skipped(client):
    invited()
    assert client.get("/invitation/app/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["short", "password123", "1234567890123"])
def test_a_password_that_is_easy_to_guess_is_refused(password, client):
    _user, token = invited()
    assert choose(client, token, password).status_code == 200


@pytest.mark.django_db
def test_inviting_again_ends_the_invitation_before(client):
    user, token = invited()
    second = invitations.invite(user, by=None, now=NOW)
    assert client.get(f"/invitation/{token}/").status_code == 404
    assert client.get(f"/invitation/{second}/").status_code == 200


@pytest.mark.django_db
def test_a_lost_phone_keeps_the_old_factors_until_the_new_ones_are_accepted(client):
    user = with_app()
    old = TOTPDevice.objects.get(user=user).key
    elsewhere = Client()
    enter_fully(elsewhere, user)
    token = invitations.invite(user, by=None, now=NOW)
    choose(client, token, "another-long-word-7")
    assert elsewhere.get("/account/").status_code == 200
    assert TOTPDevice.objects.get(user=user).key == old
    key = key_on(client.get("/invitation/app/").content.decode())
    client.post("/invitation/app/", {"code": code_for_key(key)})
    assert TOTPDevice.objects.get(user=user).bin_key == key
    assert elsewhere.get("/account/").status_code == 302
    assert authenticate(HttpRequest(), username=user.email, password=PASSWORD) is None


@pytest.mark.django_db
def test_who_sits_at_the_code_page_without_a_phone_may_open_a_new_invitation(client):
    user = with_app()
    enter(client, user)
    token = invitations.invite(user, by=None, now=NOW)
    assert len(codes_on(accept(client, token)[1])) == 10
    assert client.get("/account/").status_code == 200


@pytest.mark.django_db
def test_a_colleague_who_is_signed_in_on_that_browser_is_signed_out(client):
    colleague = with_app()
    enter_fully(client, colleague)
    before = client.cookies["session"].value
    _user, token = invited(name="Nia Newcomer")
    accept(client, token)
    assert client.cookies["session"].value != before
    assert "Nia Newcomer" in client.get("/account/").content.decode()


@pytest.mark.django_db
def test_without_a_second_factor_the_password_is_enough(client, settings):
    settings.CLINIC_SECOND_FACTOR = False
    _user, token = invited()
    assert choose(client, token).url == "/after-sign-in/"
    assert client.get("/account/").status_code == 200


@pytest.mark.django_db
def test_the_mail_is_neutral_and_leads_to_the_page(settings):
    settings.CLINIC_BASE_URL = "https://clinic.example.com/"
    user, token = invited(name="Nia Newcomer")
    assert invitations.send(user, token) is True
    [message] = mail.outbox
    assert message.to == [user.email]
    assert f"https://clinic.example.com/invitation/{token}/" in message.body
    assert "pain" not in (message.subject + message.body).lower()
    assert "72 hours" in message.body


@pytest.mark.django_db
def test_a_mail_server_that_is_away_is_said_and_breaks_nothing(smtp_sink):
    user, token = invited()
    smtp_sink.refuse("451 try again")
    assert invitations.send(user, token) is False


@pytest.mark.django_db
def test_the_token_and_what_was_typed_are_in_no_log_line(client, capfd, caplog):
    user, token = invited()
    accept(client, token)
    client.post("/sign-out/")
    client.get(f"/invitation/{token}/")
    enter(client, user, "wrong-sentinel-password")
    client.post(f"/invitation/{token}/", BOTH, headers={"Origin": "https://evil.example.com"})
    out, err = capfd.readouterr()
    said = out + err + caplog.text
    assert "POST invitation 404" in said
    assert [word for word in (token, user.email, PASSWORD, "sentinel") if word in said] == []


@pytest.mark.django_db
def test_the_token_is_not_kept():
    _user, token = invited()
    assert token not in str(list(Invitation.objects.values()))


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_of_acceptances_at_the_same_instant_one_counts():
    user, _token = invited()
    pk = Invitation.objects.get().pk
    jobs = [{"pk": pk, "password_hash": f"hash-{number}"} for number in range(4)]
    got = run_together("tests.clinic.staff.racers:accept_invitation", jobs)
    winners = [number for number, codes in enumerate(got) if codes]
    assert len(winners) == 1
    assert User.objects.get(pk=user.pk).password == f"hash-{winners[0]}"
    assert TOTPDevice.objects.get(user=user).name == f"hash-{winners[0]}"
