"""What must be known before a visit, at the desk: chips with their questions, and the side of a procedure before it begins."""

import datetime as dt
from typing import Any, NamedTuple

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from bookings import access, readiness, scheduling
from bookings.desk.back import back_to, is_ours, is_part
from bookings.forms.clinician import SIDES, SideForm, version_in
from bookings.models import Appointment
from bookings.models.appointments import FREES_THE_TIME, Status

OVER = (Status.DONE, *FREES_THE_TIME)
SHOWN_WITH = ("patient", "treatment", "clinician", "location", "region")


class Asked(NamedTuple):
    """A chip with the question behind it; None where it follows from something else, or nothing can be answered any more.

    `typed`: words beside an answer that was refused.
    """

    chip: readiness.Chip
    question: readiness.Question | None
    typed: str = ""

    @property
    def is_open(self) -> bool:
        return self.question is not None and (self.chip.state == "missing" or bool(self.typed))


def readiness_of(visit: Appointment, *, now: dt.datetime, typed: dict[str, str] | None = None) -> list[Asked]:
    """Return the chips of a visit with their questions: two statements. Nothing for one that was canceled or missed.

    `typed`: words that were refused, by the question they stood beside.
    """
    if visit.status in FREES_THE_TIME:
        return []
    chips = readiness.chips_of([visit], now=now)[visit.pk]
    questions: dict[str, Any] = {} if visit.status in OVER else readiness.QUESTIONS
    return [Asked(chip, questions.get(chip.question), (typed or {}).get(chip.question, "")) for chip in chips]


# --- Region and side before a procedure begins ----------------------------------------------------------------------


def ask_where(request, visit: Appointment) -> HttpResponseRedirect:
    """Lead to the page that asks where it is, and from there back to where the button stood."""
    back = request.POST.get("next", "")
    asked = {"next": back} if is_ours(request, back) and not is_part(back) else {}
    address = reverse("admin:desk-start", args=[visit.pk])
    return redirect(f"{address}?{urlencode(asked)}" if asked else address)


@require_http_methods(["GET", "HEAD", "POST"])
def start(request, pk: int):
    """Ask for region and side, and begin the visit in the same press."""
    visit, now = _visit(request, pk), timezone.now()
    if request.method != "POST":
        before = {"region": visit.region and visit.region.slug, "side": visit.side}
        return _start_page(request, visit, SideForm(initial=before, visit=visit))
    form = SideForm(request.POST, visit=visit)
    if form.is_valid():
        how = {"by": scheduling.By.staff(request.user), "now": now, "version": version_in(request.POST)}
        try:
            begun = scheduling.start(visit, **how, **form.said())
        except scheduling.Refused as refusal:
            form.add_error(None, str(refusal.message))
            visit.refresh_from_db()
        else:
            messages.success(request, f"{begun.patient}: {begun.get_status_display()}.")
            return back_to(request, _day_of(begun))
    return _start_page(request, visit, form)


def _start_page(request, visit: Appointment, form: SideForm):
    back = request.POST.get("next", "") or request.GET.get("next", "")
    context = {
        "title": _("Where is it, and which side?"),
        "visit": visit,
        "form": form,
        "sides": SIDES,
        "next": back if is_ours(request, back) else "",
        "opts": Appointment._meta,
    }
    return TemplateResponse(
        request, "admin/bookings/appointment/start.html", admin.site.each_context(request) | context
    )


def _day_of(visit: Appointment) -> str:
    return f"{reverse('admin:day', args=[visit.local_start.date()])}?location={visit.location.slug}"


def _visit(request, pk: int) -> Appointment:
    if not request.user.has_perm("bookings.change_appointment"):
        raise PermissionDenied
    visit = get_object_or_404(Appointment.objects.select_related(*SHOWN_WITH), pk=pk)
    access.shows_patients(request, [visit.patient_id])
    return visit
