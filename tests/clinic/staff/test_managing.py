"""Managers invite, invite again and see off; nobody is above themselves, and there is always a manager."""

import re

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from clinic import roles
from clinic.models import DeskSeat, Invitation, User
from clinic.staff import factors, invitations, leaving, seats
from tests import cast, factories
from tests.cast import NOW, at
from tests.clinic.staff.people import enter, enter_fully, with_app
from tests.desk import book, member
from tests.processes import run_together

ADD = "/admin/clinic/user/add/"


@pytest.fixture
def manager(client, db):
    user = member(roles.MANAGER, name="Theo Manager")
    client.force_login(user)
    return user


def role(name):
    return Group.objects.get(name=name).pk


def form(user, **more):
    return {"email": user.email, "name": user.name, "groups": [group.pk for group in user.groups.all()], **more}


def page_of(user, verb="change"):
    return f"/admin/clinic/user/{user.pk}/{verb}/"


def test_inviting_makes_an_account_that_can_do_nothing_yet_and_shows_the_link_once(
    client, manager, django_capture_on_commit_callbacks
):
    new = {"email": "Nia@Example.com", "name": "Nia Newcomer", "groups": [role(roles.FRONT_DESK)]}
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(ADD, new).content.decode()
    user = User.objects.get(email="nia@example.com")
    assert (user.is_active, user.has_usable_password(), user.is_staff) == (False, False, True)
    token = re.search(r"/invitation/([\w-]+)/", page)[1]
    assert invitations.find(token, now=NOW).user == user
    assert token in mail.outbox[0].body
    assert token not in client.get(page_of(user)).content.decode()


def test_an_address_that_exists_is_refused_in_words_and_untouched(client, manager):
    user = with_app()
    page = client.post(ADD, {"email": user.email.upper(), "name": "X", "groups": [role(roles.MANAGER)]})
    assert "There is an account with this address." in page.content.decode()
    before = user.password
    user.refresh_from_db()
    assert (user.password, user.groups.get().name, Invitation.objects.count()) == (before, roles.FRONT_DESK, 0)


@pytest.mark.parametrize("extra", ["is_superuser", "is_staff", "is_active", "password", "user_permissions"])
def test_nothing_but_address_name_and_roles_can_be_posted(extra, client, manager):
    user = member(roles.CLINICIAN)
    before = (user.is_superuser, user.is_active, user.password)
    client.post(page_of(user), form(user, **{extra: "1"}))
    user.refresh_from_db()
    assert (user.is_superuser, user.is_active, user.password, user.is_staff) == (*before, False)


def test_the_admin_opens_with_the_role(client, manager):
    user = member(roles.CLINICIAN)
    client.post(page_of(user), form(user, groups=[role(roles.EDITOR)]))
    user.refresh_from_db()
    assert user.is_staff is True


@pytest.mark.parametrize("verb", ["change", "invite", "sign-out", "leave"])
def test_who_owns_everything_is_out_of_a_manager_s_reach(verb, client, manager):
    owner = factories.UserFactory(is_superuser=True)
    assert client.post(page_of(owner, verb), {"email": "mine@example.com"}).status_code == 403
    assert Invitation.objects.count() == 0


@pytest.mark.parametrize("verb", ["invite", "sign-out", "leave"])
def test_only_managers_press(verb, client, db):
    user = member(roles.FRONT_DESK)
    client.force_login(member(roles.FRONT_DESK))
    assert [client.get(page_of(user, verb)).status_code, client.post(page_of(user, verb)).status_code] == [403, 403]


def test_asking_changes_nothing(client, manager):
    user = with_app()
    for verb in ("invite", "sign-out", "leave"):
        assert client.get(page_of(user, verb)).status_code == 200
    user.refresh_from_db()
    assert (user.is_active, user.session_round, Invitation.objects.count()) == (True, 0, 0)


def test_nobody_chooses_somebody_else_s_password(client, manager):
    assert client.get(page_of(with_app(), "password")).status_code in (302, 404)
    assert "password" not in client.get(page_of(with_app())).context["adminform"].form.fields


def test_has_left_ends_everything_at_once_and_keeps_the_history(client, manager, settings):
    settings.CLINIC_SECOND_FACTOR = True
    user, desk = with_app(), Client()
    seats.set_pin(user, "8305")
    enter_fully(desk, user)
    invitations.invite(user, by=manager, now=NOW)
    settings.CLINIC_SECOND_FACTOR = False
    client.post(page_of(user, "leave"))
    user.refresh_from_db()
    assert (user.is_active, user.has_usable_password(), user.pin, user.left_at is not None) == (False, False, "", True)
    left = [model.objects.filter(user=user).count() for model in (TOTPDevice, DeskSeat, Invitation)]
    assert left == [0, 0, 0]
    assert desk.get("/account/").status_code == 302
    assert enter(Client(), user).status_code == 200
    assert user.sign_ins.count() == 1


def test_whoever_has_left_comes_back_by_an_invitation(client, manager, settings):
    user = with_app()
    leaving.leave(user, by=manager, now=NOW)
    token = invitations.invite(user, by=manager, now=NOW)
    accepted = Client().post(
        f"/invitation/{token}/", {"new_password1": "another-long-word-7", "new_password2": "another-long-word-7"}
    )
    user.refresh_from_db()
    assert (accepted.status_code, user.is_active, user.left_at) == (302, True, None)


def test_the_page_says_which_visits_still_stand_with_a_clinician(client, manager):
    clinic = cast.open_clinic()
    user = member(roles.CLINICIAN, clinician=clinic.ortiz)
    book(clinic, at("2026-03-04", "10:00"))
    book(clinic, at("2026-03-04", "10:00"), patient=clinic.ben, clinician=clinic.sato)
    assert "1 visit still stands with them" in client.get(page_of(user, "leave")).content.decode()


def test_nobody_sees_themselves_off_nor_invites_themselves(client, manager):
    member(roles.MANAGER)
    for verb in ("leave", "invite"):
        assert "This is your own account." in client.post(page_of(manager, verb)).content.decode()
    manager.refresh_from_db()
    assert (manager.is_active, Invitation.objects.count()) == (True, 0)


def test_nobody_takes_the_role_from_themselves(client, manager):
    member(roles.MANAGER)
    page = client.post(page_of(manager), form(manager, groups=[role(roles.EDITOR)]))
    assert "This is your own account." in page.content.decode()
    assert manager.groups.get().name == roles.MANAGER


def test_the_last_manager_stays_even_for_the_owner(client, manager):
    client.force_login(factories.UserFactory(is_superuser=True))
    assert "This is the last manager" in client.post(page_of(manager, "leave")).content.decode()
    page = client.post(page_of(manager), form(manager, groups=[role(roles.EDITOR)]))
    assert "This is the last manager" in page.content.decode()


def test_signing_somebody_out_everywhere(client, manager, settings):
    user, desk = with_app(), Client()
    desk.force_login(user)
    client.post(page_of(user, "sign-out"))
    assert desk.get("/account/").status_code == 302


def test_no_account_is_deleted(client, manager):
    assert client.post(page_of(with_app(), "delete"), {"post": "yes"}).status_code == 403


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_two_managers_who_see_each_other_off_leave_one():
    one, two = member(roles.MANAGER), member(roles.MANAGER)
    jobs = [{"pk": one.pk, "by": two.pk}, {"pk": two.pk, "by": one.pk}]
    assert sorted(run_together("tests.clinic.staff.racers:see_off", jobs)) == ["last manager", "left"]
    assert User.objects.filter(is_active=True).count() == 1


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_a_recovery_code_spent_at_the_same_instant_opens_one_session():
    user = with_app()
    code = factors.new_recovery_codes(user)[0]
    got = run_together("tests.clinic.staff.racers:spend_recovery_code", [{"pk": user.pk, "code": code}] * 4)
    assert sorted(got) == ["", "", "", "recovery"]
