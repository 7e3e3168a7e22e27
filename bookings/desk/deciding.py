"""A manager decides what a clinician asks for about their time, with the visits it would hit in view."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from bookings import access, scheduling
from bookings.forms.deciding import DecisionForm
from bookings.models import TimeRequest
from bookings.scheduling import By
from bookings.worklists.times import in_short

LIST = "time"


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request, pk: int):
    """Show what is asked for and whom it would hit; a press says yes or no."""
    if not request.user.has_perm("bookings.decide_timerequest"):
        raise PermissionDenied
    about = ("clinician__resource", "location", "session__location", "decided_by", "asked_by")
    asked = get_object_or_404(TimeRequest.objects.select_related(*about), pk=pk)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            return _decide(request, asked, form)
        except scheduling.Refused as refusal:
            form.add_error(None, str(refusal.message))
            asked.refresh_from_db()
    return _page(request, asked, form)


def _decide(request, asked: TimeRequest, form: DecisionForm):
    said = {"by": By.staff(request.user), "now": timezone.now(), "answer": form.cleaned_data["answer"]}
    if form.cleaned_data["press"] == DecisionForm.NO:
        scheduling.decline_time(asked, **said)
        messages.success(request, _("Declined. The clinician reads your answer."))
        return redirect("admin:worklist", LIST)
    made = scheduling.approve_time(asked, mark=form.cleaned_data["mark"], **said)
    messages.success(request, _("Approved. Nobody can be booked against it any more."))
    hits = made.time_off is not None and scheduling.to_settle(made.time_off, now=said["now"])
    return redirect("admin:away-resolve", made.time_off.pk) if hits else redirect("admin:worklist", LIST)


def _page(request, asked: TimeRequest, form: DecisionForm):
    is_open = asked.state == TimeRequest.State.ASKED
    hit = scheduling.hit_by_request(asked, now=timezone.now()) if is_open else []
    access.shows_patients(request, {visit.patient_id for visit in hit})
    context = {
        "title": _("Leave and hours to decide"),
        "asked": asked,
        "what": in_short(asked),
        "hit": hit,
        "mark": scheduling.mark_of(asked, hit),
        "is_open": is_open,
        "is_own": request.user.pk in (asked.asked_by_id, asked.clinician.user_id),
        "form": form,
    }
    return TemplateResponse(request, "admin/time_request.html", admin.site.each_context(request) | context)
