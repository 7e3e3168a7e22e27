"""The page behind the link of a message: when and where, yes I will come, and cancelling. It shows what a finder may see.

A link is followed by mail scanners before any person reads it: opening changes nothing, and whatever changes something
takes a page and a POST. The token leaves the address at once. No address carries the number of anything.
"""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookings import ical, limits, links, scheduling
from bookings.forms.manage import CancelForm
from bookings.views.own_deeds import changes_visit, has_changed, please_call, refuse, too_many_changes
from bookings.views.own_person import others_of
from bookings.views.own_visit import LINK as SESSION_KEY
from bookings.views.own_visit import (
    forget,
    nothing_here,
    remember_choice,
    remember_link,
    verified_only,
    with_appointment,
)
from bookings.views.own_words import facts, page_facts

__all__ = ["SESSION_KEY", "verified_only", "with_appointment"]

WRONG_TRIES_PER_HOUR = 30


@require_safe
def open_link(request, token):
    """Take the token out of the address: remember its link in the session and go on to the page."""
    now = timezone.now()
    address = limits.address_hash(request)
    if limits.too_many("manage-link", address, limit=WRONG_TRIES_PER_HOUR, now=now):
        return nothing_here(request)
    link = links.find(token, now=now)
    if link is None:
        limits.count("manage-link", address, now=now)
        return nothing_here(request)
    remember_link(request, link)
    return redirect("appointments")


@require_safe
@with_appointment
def appointment(request, appointment, *, now):
    """When, where, and what became of it."""
    return render(request, "bookings/manage/appointment.html", page_facts(request.own_visit, now=now))


@require_POST
@with_appointment
@changes_visit
def confirm(request, appointment, *, now, version):
    """Yes, I will come."""
    scheduling.confirm(appointment, by=scheduling.By.patient(), now=now, version=version)
    messages.success(request, _("Thank you. We look forward to seeing you."))


@require_POST
@with_appointment
@changes_visit
def accept(request, appointment, *, now, version):
    """Say yes to the time that was offered. Pressed on the page that showed it, in the version it showed."""
    scheduling.accept(appointment, by=scheduling.By.patient(), now=now, version=version)
    messages.success(request, _("Thank you. This time is booked for you."))


@require_POST
@with_appointment
@changes_visit
def undo(request, appointment, *, now, version):
    """Take back what the patient has just canceled or moved: the visit is at its old time again."""
    scheduling.take_back(appointment, by=scheduling.By.patient(), now=now, version=version)
    messages.success(request, _("Done. Your appointment is as it was before."))


@require_http_methods(["GET", "HEAD", "POST"])
@with_appointment
def cancel(request, appointment, *, now):
    """Ask why, then cancel. A second press finds it cancelled and changes nothing."""
    shown = facts(appointment, now=now)
    if not shown["may_change"]:
        return redirect("appointments")
    if request.method != "POST":
        return _ask(request, CancelForm(initial={"version": appointment.version}), shown)
    form = CancelForm(request.POST)
    if too_many_changes(appointment, now=now):
        return please_call(request, appointment)
    if form.has_error("version"):
        return has_changed(request)
    if not form.is_valid():
        return _ask(request, form, shown)
    return _cancel(request, appointment, form.cleaned_data, now=now)


def _cancel(request, appointment, answers, *, now):
    try:
        scheduling.cancel(appointment, by=scheduling.By.patient(), now=now, **answers)
    except scheduling.Refused as refusal:
        return refuse(request, refusal)
    return redirect("appointments")


@require_safe
@with_appointment
def calendar(request, appointment, *, now):
    """The visit as a calendar file."""
    response = HttpResponse(ical.published(appointment, now=now), content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{ical.FILE_NAME}"'
    return response


@require_POST
@with_appointment
@verified_only
def choose(request, appointment, *, now):
    """Go to another visit of the same person, named by its reference."""
    others = {other.reference: other for other in others_of(request.own_visit.link, but=appointment, now=now)}
    chosen = others.get(request.POST.get("reference", ""))
    if chosen is None:
        messages.info(request, _("We cannot show that visit here. Please open the link in its message, or call us."))
    else:
        remember_choice(request, chosen)
    return redirect("appointments")


@require_POST
def close(request):
    """Leave nothing behind on a computer that others use, too."""
    forget(request)
    messages.info(request, _("This page is closed. The link in our message opens it again."))
    return redirect("home")


def _ask(request, form, shown):
    minutes = int(scheduling.TAKE_BACK_FOR.total_seconds() // 60)
    return render(request, "bookings/manage/cancel.html", shown | {"form": form, "undo_minutes": minutes})
