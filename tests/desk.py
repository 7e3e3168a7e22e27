"""Staff for the tests of their pages: sign in as a role, and put visits into the diary."""

import datetime as dt

from django.contrib.auth.models import Group

from bookings import scheduling
from bookings.models import TimeRequest
from bookings.models.appointments import Status
from clinic import roles
from tests import factories
from tests.cast import NOW


def member(role, *, clinician=None, **fields):
    """Return a user of a role of `clinic.roles`; with `clinician`, the account behind that public profile."""
    roles.apply_roles()
    user = factories.UserFactory(is_staff=role != roles.CLINICIAN, **fields)
    user.groups.add(Group.objects.get(name=role))
    if clinician is not None:
        clinician.user = user
        clinician.save()
    return user


def book(clinic, start, *, patient=None, clinician=None, treatment=None, status=None, **answers):
    """Book a visit at the house, by the verbs; `status` walks it on, such as "arrived"."""
    slot = scheduling.Slot(treatment or clinic.consultation, start, clinic.house, clinician or clinic.ortiz)
    by = scheduling.By.system()
    make = scheduling.request if status == Status.REQUESTED else scheduling.book
    visit = make(slot, patient=patient or clinic.ada, by=by, now=NOW, source="web", **answers)
    for verb in {"arrived": ["check_in"], "in_room": ["check_in", "room"]}.get(status, []):
        visit = getattr(scheduling, verb)(visit, by=by, now=visit.start)
    return visit


def wished(clinic, start, *, weeks=6, kind="follow_up", treatment=None, **booked):
    """Book a visit and see it through; its clinician wants another one in so many weeks."""
    visit = book(clinic, start, **booked)
    then = scheduling.Next(kind, weeks, treatment or clinic.consultation)
    if kind == "discharge":
        then = scheduling.Next(kind)
    for verb, options in [("check_in", {}), ("start", {}), ("finish", {"then": then})]:
        visit = getattr(scheduling, verb)(visit, by=scheduling.By.system(), now=visit.start, **options)
    return visit


def asks_leave(clinician, day, *, token="a-token", user=None):
    """Let a clinician ask for leave on a day (its first instant), and return the request."""
    wish = TimeRequest(clinician=clinician, kind="leave", start=day, end=day + dt.timedelta(hours=23), form_token=token)
    user = user or clinician.user or factories.UserFactory()
    mark = scheduling.mark_of(wish, scheduling.hit_by_request(wish, now=NOW))
    return scheduling.ask_time(wish, by=scheduling.By.staff(user), now=NOW, mark=mark)
