"""One message sent once more, with a reason."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings import access, outbox
from bookings.desk.letters import letter_of
from bookings.forms.messenger import AgainForm
from bookings.models import Message


@require_http_methods(["GET", "HEAD", "POST"])
def send_again(request, pk: int):
    """Show what would be said again and ask why; a POST writes it, once, however often it is pressed."""
    if not request.user.has_perms(["bookings.change_appointment", "bookings.view_message"]):
        raise PermissionDenied
    rows = Message.objects.select_related("appointment__patient", "appointment__location", "appointment__treatment")
    message = get_object_or_404(rows.exclude(appointment=None), pk=pk)
    access.shows_patients(request, [message.appointment.patient_id])
    form = AgainForm(request.POST if request.method == "POST" else None, initial={"seen": _times(message)})
    if request.method != "POST" or not form.is_valid():
        return _page(request, message, form)
    if _times(message) > form.cleaned_data["seen"]:
        messages.info(request, _("It has been sent again already."))
        return _visit(message)
    try:
        outbox.send_again(message, reason=form.cleaned_data["reason"], user=request.user, now=timezone.now())
    except outbox.NotSendable as refusal:
        form.add_error(None, str(refusal))
        return _page(request, message, form)
    messages.success(request, _("Written once more. It goes out with the next messages."))
    return _visit(message)


def _times(message: Message) -> int:
    """Return how many messages of this intent there are."""
    base = message.intent.split("/again")[0]
    return Message.objects.filter(intent__startswith=f"{base}/again").count()


def _page(request, message: Message, form: AgainForm):
    context = {
        "title": _("Send a message again"),
        "message": message,
        "letter": letter_of(message),
        "visit": message.appointment,
        "form": form,
    }
    return TemplateResponse(request, "admin/bookings/messages/again.html", admin.site.each_context(request) | context)


def _visit(message: Message):
    return redirect(reverse("admin:bookings_appointment_change", args=[message.appointment_id]) + "#messages")
