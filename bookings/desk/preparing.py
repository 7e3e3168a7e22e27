"""Ticking the preparation off for a patient on the phone."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from bookings import access, preparation
from bookings.desk.back import back_to
from bookings.models import Appointment


@require_POST
def prepared(request, pk: int, step: int, *, done: bool = True):
    """Tick a step off, or take the tick back. Pressed twice it is the same."""
    if not request.user.has_perm("bookings.change_appointment"):
        raise PermissionDenied
    visit = get_object_or_404(Appointment.objects.select_related("treatment"), pk=pk)
    access.shows_patients(request, [visit.patient_id])
    try:
        preparation.tick(visit, step, done=done, user=request.user, now=timezone.now())
    except preparation.NotOfVisit as refusal:
        messages.error(request, str(refusal))
    return back_to(request, reverse("admin:desk-visit", args=[visit.pk]))


@require_POST
def not_prepared(request, pk: int, step: int):
    return prepared(request, pk, step, done=False)
