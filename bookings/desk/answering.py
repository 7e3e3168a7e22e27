"""One press at the desk that writes down what a patient said before a visit."""

from django.contrib import messages
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from bookings import readiness
from bookings.desk.back import back_to, is_part
from bookings.desk.visit import visit_or_404, visit_page
from bookings.forms.clinician import AnswerForm
from bookings.models import Appointment


@require_POST
def answer(request, pk: int):
    """Write an answer down. Pressed twice it is the same."""
    visit, now = visit_or_404(request, pk), timezone.now()
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _not_answered(request, visit, _wrong(form), now=now)
    said = form.cleaned_data
    try:
        readiness.answer(visit, said["question"], said["choice"], words=said["words"], user=request.user, now=now)
    except readiness.NotOfVisit as refusal:
        visit.refresh_from_db(fields=("status", "version"))
        return _not_answered(request, visit, refusal.message, now=now)
    return _back(request, visit)


def _not_answered(request, visit: Appointment, why, *, now):
    """Say why nothing was written. Typed words stay: in the panel itself, which the script keeps, or on the visit's page.

    They go into no address and no message: those are shown elsewhere, too.
    """
    messages.error(request, str(why))
    words = request.POST.get("words", "")
    if not words or is_part(request.POST.get("next", "")):
        return _back(request, visit)
    return visit_page(request, visit, now=now, typed={request.POST.get("question", ""): words})


def _back(request, visit: Appointment):
    return back_to(request, reverse("admin:desk-visit", args=[visit.pk]))


def _wrong(form: AnswerForm):
    """Say what is wrong with the words typed beside an answer; nobody types the rest."""
    return form.errors["words"][0] if "words" in form.errors else _("Choose one of these.")
