"""A visit's own page: who, what and where, why, what must be known before it, what was before, and what to do next."""

from django.utils import timezone
from django.views.decorators.http import require_safe

from bookings import preparation, readiness, scheduling
from bookings.desk.visit import deed_of
from bookings.models import Appointment
from bookings.models.appointments import FREES_THE_TIME, Status
from bookings.past import past_of
from bookings.views.clinician_acts import acts_of
from bookings.views.clinician_finish import next_of
from bookings.views.clinician_pages import page, places_on_body
from bookings.views.own_clinician import for_clinicians, own_visit_or_404

# What matters first; what was asked and is none keeps quiet at the end.
ORDER = ("alert", "missing", "said", "none")


@for_clinicians
@require_safe
def visit(request, reference):
    """Show a visit of the clinician's own. One that was canceled or missed is there to be read."""
    return visit_page(request, own_visit_or_404(request, reference), now=timezone.now())


def visit_page(request, shown: Appointment, *, now, typed: dict | None = None):
    """Render the page. `typed`: words that were refused, which stay in the field of their `question`."""
    events = list(shown.events.select_related("user"))
    acts, typed = acts_of(shown, now=now), typed or {}
    asked = _readiness(shown, may_change=acts.may_change, now=now)
    context = {
        "date": shown.local_start.date(),
        **asked,
        "where": _where(shown, may_change=acts.may_change),
        "steps": [] if shown.status in FREES_THE_TIME else preparation.steps_of(shown),
        "can_prepare": preparation.can_prepare(shown, now=now),
        "past": past_of([shown], now=now)[shown.pk],
        "deeds": [deed_of(event) for event in events],
        "reason": scheduling.CANCEL_REASONS.get(shown.cancel_reason, ""),
        "next": next_of(shown) if shown.status == Status.DONE else None,
        "typed": typed,
        "is_changing": typed.get("question") in [question.name for question in asked["closed"]],
    }
    return page(request, "visit", shown, **context, now=now)


def _readiness(visit, *, may_change: bool, now) -> dict:
    """Return the chips, what matters first, and the questions behind them: those still open, and those that have an answer."""
    chips = [chip for chip in readiness.chips_of([visit], now=now)[visit.pk] if not _is_said_above(chip)]
    missing = {chip.question for chip in chips if chip.state == "missing"}
    questions = readiness.questions_of(visit) if may_change else []
    return {
        "chips": sorted(chips, key=lambda chip: ORDER.index(chip.state)),
        "open": [question for question in questions if question.name in missing],
        "closed": [question for question in questions if question.name not in missing],
    }


def _is_said_above(chip: readiness.Chip) -> bool:
    """Region and side stand beside the treatment; only that they are missing needs a chip."""
    return chip.name == "where" and chip.state != "missing"


def _where(visit, *, may_change: bool) -> dict:
    """Return what region and side are chosen from, for a treatment that has them."""
    if not (may_change and visit.treatment.asks_side):
        return {}
    return places_on_body(visit) | {"missing": not (visit.region_id and visit.side)}
