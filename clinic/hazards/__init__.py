"""What of the settings would hurt somebody where other hosts reach the site; `clinic.checks` shows it to `manage.py check`."""

from django.core.checks import CheckMessage

from clinic.hazards.table import BOUNDS, HAZARDS


def found(settings) -> list[CheckMessage]:
    """Return everything that is wrong with these settings, the table's order."""
    wrong = [hazard.message for hazard in HAZARDS if hazard.is_so(settings)]
    numbers = [(bound, getattr(settings, bound.setting)) for bound in BOUNDS]
    return wrong + [bound.message(value) for bound, value in numbers if not bound.lowest <= value <= bound.highest]
