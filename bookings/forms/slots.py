"""A chosen time as it travels in a form: `<start, ISO 8601>/<clinician, or empty for anybody>/<location>`."""

import datetime as dt
from typing import NamedTuple

from bookings.scheduling import NotOffered, Slot
from treatments.models import Clinician, Location, Treatment

# Nothing is offered further away; year 9999 would only upset calendars.
FARTHEST = dt.timedelta(days=800)


class ChosenTime(NamedTuple):
    start: dt.datetime
    clinician: str
    location: str

    def __str__(self):
        return f"{self.start.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}/{self.clinician}/{self.location}"

    @classmethod
    def parse(cls, text: str, *, now: dt.datetime) -> "ChosenTime | None":
        """Read a form's value; None for anything we would not have written."""
        parts = str(text).split("/")
        start = read_start(parts[0], now=now)
        if len(parts) != 3 or start is None or not all(_is_slug(part) for part in parts[1:] if part):
            return None
        return cls(start, parts[1], parts[2])

    def slot(self, treatment: Treatment) -> Slot:
        """Return what `scheduling` is asked for. Raises NotOffered for a place or person we do not have."""
        location = Location.objects.active().filter(slug=self.location).first()
        clinician = Clinician.objects.active().filter(slug=self.clinician).first() if self.clinician else None
        if location is None or (self.clinician and clinician is None):
            raise NotOffered
        return Slot(treatment, self.start, location, clinician)


def read_start(text: str, *, now: dt.datetime) -> dt.datetime | None:
    """Return the instant of an ISO 8601 text with an offset, near enough to be offered; else None.

    A plus sign that an address turned into a space is read as the plus it was.
    """
    for written in (text, text.replace(" ", "+")):
        try:
            start = dt.datetime.fromisoformat(written)
            near = start.tzinfo is not None and abs(start - now) <= FARTHEST
        except (ValueError, OverflowError):
            continue
        if near:
            return start.astimezone(dt.UTC)
    return None


def _is_slug(text: str) -> bool:
    return len(text) <= 120 and text.isascii() and text.replace("-", "").replace("_", "").isalnum()
