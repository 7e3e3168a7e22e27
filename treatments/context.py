"""What every page says: the clinic's name, its places, its phone."""

from django.conf import settings
from django.utils.functional import cached_property

from treatments.models import Location


class ClinicFacts:
    """The clinic as its pages name it. The places are read once a page, and only by pages that show them."""

    name = property(lambda self: settings.CLINIC_NAME)
    base_url = property(lambda self: settings.CLINIC_BASE_URL.rstrip("/"))

    @cached_property
    def locations(self) -> list[Location]:
        return list(Location.objects.active().prefetch_related("opening_hours"))

    @property
    def front(self) -> Location | None:
        """The place whose phone and hours stand in the header: the first one."""
        return next(iter(self.locations), None)

    @property
    def emergency_number(self) -> str:
        return self.front.emergency_number if self.front else "911"


def clinic(request):
    return {"clinic": ClinicFacts()}
