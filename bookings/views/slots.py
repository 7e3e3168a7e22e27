"""`/api/slots`: the free times of a treatment as JSON, one entry per start, clinician and location."""

import datetime as dt
import json

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from bookings import availability
from bookings.intervals import from_minute
from treatments.models import Clinician, Location, Treatment

LONGEST_DAYS = 62


class BadQuestion(Exception):  # noqa: N818
    """The query string cannot be answered; the text says why."""


@require_safe
def slots(request):
    try:
        question = _question(request.GET)
    except BadQuestion as reason:
        return JsonResponse({"error": str(reason)}, status=400)
    days = availability.free_times(now=timezone.now(), **question)
    location = question["location"]
    head = {
        "treatment": question["treatment"].slug,
        "time_zone": location.time_zone if location else settings.TIME_ZONE,
    }
    address = f"{request.build_absolute_uri(reverse('book'))}?treatment={question['treatment'].slug}"
    return HttpResponse(_as_json(head, days, address), content_type="application/json")


def _question(asked) -> dict:
    treatment = _named(Treatment, asked.get("treatment"), "treatment")
    if treatment is None:
        raise BadQuestion("treatment is missing: give the slug of a treatment.")
    return {
        "treatment": treatment,
        "first": _date(asked.get("from", "")),
        "days": _days(asked.get("days", "")),
        "clinician": _named(Clinician, asked.get("clinician"), "clinician"),
        "location": _named(Location, asked.get("location"), "location"),
    }


def _named(model, slug, name):
    if not slug:
        return None
    found = model.objects.active().filter(slug=slug).first()
    if found is None:
        raise BadQuestion(f"{name} is not known.")
    return found


def _date(text: str) -> dt.date:
    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        raise BadQuestion("from must be a date like 2026-03-02.") from None
    if not 2000 <= date.year <= 2200 or len(text) != len("2026-03-02"):
        raise BadQuestion("from must be a date like 2026-03-02, between 2000 and 2200.")
    return date


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= LONGEST_DAYS and len(text) <= 2):
        raise BadQuestion(f"days must be a whole number from 1 to {LONGEST_DAYS}.")
    return int(text)


def _as_json(head: dict, days, address: str) -> str:
    """Write the answer piece by piece: a month of ten clinicians is thousands of entries, and most parts repeat."""
    instants: dict[tuple[int, int], tuple[str, str]] = {}
    shared: dict[tuple[int, int], str] = {}
    entries = []
    for day in days:
        for start, end, person, place in day.times:
            begins, in_address = instants.get((start, place.pk)) or _instant(instants, start, place)
            ends, _unused = instants.get((end, place.pk)) or _instant(instants, end, place)
            middle = shared.get((person.pk, place.pk)) or _shared(shared, person, place, address)
            entries.append(f'{{"start":"{begins}","end":"{ends}",{middle}{in_address}"}}')
    return f'{json.dumps(head)[:-1]}, "slots": [{",".join(entries)}]}}'


def _instant(instants: dict, minute: int, place) -> tuple[str, str]:
    """Return ISO 8601 with the place's offset: plain, and as it stands in an address."""
    text = from_minute(minute).astimezone(place.zone).isoformat()
    instants[minute, place.pk] = text, text.replace(":", "%3A").replace("+", "%2B")
    return instants[minute, place.pk]


def _shared(shared: dict, person, place, address: str) -> str:
    """Return what all entries of one clinician at one place share, up to the start in the address to book at."""
    facts = json.dumps({"time_zone": place.zone.key, "clinician": person.slug, "location": place.slug})
    link = json.dumps(f"{address}&clinician={person.slug}&location={place.slug}&start=")
    shared[person.pk, place.pk] = f'{facts[1:-1]},"book_url":{link[:-1]}'
    return shared[person.pk, place.pk]
