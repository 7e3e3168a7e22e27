"""Permissions of staff: a person's own and their groups', in one statement."""

import pytest
from django.contrib.auth.models import Permission

from clinic import roles
from tests import factories
from tests.desk import member

pytestmark = pytest.mark.django_db


def fresh(user):
    return type(user).objects.get(pk=user.pk)


def test_own_permissions_and_those_of_groups_count_and_cost_one_statement(django_assert_num_queries):
    user = member(roles.FRONT_DESK)
    user.user_permissions.add(Permission.objects.get(codename="export_appointment"))
    user = fresh(user)
    asked = ("bookings.change_appointment", "bookings.export_appointment", "treatments.change_article")
    with django_assert_num_queries(1):
        assert [user.has_perm(name) for name in asked] == [True, True, False]
        assert user.has_module_perms("bookings")


def test_whoever_is_no_longer_active_may_nothing_and_an_owner_everything():
    gone, owner = member(roles.MANAGER), factories.UserFactory(is_superuser=True)
    gone.is_active = False
    gone.save()
    assert [fresh(user).has_perm("bookings.change_appointment") for user in (gone, owner)] == [False, True]


def test_a_permission_on_one_row_is_nobodys():
    user = fresh(member(roles.FRONT_DESK))
    assert user.has_perm("bookings.change_appointment", user) is False
