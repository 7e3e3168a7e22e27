"""Staff for the tests of their pages: sign in as a role, and put visits into the diary."""

from django.contrib.auth.models import Group

from bookings import scheduling
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
