"""The day sheet: the day on paper, for when the screen is dark."""

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from bookings import access
from bookings.desk import paper
from treatments.models import Location

# As the board remembers it.
PLACE_KEY = "board_location"


@require_safe
def sheet(request, date: dt.date):
    """Show a day to print: `?location=` and `?clinician=` by slug, `?minimal=1` for initials and no treatments."""
    if not request.user.has_perm("bookings.change_appointment"):
        raise PermissionDenied
    now = timezone.now()
    places = list(Location.objects.active())
    place = place_of(request, places)
    asked = request.GET.get("clinician", "")
    found = paper.compose(place, date, clinician=asked, minimal=request.GET.get("minimal") == "1")
    access.shows_patients(request, found.patients)
    context = paper.context_of(found, now=now, by=str(request.user)) | {
        "places": places,
        "switches": switches_of(found),
    }
    return TemplateResponse(request, paper.TEMPLATE, context)


def place_of(request, places: list[Location]) -> Location:
    """Return the location asked for, else the one the board remembers, else the first."""
    by_slug = {place.slug: place for place in places}
    if not by_slug:
        raise Http404
    wanted = (request.GET.get("location"), request.session.get(PLACE_KEY))
    return next((by_slug[slug] for slug in wanted if slug in by_slug), places[0])


def switches_of(sheet: paper.DaySheet) -> dict:
    """Return where the bar above the sheet leads: each person alone, and as much or as little as is needed."""
    slug = sheet.clinician.slug if sheet.clinician else ""
    return {
        "people": [("", _query(sheet, ""))] + [(person, _query(sheet, person.slug)) for person in sheet.people],
        "full": _query(sheet, slug, minimal=False),
        "minimal": _query(sheet, slug, minimal=True),
    }


def _query(sheet: paper.DaySheet, clinician: str, *, minimal: bool | None = None) -> str:
    """Return the query of the same sheet, changed in one thing."""
    minimal = sheet.minimal if minimal is None else minimal
    asked = {"location": sheet.place.slug, "clinician": clinician, "minimal": "1" if minimal else ""}
    return urlencode({name: value for name, value in asked.items() if value})
