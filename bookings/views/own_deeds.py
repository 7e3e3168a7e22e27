"""What all presses on the patient's page share: the version that was on it, a limit, and refusals in words for patients."""

from functools import wraps
from http import HTTPStatus

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from bookings import limits, scheduling
from bookings.forms.manage import SeenForm

# Every change is told by email: somebody who found a link must not fill a mailbox with it.
CHANGES_PER_HOUR = 20


def changes_visit(view):
    """For a press under `with_appointment`: give it the version the page showed, say refusals, and go back to the page."""

    @wraps(view)
    def press(request, appointment, *, now):
        form = SeenForm(request.POST)
        if not form.is_valid():
            return has_changed(request)
        if too_many_changes(appointment, now=now):
            return please_call(request, appointment)
        try:
            view(request, appointment, now=now, version=form.cleaned_data["version"])
        except scheduling.Refused as refusal:
            return refuse(request, refusal)
        return redirect("appointments")

    return press


def too_many_changes(appointment, *, now) -> bool:
    """Count one more change of this visit and tell whether it is one too many."""
    return limits.count("manage-change", str(appointment.pk), now=now) > CHANGES_PER_HOUR


def refuse(request, refusal: scheduling.Refused):
    """Say why nothing happened, back on the page. Who of the staff was quicker is not for patients."""
    if isinstance(refusal, scheduling.Changed):
        return has_changed(request)
    messages.warning(request, refusal.message)
    return redirect("appointments")


def has_changed(request):
    messages.warning(request, _("Your appointment has changed since you opened that page. Please look at it again."))
    return redirect("appointments")


def please_call(request, appointment):
    """Enough for now: no riddles, but a phone number and a person."""
    context = {"location": appointment.location}
    return render(request, "bookings/manage/please_call.html", context, status=HTTPStatus.TOO_MANY_REQUESTS)
