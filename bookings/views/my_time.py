"""A clinician's own time: their hours and leave, what they have asked for, and asking for more.

Whom a wish would hit is shown before it is sent; a visit booked meanwhile is shown again.
"""

import datetime as dt
import secrets

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bookings import access, scheduling
from bookings.forms.closures import zone_where_they_work
from bookings.forms.my_time import HoursForm, LeaveForm, SessionForm
from bookings.models import Appointment, ExtraHours, TimeOff, TimeRequest, WorkingHours
from bookings.views.own_clinician import clinician_of, for_clinicians
from treatments.models import Clinician

METHODS = ["GET", "HEAD", "POST"]
MOST_SHOWN = 20


@for_clinicians
@require_safe
def my_time(request):
    """Show hours and sessions, time away and what was asked for: five statements for any number of them."""
    now, clinician = timezone.now(), clinician_of(request)
    today = timezone.localdate(now)
    asked = TimeRequest.objects.filter(clinician=clinician)
    context = {
        "sessions": sessions_of(clinician, today),
        "extra": ExtraHours.objects.filter(resource__clinician=clinician, date__gte=today).select_related("location"),
        "away": TimeOff.objects.filter(resource__clinician=clinician, end__gt=now),
        "asked": asked.select_related("location", "session__location", "decided_by")[:MOST_SHOWN],
        "zone": _zone(clinician),
        "today": today,
    }
    return render(request, "bookings/schedule/time.html", context)


@for_clinicians
@require_http_methods(METHODS)
def leave(request):
    """Ask to be away."""
    clinician = clinician_of(request)
    form = LeaveForm(_posted(request), initial=_fresh(), clinician=clinician, zone=_zone(clinician))
    return _ask(request, form, title=_("Ask for leave"))


@for_clinicians
@require_http_methods(METHODS)
def hours(request):
    """Ask to work on one date beside the weekly hours."""
    clinician = clinician_of(request)
    form = HoursForm(_posted(request), initial=_fresh(), clinician=clinician, zone=_zone(clinician))
    return _ask(request, form, title=_("Hours on one day"))


@for_clinicians
@require_http_methods(METHODS)
def session(request, pk: int):
    """Ask for other times of a weekly session, or for its end."""
    clinician = clinician_of(request)
    own = sessions_of(clinician, timezone.localdate(timezone.now()))
    chosen = get_object_or_404(own, pk=pk)
    initial = _fresh() | {"opens": chosen.start, "closes": chosen.end}
    form = SessionForm(
        _posted(request), initial=initial, clinician=clinician, zone=chosen.location.zone, session=chosen
    )
    return _ask(request, form, title=_("A weekly session"), session=chosen)


@for_clinicians
def withdraw(request, pk: int):
    """Take a request back that nobody has decided."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    asked = TimeRequest.objects.filter(pk=pk, clinician=clinician_of(request)).first()
    if asked is None:
        raise Http404
    try:
        scheduling.withdraw_time(asked, by=scheduling.By.staff(request.user), now=timezone.now())
    except scheduling.Refused as refusal:
        messages.warning(request, str(refusal.message))
    else:
        messages.success(request, _("Taken back."))
    return redirect("my-time")


def sessions_of(clinician: Clinician, today: dt.date):
    """Return the weekly sessions that are or will be valid, by weekday."""
    valid = Q(valid_until=None) | Q(valid_until__gte=today)
    rows = WorkingHours.objects.filter(valid, resource__clinician=clinician).select_related("location")
    return rows.order_by("weekday", "start", "pk")


# --- Asking ---------------------------------------------------------------------------------------------------------


def _ask(request, form, *, title: str, **about):
    """Show whom the wish would hit; send it by the press on the page that has shown them."""
    if not (form.is_bound and form.is_valid()):
        return _page(request, form, title=title, **about)
    now, wish = timezone.now(), form.wish()
    if form.cleaned_data["mark"]:
        try:
            made = scheduling.ask_time(
                wish, by=scheduling.By.staff(request.user), now=now, mark=form.cleaned_data["mark"]
            )
        except scheduling.HitsChanged as refusal:
            messages.warning(request, str(refusal.message))
        except scheduling.Refused as refusal:
            form.add_error(None, str(refusal.message))
            return _page(request, form, title=title, **about)
        else:
            messages.success(request, _said(made))
            return redirect("my-time")
    hit = scheduling.hit_by_request(wish, now=now)
    return _page(request, form, title=title, hit=hit, mark=scheduling.mark_of(wish, hit), **about)


def _page(request, form, *, hit: list[Appointment] | None = None, mark: str = "", **about):
    access.shows_patients(request, {visit.patient_id for visit in hit or ()})
    context = {"form": form, "hit": hit, "mark": mark, "is_checked": hit is not None, **about}
    return render(request, "bookings/schedule/time_form.html", context)


def _said(made: TimeRequest) -> str:
    if made.state == TimeRequest.State.APPROVED:
        return _("It is written. What it hits is the desk's work now.")
    return _("The manager has your request.")


def _posted(request):
    return request.POST if request.method == "POST" else None


def _fresh() -> dict[str, str]:
    return {"form_token": secrets.token_urlsafe(24)}


def _zone(clinician: Clinician) -> dt.tzinfo:
    return zone_where_they_work(_resource(clinician))


def _resource(clinician: Clinician):
    resource = getattr(clinician, "resource", None)
    if resource is None:
        raise Http404  # somebody who sees no patients by appointment has no hours here
    return resource
