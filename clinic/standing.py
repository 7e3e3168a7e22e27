"""What this copy of the product is, when it is not the clinic itself: every page says so by `clinic/standing_banner.html`."""

from django.conf import settings

REHEARSAL, DEMO = "rehearsal", "demo"


def standing(request):
    """Context: `standing` is "rehearsal" on a practice copy, "demo" in the demo, else empty. Asks no database."""
    return {"standing": REHEARSAL if settings.CLINIC_REHEARSAL else DEMO if settings.CLINIC_DEMO else ""}
