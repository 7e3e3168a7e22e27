"""`/api/slots`: the free times of a treatment as JSON, one entry per start, clinician and location."""

import datetime as dt
import json
from typing import NamedTuple

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Subquery
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from bookings import availability
from bookings.availability import prepared
from bookings.intervals import from_minute
from treatments.models import Clinician, Location, Treatment

LONGEST_DAYS = 62
COLUMNS = [field.attname for field in Treatment._meta.concrete_fields]


class BadQuestion(Exception):
    """The query string cannot be answered; the text says why."""


@require_safe
def slots(request):
    try:
        asked = _asked(request.GET)
        first, days = _date(request.GET.get("from", "")), _days(request.GET.get("days", ""))
    except BadQuestion as reason:
        return JsonResponse({"error": str(reason)}, status=400)
    treatment = asked.treatment
    picture = availability.look(
        [treatment], first=first, days=days, now=timezone.now(), clinician=asked.clinician, location=asked.location
    )
    head = {"treatment": treatment.slug, "time_zone": asked.time_zone or settings.TIME_ZONE}
    address = f"{request.build_absolute_uri(reverse('book'))}?treatment={treatment.slug}"
    return HttpResponse(_as_json(head, picture.by_day(treatment.pk), address), content_type="application/json")


class Asked(NamedTuple):
    """What the names in the question stand for; None where nobody was named."""

    treatment: Treatment
    clinician: int | None
    location: int | None
    time_zone: str | None


def _asked(words) -> Asked:
    """Look all three names up in one statement."""
    if not words.get("treatment"):
        raise BadQuestion("treatment is missing: give the slug of a treatment.")
    # PostgreSQL cannot even be asked for a NUL.
    names = {name: words.get(name, "").replace("\x00", "\ufffd") for name in ("treatment", "clinician", "location")}
    found = prepared.rows(_named, **names)
    if not found:
        raise BadQuestion("treatment is not known.")
    *columns, clinician, location, time_zone = found[0]
    for name, row in (("clinician", clinician), ("location", location)):
        if names[name] and row is None:
            raise BadQuestion(f"{name} is not known.")
    return Asked(Treatment.from_db(DEFAULT_DB_ALIAS, COLUMNS, columns), clinician, location, time_zone)


def _named(treatment, clinician, location):
    """The treatment's columns, and beside them the clinician and the place of these slugs."""
    clinicians, places = (
        Clinician.objects.active().filter(slug=clinician),
        Location.objects.active().filter(slug=location),
    )
    beside = [Subquery(clinicians.values("pk")), Subquery(places.values("pk")), Subquery(places.values("time_zone"))]
    return Treatment.objects.active().filter(slug=treatment).values_list(*COLUMNS, *beside)


def _date(text: str) -> dt.date:
    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        raise BadQuestion("from must be a date like 2026-03-02.") from None
    if not 2000 <= date.year <= 2200 or date.isoformat() != text:
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
