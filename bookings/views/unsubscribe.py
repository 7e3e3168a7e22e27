"""No more reminders by email: by the link at the end of a message, or by the one press a mail program offers (RFC 8058).

A scanner that follows the link changes nothing. The mail program's press is a POST without a cookie, so that the token
alone must do.
"""

from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from bookings import contacts, limits, links
from bookings.models import ManageLink
from bookings.views.own_visit import nothing_here

SESSION_KEY = "stop_link"
WRONG_TRIES_PER_HOUR = 30
UNSUBSCRIBE = ManageLink.Purpose.UNSUBSCRIBE


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def open_link(request, token):
    """A person goes on to the page with the button; a mail program's own press is done at once, and never redirected."""
    now = timezone.now()
    if request.method == "POST" and request.POST.get("List-Unsubscribe", "").lower() == "one-click":
        return _one_click(token, now=now)
    address = limits.address_hash(request)
    if limits.too_many("stop-link", address, limit=WRONG_TRIES_PER_HOUR, now=now):
        return nothing_here(request)
    link = links.find(token, now=now, purpose=UNSUBSCRIBE)
    if link is None:
        limits.count("stop-link", address, now=now)
        return nothing_here(request)
    request.session[SESSION_KEY] = link.pk
    return redirect("appointments-stop")


@require_http_methods(["GET", "HEAD", "POST"])
def page(request):
    """One button: no more reminders, or reminders again. The token has left the address."""
    now = timezone.now()
    link = links.find_again(request.session.get(SESSION_KEY), now=now, purpose=UNSUBSCRIBE)
    if link is None:
        return nothing_here(request)
    if request.method == "POST":
        wanted = request.POST.get("reminders")
        if wanted in ("on", "off"):
            contacts.change(link.appointment.patient, reminders=wanted == "on", now=now)
        return redirect("appointments-stop")
    stopped = link.appointment.patient.reminders_off_at is not None
    template = "unsubscribed" if stopped else "unsubscribe"
    return render(request, f"bookings/manage/{template}.html", {"location": link.appointment.location})


def _one_click(token, *, now):
    link = links.find(token, now=now, purpose=UNSUBSCRIBE)
    if link is None:
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    contacts.change(link.appointment.patient, reminders=False, now=now)
    return HttpResponse(status=HTTPStatus.OK)
