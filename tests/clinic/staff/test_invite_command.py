"""`manage.py invite`: the first manager, and the one nobody can invite any more."""

import io
import re

import pytest
from django.core.management import CommandError, call_command

from clinic import roles
from clinic.models import User
from clinic.staff import invitations
from tests.cast import NOW
from tests.clinic.staff.people import with_app

pytestmark = pytest.mark.django_db


def invite(*arguments):
    said = io.StringIO()
    call_command("invite", *arguments, stdout=said)
    return invitations.find(re.search(r"/invitation/([\w-]+)/", said.getvalue())[1], now=NOW).user


def test_the_first_manager_is_invited_from_a_terminal():
    roles.apply_roles()
    user = invite("Theo@example.com", "--name", "Theo Manager")
    assert (user.email, user.groups.get().name, user.is_active, user.is_staff) == (
        "theo@example.com",
        "Manager",
        False,
        True,
    )


def test_an_account_that_exists_is_invited_again_and_stays_as_it_is():
    user = with_app()
    assert invite(user.email) == user
    assert User.objects.get().is_active is True


@pytest.mark.parametrize("arguments", [["nobody@example.com"], ["not-an-address", "--name", "X"]])
def test_what_cannot_be_invited_is_said(arguments):
    with pytest.raises(CommandError):
        invite(*arguments)


def test_a_new_account_never_takes_the_place_of_an_old_one():
    user = with_app()
    with pytest.raises(CommandError, match="Leave --name out"):
        invite(user.email, "--name", "Somebody Else")
