"""Region and side as staff say them: the patient's left is “left”."""

from django.utils.translation import pgettext_lazy

from bookings.models import Appointment

Side = Appointment.Side
SIDES = {
    Side.LEFT: pgettext_lazy("side of a patient", "left"),
    Side.RIGHT: pgettext_lazy("side of a patient", "right"),
    Side.BOTH: pgettext_lazy("side of a patient", "both sides"),
    Side.MIDDLE: pgettext_lazy("side of a patient", "middle"),
}


def side_words(visit: Appointment) -> str:
    """Return the side of a visit; empty when none is written down."""
    return str(SIDES[Side(visit.side)]) if visit.side else ""


def where_words(visit: Appointment) -> str:
    """Return region and side: “Neck, left”; what is not written down is left out."""
    region = str(visit.region) if visit.region_id else ""
    return ", ".join(filter(None, [region, side_words(visit)]))
