"""Every message as it would be read, to an invented person: nothing is written, no link is made, nobody's data is shown."""

import datetime as dt

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bookings import emails, links, sms
from bookings.forms.previews import NAMES, PreviewForm
from bookings.models import Appointment, Message, Patient
from bookings.models.appointments import Status
from treatments.editorial.reading import grade
from treatments.models import Location

STOP_LINK = "https://…/appointments/stop/…/"
DAY_LINK = "https://…/schedule/"
# What the visit is when we write so.
STATUSES = {
    Message.Kind.REQUEST_RECEIVED: Status.REQUESTED,
    Message.Kind.OFFERED: Status.REQUESTED,
    Message.Kind.DECLINED: Status.CANCELLED,
    Message.Kind.CANCELLED: Status.CANCELLED,
    Message.Kind.CANCELLED_BY_CLINIC: Status.CANCELLED,
    Message.Kind.MISSED: Status.MISSED,
    Message.Kind.AFTERCARE: Status.DONE,
    Message.Kind.INVITATION: Status.DONE,
}


@require_safe
def previews(request):
    """Show one kind of message by email and as a text message; a GET form chooses it."""
    if not request.user.has_perm("bookings.view_message"):
        raise PermissionDenied
    form = PreviewForm(request.GET if "kind" in request.GET else {"kind": Message.Kind.CONFIRMATION, "name": "plain"})
    shown = _shown(form.cleaned_data, now=timezone.now()) if form.is_valid() else {}
    context = {"title": _("What our messages say"), "form": form, **shown}
    return TemplateResponse(request, "admin/previews.html", admin.site.each_context(request) | context)


def _shown(chosen: dict, *, now: dt.datetime) -> dict:
    kind = Message.Kind(chosen["kind"])
    message = invented(kind, NAMES[chosen["name"]], place=_place(), now=now)
    link = DAY_LINK if message.appointment is None else links.PLACEHOLDER
    email = emails.render(message, link=link, stop_link=STOP_LINK)
    said = {"kind": kind, "email": email, "grade": grade(sentences(email.text))}
    if message.appointment is None:
        return said
    words = sms.text(message)
    return said | {"words": words, "septets": sms.septets(words), "room": sms.ROOM}


def invented(kind: str, first_name: str, *, place: Location, now: dt.datetime) -> Message:
    """Return an unsaved message of this kind about an unsaved visit: in three days at ten, by the clock of the place."""
    date = timezone.localtime(now, place.zone).date() + dt.timedelta(days=3)
    if kind == Message.Kind.DIGEST:
        return Message(kind=kind, channel=Message.Channel.EMAIL, intent=f"digest/0/{date}/email")
    start = dt.datetime.combine(date, dt.time(10), tzinfo=place.zone)
    visit = Appointment(
        patient=Patient(first_name=first_name),
        location=place,
        start=start,
        end=start + dt.timedelta(minutes=30),
        arrive_at=start - dt.timedelta(minutes=10),
        status=STATUSES.get(Message.Kind(kind), Status.BOOKED),
        decide_by=start - dt.timedelta(days=1) if kind == Message.Kind.OFFERED else None,
        cancel_reason="clinician_away" if kind == Message.Kind.CANCELLED_BY_CLINIC else "",
    )
    return Message(kind=kind, channel=Message.Channel.EMAIL, appointment=visit)


def sentences(text: str) -> str:
    """Return the sentences of a letter, without its links, its table of facts and its greeting."""
    return "\n".join(line for line in text.splitlines() if line.endswith((".", "?", "!")))


def _place() -> Location:
    """Return the first place there is, so that its own address and phone are seen; else an invented one."""
    return Location.objects.active().first() or Location(
        name="Harbor Street",
        street="1 Harbor Street",
        city="Riverbend",
        state="NY",
        postal_code="10001",
        phone="+12125550100",
    )
