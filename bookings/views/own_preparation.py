"""How to prepare for a visit: the general text, and the steps to tick off, each with its date."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings import preparation
from bookings.views.own_visit import verified_only, with_appointment
from treatments.models import Treatment


@require_http_methods(["GET", "HEAD", "POST"])
@with_appointment
@verified_only
def prepare(request, appointment, *, now):
    if request.method == "POST":
        return _save(request, appointment, now=now)
    treatment = appointment.treatment
    context = {
        "appointment": appointment,
        "location": appointment.location,
        "treatment": treatment,
        "steps": preparation.steps_of(appointment),
        "ahead": preparation.can_prepare(appointment, now=now),
        "is_procedure": treatment.role == Treatment.Role.PROCEDURE,
    }
    return render(request, "bookings/manage/preparation.html", context)


def _save(request, appointment, *, now):
    """Tick what was ticked and untick what was unticked since the page was shown: what staff did meanwhile stays."""
    shown, wanted = _numbers(request.POST.getlist("shown")), _numbers(request.POST.getlist("done"))
    try:
        with transaction.atomic():
            for step in sorted(shown ^ wanted):
                preparation.tick(appointment, step, done=step in wanted, now=now)
    except preparation.NotOfVisit as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, _("Saved."))
    return redirect("appointments-prepare")


def _numbers(texts: list[str]) -> set[int]:
    """Return the numbers of steps that a form sent; what is none stands for a step that does not exist."""
    return {int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0 for text in texts}
