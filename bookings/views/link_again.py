"""Send my link again. The answer is the same whether we know somebody or not, and comes before we look."""

import datetime as dt
from http import HTTPStatus

from django.db import transaction
from django.db.models import Q
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from bookings import limits, outbox
from bookings.forms.link_again import Contact, LinkAgainForm
from bookings.models import Appointment
from bookings.views.steps import posted

PER_ADDRESS_HOUR = 20
# So often the links of one email address or phone are sent; from then on the same answer, and nothing is sent.
PER_CONTACT_HOUR = 3
# A family may share an address.
MOST_VISITS = 12


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request):
    now = timezone.now()
    form = LinkAgainForm(posted(request), now=now)
    if not form.is_valid():
        return render(request, "bookings/manage/link_again.html", {"form": form})
    address = limits.address_hash(request)
    if limits.too_many("link-address", address, limit=PER_ADDRESS_HOUR, now=now):
        context = {"form": form, "too_many": True}
        return render(request, "bookings/manage/link_again.html", context, status=HTTPStatus.TOO_MANY_REQUESTS)
    answer = redirect("appointments-link-sent")
    limits.count("link-address", address, now=now)
    send_links(form.cleaned_data["contact"], now=now)
    return answer


@require_safe
def sent(request):
    """What everybody reads who asked."""
    return render(request, "bookings/manage/link_again_sent.html")


def send_links(contact: Contact, *, now: dt.datetime) -> None:
    """Write a message with a link for every visit ahead of whoever has this email address or phone, as often as may be.

    Whoever we do not know costs the same count and the same call to the sender.
    """
    asked = limits.count("link-contact", contact.email or contact.phone, now=now)
    with transaction.atomic():
        for visit in visits_of(contact, now=now) if asked <= PER_CONTACT_HOUR else []:
            outbox.send_link(visit, now=now)
        outbox.nudge_on_commit()


def visits_of(contact: Contact, *, now: dt.datetime) -> list[Appointment]:
    """Return the visits ahead of everybody with this email address or phone, the next one first; one statement."""
    theirs = Q(patient__email__iexact=contact.email) if contact.email else Q(patient__phone=contact.phone)
    ahead = Appointment.objects.expected().filter(theirs, end__gt=now).order_by("start", "pk")
    return list(ahead.select_related("patient", "location", "treatment")[:MOST_VISITS])
