"""Invent patients: example.com addresses, 555-01xx phones, and the names that break careless programs."""

import datetime as dt
import re
import unicodedata
from random import Random

from bookings.models import Patient
from clinic.demo import content

AREA_CODES = ["518", "315", "845", "607", "716", "585", "914", "631", "516", "347"]


def make_people(count: int, *, rng: Random, today: dt.date, since: dt.datetime, first: int = 0) -> list[Patient]:
    """Create `count` patients known since `since`, numbered from `first`; the awkward names are the first numbers."""
    names = content.names()
    crowd = [_invent(number, names, rng=rng, today=today, since=since) for number in range(first, first + count)]
    return Patient.objects.bulk_create(crowd, batch_size=500)


def _invent(number: int, names: dict[str, list], *, rng: Random, today: dt.date, since: dt.datetime) -> Patient:
    first, last = _name(number, names, rng)
    contact = _contact(number, first, last, rng)
    return Patient(
        first_name=first,
        last_name=last,
        date_of_birth=today - dt.timedelta(days=rng.randint(19 * 366, 88 * 365)),
        sms_consent_at=since if contact["phone"] and contact["email"] and rng.random() < 0.6 else None,
        privacy_notice_at=since,
        language="es" if rng.random() < 0.1 else "en",
        access_needs=rng.choice(names["access_needs"]) if rng.random() < 0.07 else "",
        alert=names["alerts"][number // 14 % len(names["alerts"])] if number % 14 == 5 else "",
        coverage=rng.choice(Patient.Coverage.values),
        created_at=since,
        **contact,
    )


def _name(number: int, names: dict[str, list], rng: Random) -> tuple[str, str]:
    if number < len(names["awkward_names"]):
        first, last = names["awkward_names"][number]
        return first, last
    return rng.choice(names["first_names"]), rng.choice(names["last_names"])


def _contact(number: int, first: str, last: str, rng: Random) -> dict[str, str]:
    """Most have both; one in thirty has no email, one in twelve no phone."""
    email = ".".join(part for part in (_ascii(first), _ascii(last), str(number)) if part) + "@example.com"
    lot = rng.random()
    return {"email": "" if lot < 0.03 else email, "phone": "" if lot > 0.92 else phone(number)}


def phone(number: int) -> str:
    """Return an invented phone number; after 1,000 people two share one, as families do."""
    return f"+1{AREA_CODES[number // 100 % 10]}55501{number % 100:02}"


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("Đ", "D")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z]+", "", plain.lower())
