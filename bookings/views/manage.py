"""The page behind the link of a message: when and where, and cancelling. It shows what a finder of the mail may see.

A link is followed by mail scanners before any person reads it: opening changes nothing, and cancelling takes a page, a
choice and a POST. The token leaves the address at once. No address carries the number of anything.
"""

import datetime as dt
from functools import wraps
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookings import ical, limits, links, scheduling
from bookings.forms.manage import AcceptForm, CancelForm
from bookings.models import Appointment
from bookings.models.appointments import Status

SESSION_KEY = "manage_link"
WRONG_TRIES_PER_HOUR = 30
TITLES = {
    "requested": _("Your request"),
    "offered": _("We can offer you this time"),
    "booked": _("Your appointment"),
    "here": _("You are here. Welcome"),
    "over": _("This appointment is over"),
    "cancelled": _("This appointment is canceled"),
}


@require_safe
def open_link(request, token):
    """Take the token out of the address: remember its link in the session and go on to the page."""
    now = timezone.now()
    address = limits.address_hash(request)
    if limits.too_many("manage-link", address, limit=WRONG_TRIES_PER_HOUR, now=now):
        return _nothing_here(request)
    link = links.find(token, now=now)
    if link is None:
        limits.count("manage-link", address, now=now)
        return _nothing_here(request)
    request.session.cycle_key()
    request.session[SESSION_KEY] = link.pk
    return redirect("appointments")


def with_appointment(view):
    """Give the view the appointment of the link this session has opened, or answer as if there were none."""

    @wraps(view)
    def wrapper(request):
        now = timezone.now()
        link = links.find_again(request.session.get(SESSION_KEY), now=now)
        return view(request, link.appointment, now=now) if link else _nothing_here(request)

    return wrapper


@require_safe
@with_appointment
def appointment(request, appointment, *, now):
    """When, where, and what became of it."""
    return render(request, "bookings/manage/appointment.html", _facts(appointment, now=now))


@require_http_methods(["GET", "HEAD", "POST"])
@with_appointment
def cancel(request, appointment, *, now):
    """Ask why, then cancel. A second press finds it cancelled and changes nothing."""
    facts = _facts(appointment, now=now)
    if not facts["may_cancel"]:
        return redirect("appointments")
    if request.method != "POST":
        return _ask(request, CancelForm(initial={"version": appointment.version}), facts)
    form = CancelForm(request.POST)
    if not form.is_valid():
        return _ask(request, form, facts)
    return _cancel(request, appointment, form.cleaned_data, now=now)


def _cancel(request, appointment, answers, *, now):
    by = scheduling.By.patient()
    try:
        scheduling.cancel(appointment, by=by, now=now, reason=answers["reason"], version=answers["version"])
    except scheduling.Refused as refusal:
        messages.warning(request, refusal.message)
    return redirect("appointments")


@require_POST
@with_appointment
def accept(request, appointment, *, now):
    """Say yes to the time that was offered. Pressed on the page that showed it, in the version it showed."""
    form = AcceptForm(request.POST)
    version = form.cleaned_data["version"] if form.is_valid() else None
    if version is not None:
        try:
            scheduling.accept(appointment, by=scheduling.By.patient(), now=now, version=version)
        except scheduling.Refused as refusal:
            messages.warning(request, refusal.message)
    return redirect("appointments")


@require_safe
@with_appointment
def calendar(request, appointment, *, now):
    """The visit as a calendar file."""
    response = HttpResponse(ical.published(appointment, now=now), content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{ical.FILE_NAME}"'
    return response


def _ask(request, form, facts):
    return render(request, "bookings/manage/cancel.html", facts | {"form": form})


def _nothing_here(request):
    """One answer whatever was wrong: no link, an unknown one, an old one, too many tries."""
    return render(request, "bookings/manage/nothing_here.html", status=HTTPStatus.NOT_FOUND)


def _facts(appointment: Appointment, *, now: dt.datetime) -> dict[str, object]:
    """What the pages may say. Never the name, treatment, clinician or reason: mails are forwarded."""
    state = _state(appointment, now=now)
    upcoming = state in (Status.REQUESTED, Status.BOOKED, "offered") and now < appointment.start
    cancel_until = appointment.start - dt.timedelta(hours=appointment.treatment.cancel_cutoff_hours)
    return {
        "appointment": appointment,
        "location": appointment.location,
        "state": state,
        "title": TITLES[state],
        "cancel_until": cancel_until,
        "may_accept": upcoming and state == "offered",
        "may_cancel": upcoming and now <= cancel_until,
        "must_phone": upcoming and now > cancel_until,
        "in_calendar": upcoming and state == Status.BOOKED,
    }


def _state(appointment: Appointment, *, now: dt.datetime) -> str:
    """Return what the page is about: requested, offered, booked, here, over or cancelled."""
    if appointment.status == Status.CANCELLED:
        return "cancelled"
    if appointment.status in (Status.DONE, Status.MISSED) or appointment.end <= now:
        return "over"
    if appointment.status == Status.REQUESTED and appointment.offered_at:
        return "offered"
    return appointment.status if appointment.status in (Status.REQUESTED, Status.BOOKED) else "here"
