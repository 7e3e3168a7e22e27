"""What every page says: the clinic's name, its places, its phone."""

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils.functional import cached_property

from treatments.models import Location, OpeningHours
from treatments.public import put_read


class ClinicFacts:
    """The clinic as its pages name it. The places are read once a page, and only by pages that show them."""

    name = property(lambda self: settings.CLINIC_NAME)
    base_url = property(lambda self: settings.CLINIC_BASE_URL.rstrip("/"))

    @cached_property
    def locations(self) -> list[Location]:
        return _with_hours(Location.objects.active())

    @property
    def front(self) -> Location | None:
        """The place whose phone and hours stand in the header: the first one."""
        return next(iter(self.locations), None)

    @property
    def emergency_number(self) -> str:
        return self.front.emergency_number if self.front else "911"


def _with_hours(places: QuerySet) -> list[Location]:
    """Return the places with their opening hours, in one statement: every page asks."""
    columns = {f"hours_{name}": F(f"opening_hours__{name}") for name in ("pk", "weekday", "opens", "closes")}
    rows = places.annotate(**columns).order_by("position", "pk", "hours_weekday", "hours_opens")
    found: dict[int, tuple[Location, list[OpeningHours]]] = {}
    for row in rows:
        place, hours = found.setdefault(row.pk, (row, []))
        if row.hours_pk is not None:
            values = {name.removeprefix("hours_"): getattr(row, name) for name in columns}
            hours.append(OpeningHours(location=place, **values))
    for place, hours in found.values():
        put_read(place, "opening_hours", hours)
    return [place for place, _hours in found.values()]


def clinic(request):
    return {"clinic": ClinicFacts()}
