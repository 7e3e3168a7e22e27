"""What the pages of a clinician's visit have in common."""

from django.shortcuts import render
from django.utils import timezone

from bookings import readiness
from bookings.forms.clinician import SIDES, regions_for
from bookings.models import Appointment
from bookings.views.clinician_acts import acts_of


def page(request, name: str, visit: Appointment, *, now, **context):
    """Render a page about a visit: what its head says, and what can be done with it now."""
    context |= {
        "visit": visit,
        "css": visit.status.replace("_", "-"),
        "where_words": readiness.where_words(visit),
        "acts": acts_of(visit, now=now),
        "today": timezone.localdate(now),
    }
    return render(request, f"bookings/schedule/{name}.html", context)


def places_on_body(visit: Appointment) -> dict:
    """Return what region and side are chosen from."""
    return {"regions": list(regions_for(visit.treatment)), "sides": SIDES}
