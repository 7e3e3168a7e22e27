"""One visit beside the board: who, what, the time in each state, who did what, and every move."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from bookings import access, preparation, scheduling
from bookings.desk.blocks import minutes_between
from bookings.desk.letters import told
from bookings.desk.readying import Asked, readiness_of
from bookings.models import Appointment, AppointmentEvent, NextStep
from bookings.models.appointments import FREES_THE_TIME, Status
from bookings.worklists import moves_of
from bookings.worklists.clinicians import with_invitation

HOUR, DAY = 60, 1440
SHOWN_WITH = ("patient", "treatment", "clinician", "location", "region", "article", "treatment_wanted")
ENDED = (Status.DONE, *FREES_THE_TIME)
# What an event is called once it is past; what is missing here is called as the status it led to.
HAPPENED = {
    "approve": gettext_lazy("approved"),
    "decline": gettext_lazy("declined"),
    "confirm": gettext_lazy("confirmed"),
    "move": gettext_lazy("moved"),
    "amend": gettext_lazy("details changed"),
    "offer": gettext_lazy("another time offered"),
    "accept": gettext_lazy("patient said yes"),
    "undo": gettext_lazy("taken back"),
}


class Span(NamedTuple):
    """A time in one state; `minutes` is None for one that ends a visit."""

    status: Status
    since: dt.datetime
    minutes: int | None
    is_present: bool

    @property
    def words(self) -> str:
        return "" if self.minutes is None else duration(self.minutes)


class Deed(NamedTuple):
    what: Any
    at: dt.datetime
    who: str
    reason: Any


@require_safe
def visit(request, pk: int):
    """Show a visit: a fragment for the panel, a whole page without htmx."""
    return visit_page(request, visit_or_404(request, pk), now=timezone.now())


def visit_or_404(request, pk: int) -> Appointment:
    """Return the visit for somebody of the desk, and write down that its patient was looked at."""
    if not request.user.has_perm("bookings.change_appointment"):
        raise PermissionDenied
    shown = get_object_or_404(Appointment.objects.select_related(*SHOWN_WITH), pk=pk)
    access.shows_patients(request, [shown.patient_id])
    return shown


def visit_page(request, shown: Appointment, *, now: dt.datetime, typed: dict[str, str] | None = None):
    """Render the visit. `typed`: words that were refused, by the readiness question they stood beside."""
    events = list(shown.events.select_related("user"))
    ready = readiness_of(shown, now=now, typed=typed)
    context = {
        "visit": shown,
        "title": _("Visit"),
        "spans": spans_of(events, now=now),
        "deeds": [deed_of(event) for event in events],
        "moves": moves_of(shown, now=now),
        "told": told(shown),
        "steps": preparation.steps_of(shown),
        "can_prepare": preparation.can_prepare(shown, now=now),
        "ready": ready,
        "homeless": _homeless(typed or {}, ready),
        "next_step": _next_step(shown),
        "day": shown.local_start.date(),
        "in_panel": bool(request.htmx),
    }
    if request.htmx:
        return TemplateResponse(request, "admin/bookings/board/panel.html", context)
    return TemplateResponse(request, "admin/bookings/board/visit_page.html", admin.site.each_context(request) | context)


def _homeless(typed: dict[str, str], ready: list[Asked]) -> list[str]:
    """Return typed words whose question is asked no more, such as after the visit was canceled meanwhile."""
    asked = {each.question.name for each in ready if each.question and each.question.takes_words}
    return [words for name, words in typed.items() if name not in asked]


def _next_step(shown: Appointment):
    """Return what its clinician wants after a visit that is done, as long as it has no time."""
    if shown.status != Status.DONE:
        return None
    return with_invitation(NextStep.objects.open().filter(appointment=shown)).first()


def spans_of(events: Iterable[AppointmentEvent], *, now: dt.datetime) -> list[Span]:
    """Return the times in each state, in order; what was taken back counts for the minutes it lasted."""
    changes: list[tuple[str, dt.datetime]] = []
    for event in events:
        if not changes or changes[-1][0] != event.status_after:
            changes.append((event.status_after, event.at))
    ends = [at for _status, at in changes[1:]] + [now]
    return [
        Span(Status(status), at, None if status in ENDED and end is now else minutes_between(at, end), end is now)
        for (status, at), end in zip(changes, ends, strict=True)
    ]


def deed_of(event: AppointmentEvent) -> Deed:
    """Say an event in words: what, when, who, and why it was canceled."""
    reason = event.detail.get("reason", "") if isinstance(event.detail, dict) else ""
    return Deed(
        what=HAPPENED.get(event.verb, Status(event.status_after).label),
        at=event.at,
        who=str(event.user) if event.user else event.get_actor_display(),
        reason=scheduling.CANCEL_REASONS.get(reason, ""),
    )


def duration(minutes: int) -> str:
    """Say a length of time as a person would: “12 min”, “2 h 5 min”, “3 days”."""
    if minutes < HOUR:
        return _("%(minutes)s min") % {"minutes": minutes}
    if minutes < DAY:
        return _("%(hours)s h %(minutes)s min") % {"hours": minutes // HOUR, "minutes": minutes % HOUR}
    return ngettext("%(days)s day", "%(days)s days", minutes // DAY) % {"days": minutes // DAY}
