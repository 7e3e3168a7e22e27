"""The next visit, booked by the patient because their clinician wants to see them again: choose a time, check, book.

A GET shows times, or one of them to be checked; only the POST books. It lands on the page of the new visit.
"""

import hashlib
import secrets
from dataclasses import replace

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from bookings import eligibility, links, scheduling
from bookings.forms import ChosenTime
from bookings.forms.manage import NextForm
from bookings.models import Appointment
from bookings.models.appointments import Status
from bookings.views import choosing
from bookings.views.own_deeds import please_call, refuse, too_many_changes
from bookings.views.own_visit import go_on, with_appointment
from bookings.views.own_wishes import next_facts, same_clinician

NOT_OFFERED = gettext_lazy("We do not offer that time. Please choose one of these.")


@require_http_methods(["GET", "HEAD", "POST"])
@with_appointment
def book(request, appointment, *, now):
    """Show free times, or one to check; a POST books it. Where there is nothing to book, the visit's page says so."""
    found = next_facts(appointment, now=now)
    if not found.get("next_online") or found["next_opens"]:
        # A second press of the same button finds the session on the visit that the first one has booked.
        return redirect("appointments")
    wanted = found["wanted"]
    about = choosing.About(wanted.treatment, same_clinician(wanted), appointment.location, since=wanted.earliest)
    words = request.POST if request.method == "POST" else request.GET
    wish = choosing.Wish.read(words, about, now=now)
    if request.method == "POST":
        return _book(request, wanted, wish)
    return _check(request, wanted, wish) if "slot" in request.GET else _page(request, wanted, wish)


def _check(request, wanted, wish):
    """The time once more, before it is booked."""
    time = _read(request.GET["slot"], now=wish.now)
    slot = _slot(time, wanted) if time else None
    if slot is None:
        return _page(request, wanted, wish, error=NOT_OFFERED)
    outcome = eligibility.answer(wanted.treatment, patient=wanted.appointment.patient, now=wish.now).outcome
    context = {"slot": slot, "chosen": str(time), "token": secrets.token_urlsafe(24)}
    context |= {"requests": outcome == eligibility.Outcome.REQUEST, "back": wish.query(day=wish.day)}
    return _render(request, "next_check", wanted, context | {"wish": wish})


def _book(request, wanted, wish):
    form = NextForm(request.POST)
    time = _read(form.cleaned_data["slot"], now=wish.now) if form.is_valid() else None
    slot = _slot(time, wanted) if time else None
    if slot is None:
        return _page(request, wanted, wish, error=_("Choose a time."))
    if too_many_changes(wanted.appointment, now=wish.now):
        return please_call(request, wanted.appointment)
    try:
        visit = _take(wanted, wish, slot, token=form.cleaned_data["token"])
    except scheduling.Refused as refusal:
        return _refused(request, wanted, wish, slot, refusal)
    return _landed(request, visit)


def _refused(request, wanted, wish, slot, refusal):
    """Show the times again, those near a lost one first; on the visit's page, that it is booked already."""
    if isinstance(refusal, scheduling.Taken):
        return _page(request, wanted, wish.around(slot.start), lost=slot.start)
    if isinstance(refusal, scheduling.NotOffered):
        return _page(request, wanted, wish, error=NOT_OFFERED)
    if isinstance(refusal, scheduling.NotAllowed) and not isinstance(refusal, scheduling.NextBooked):
        words = _("You have another appointment at that time. Please choose a different one.")
        return _page(request, wanted, wish, error=words)
    return refuse(request, refusal)


def _take(wanted, wish, slot, *, token) -> Appointment:
    """Book with the clinician of the last visit where they are free then; with somebody else for those who said so."""
    said = f"{slot.start.isoformat()}/{slot.location.pk}"
    asked = {
        "patient": wanted.appointment.patient,
        "by": scheduling.By.patient(),
        "now": wish.now,
        "source": Appointment.Source.WEB,
        "wish": wanted,
        # Of this wish: a token made by hand must not lead to what somebody else's form has made.
        "form_token": hashlib.sha256(f"next/{wanted.pk}/{token}".encode()).hexdigest(),
        "form_digest": hashlib.sha256(said.encode()).hexdigest(),
    }
    whom = wish.about.whom
    if whom is not None:
        try:
            return scheduling.book(replace(slot, clinician=whom), **asked)
        except (scheduling.Taken, scheduling.NotOffered):
            if wish.clinician != choosing.ANY:
                raise
    return scheduling.book(slot, **asked)


def _landed(request, visit):
    """Go on as the page of the visit just made."""
    go_on(request, links.lead_on(request.own_visit.link, visit))
    requested = visit.status == Status.REQUESTED
    messages.success(request, _("We have your request.") if requested else _("Your next visit is booked."))
    return redirect("appointments")


def _read(text, *, now) -> ChosenTime | None:
    time = ChosenTime.parse(text, now=now)
    return time if time is not None and time.start > now else None


def _slot(time, wanted) -> scheduling.Slot | None:
    try:
        return time._replace(clinician="").slot(wanted.treatment)
    except scheduling.NotOffered:
        return None


def _page(request, wanted, wish, *, error="", lost=None):
    return _render(request, "next", wanted, choosing.shown(wish, lost=lost) | {"error": error})


def _render(request, template, wanted, context):
    """Treatment and clinician are for who gave the date of birth."""
    visit = wanted.appointment
    said = {"appointment": visit, "location": visit.location, "wanted": wanted}
    said |= {"verified": request.own_visit.verified}
    return render(request, f"bookings/manage/{template}.html", said | context)
