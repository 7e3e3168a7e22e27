"""Leaving: one press ends what an account can do. What it did stays, under its name."""

import datetime as dt

from django.contrib.auth.models import Group
from django.db import transaction

from bookings.models import Appointment
from clinic import roles
from clinic.models import Invitation, User
from clinic.staff import factors, signing


class MustStay(Exception):
    """This account cannot leave: the text says why."""


def leave(user: User, *, by: User, now: dt.datetime) -> None:
    """Shut the account: inactive, signed out, no password, factors, PIN, seats or invitations. Raises MustStay."""
    with transaction.atomic():
        # All managers are locked in one order, so that two who remove each other do not leave the clinic without one.
        managers = list(_managers().select_for_update())
        why_not = reason_to_stay(user, by=by, managers=managers)
        if why_not:
            raise MustStay(why_not)
        user.refresh_from_db()
        user.is_active, user.left_at, user.pin = False, now, ""
        user.set_unusable_password()
        user.save(update_fields=["is_active", "left_at", "pin", "password"])
        signing.end_everywhere(user)
        factors.forget(user)
        Invitation.objects.filter(user=user, used_at=None).delete()


def reason_to_stay(user: User, *, by: User, managers: list[User] | None = None) -> str:
    """Return "self", "last manager" or ""."""
    if user.pk == by.pk:
        return "self"
    return "last manager" if is_last_manager(user, managers) else ""


def is_last_manager(user: User, managers: list[User] | None = None) -> bool:
    found = managers if managers is not None else list(_managers())
    return [manager.pk for manager in found] == [user.pk]


def _managers():
    group = Group.objects.filter(name=roles.MANAGER)
    # `is_active` stands outside the subquery: PostgreSQL asks it again after it has waited for the row.
    return User.objects.filter(
        is_active=True, pk__in=User.groups.through.objects.filter(group__in=group).values("user")
    ).order_by("pk")


def visits_ahead(user: User, *, now: dt.datetime):
    """Return the visits still to come with this person as the clinician, soonest first."""
    clinician = getattr(user, "clinician", None)
    if clinician is None:
        return Appointment.objects.none()
    return Appointment.objects.expected().filter(clinician=clinician, start__gte=now).order_by("start")
