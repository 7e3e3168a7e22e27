"""Whose pages the schedule's are: the clinician who is signed in, and the visits of their own."""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect

from bookings import access
from bookings.models import Appointment
from treatments.models import Clinician

# What every page of a visit shows.
SHOWN_WITH = ("patient", "treatment", "clinician", "location", "region")


def for_clinicians(view):
    """Let a view be opened by clinicians alone. The desk is led to its board; anybody else is refused."""

    @login_required
    @wraps(view)
    def guarded(request, *args, **kwargs):
        if own_profile(request) is None and request.user.has_perm("bookings.change_appointment"):
            return redirect("admin:day")
        clinician_of(request)
        return view(request, *args, **kwargs)

    return guarded


def own_profile(request) -> Clinician | None:
    """Return the profile of whoever is signed in; None for one that is not active, and for those who are no clinician."""
    clinician = getattr(request.user, "clinician", None)
    return clinician if clinician is not None and clinician.active else None


def clinician_of(request) -> Clinician:
    """Return the clinician who is signed in. Raises PermissionDenied for everybody else."""
    clinician = own_profile(request)
    if clinician is None:
        raise PermissionDenied
    return clinician


def own_visit_or_404(request, reference: str) -> Appointment:
    """Return a visit of the clinician's own, and note whom the page shows.

    Somebody else's is missing just as a made-up one is: there is nothing to guess.
    """
    visits = clinician_of(request).appointments.select_related(*SHOWN_WITH)
    visit = visits.filter(reference=reference).first()
    if visit is None:
        raise Http404
    access.shows_patients(request, [visit.patient_id])
    return visit
