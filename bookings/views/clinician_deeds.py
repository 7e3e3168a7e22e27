"""What a clinician does to a visit by one press: begin it, write it down as missed, take the last step back.

Every press carries the `version` its page showed. A second press that finds the thing done already says so and changes nothing.
"""

from functools import wraps

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings import scheduling
from bookings.forms.clinician import SideForm, version_in
from bookings.models import Appointment
from bookings.models.appointments import Status
from bookings.scheduling.refusals import diary_transaction
from bookings.views.clinician_acts import acts_of, may_take_back, takes_arrival_back
from bookings.views.clinician_pages import page, places_on_body
from bookings.views.own_clinician import for_clinicians, own_visit_or_404

METHODS = ["GET", "HEAD", "POST"]


def about_own_visit(view):
    """Give a view the visit of its address, which must be the clinician's own, and the time."""

    @for_clinicians
    @require_http_methods(METHODS)
    @wraps(view)
    def found(request, reference):
        return view(request, own_visit_or_404(request, reference), now=timezone.now())

    return found


def press(view):
    """For a view under `about_own_visit` that only a POST may open. After signing in again a GET shows the visit."""

    @wraps(view)
    def pressed(request, visit, *, now):
        return view(request, visit, now=now) if request.method == "POST" else to_visit(visit)

    return pressed


def to_visit(visit: Appointment, *, part: str = ""):
    """Lead to the page of the visit, or to a part of it such as "#readiness"."""
    return redirect(reverse("schedule-visit", args=[visit.reference]) + part)


def to_day(visit: Appointment, *, now):
    """Lead back to the day of the visit; today's has the plain address."""
    date = visit.local_start.date()
    return redirect("schedule") if date == timezone.localdate(now) else redirect("schedule-day", date)


def how(request, *, now) -> dict:
    """Return what every verb is asked with: who, when, and what they have seen."""
    return {"by": scheduling.By.staff(request.user), "now": now, "version": version_in(request.POST)}


def refused(request, visit: Appointment, refusal: scheduling.Refused):
    """Say why nothing happened, on the page that shows how the visit stands now."""
    messages.warning(request, str(refusal.message))
    return to_visit(visit)


# --- Begin ----------------------------------------------------------------------------------------------------------


@about_own_visit
def start(request, visit, *, now):
    """Begin a visit. A procedure whose side nobody has written down asks for it first, and begins in the same step."""
    if request.method != "POST":
        may_start = acts_of(visit, now=now).main in ("start", "arrive")
        form = SideForm(initial=_side_of(visit), visit=visit)
        return _start_page(request, visit, form, now=now) if may_start else to_visit(visit)
    says_where = "region" in request.POST or "side" in request.POST or "asked" in request.POST
    form = SideForm(request.POST if says_where else None, visit=visit)
    if says_where and not form.is_valid():
        return _start_page(request, visit, form, now=now)
    try:
        _begin(visit, **how(request, now=now), **(form.said() if says_where else {}))
    except scheduling.SideMissing:
        return redirect("schedule-start", visit.reference)
    except scheduling.Refused as refusal:
        return _not_started(request, visit, form, refusal, now=now)
    messages.success(request, _("The visit has begun."))
    return to_day(visit, now=now)


def _begin(visit: Appointment, *, by, now, version, **said) -> Appointment:
    """Begin a visit; somebody whom the desk has not checked in is here by the clinician's word. All of it, or nothing."""
    with diary_transaction():
        if visit.status == Status.BOOKED:
            visit = scheduling.check_in(visit, by=by, now=now, version=version)
            version = visit.version
        return scheduling.start(visit, by=by, now=now, version=version, **said)


def _not_started(request, visit, form, refusal, *, now):
    """Say why. Region and side that were chosen stay chosen, as long as the visit could still begin."""
    visit.refresh_from_db(fields=("status", "version", "region", "side", "undo_until"))
    if visit.status == Status.WITH_CLINICIAN:
        messages.info(request, _("This visit has begun already."))
        return to_day(visit, now=now)
    if form.is_bound and visit.status in (Status.BOOKED, *scheduling.MOVES["start"].before):
        form.add_error(None, str(refusal.message))
        return _start_page(request, visit, form, now=now)
    return refused(request, visit, refusal)


def _side_of(visit: Appointment) -> dict:
    return {"region": visit.region and visit.region.slug, "side": visit.side}


def _start_page(request, visit, form, *, now):
    asks = scheduling.lacks_side(visit) or form.is_bound
    choices = places_on_body(visit) if asks else {}
    return page(request, "start", visit, form=form, asks=asks, **choices, now=now)


# --- Missed ---------------------------------------------------------------------------------------------------------


@about_own_visit
def miss(request, visit, *, now):
    """Ask first: the time is given away and the patient hears of it."""
    if request.method != "POST":
        may_miss = acts_of(visit, now=now).may_miss
        return page(request, "miss", visit, now=now) if may_miss else to_visit(visit)
    try:
        scheduling.miss(visit, **how(request, now=now))
    except scheduling.Refused as refusal:
        visit.refresh_from_db(fields=("status",))
        if visit.status != Status.MISSED:
            return refused(request, visit, refusal)
        messages.info(request, _("This visit is written down as missed already."))
    else:
        messages.success(request, _("Written down as missed."))
    return to_day(visit, now=now)


# --- Take back ------------------------------------------------------------------------------------------------------


@about_own_visit
@press
def undo(request, visit, *, now):
    """Take the last step of the visit's course back. What the desk has booked, moved or checked in is the desk's to undo."""
    events = list(visit.events.all())
    if not may_take_back(visit, now=now):
        return _not_undone(request, visit, events, scheduling.NotAllowed(_("There is nothing to take back.")), now=now)
    try:
        _take_back(visit, takes_arrival_back(events), **how(request, now=now))
    except scheduling.Refused as refusal:
        return _not_undone(request, visit, events, refusal, now=now)
    messages.success(request, _("Taken back."))
    return to_day(visit, now=now)


def _take_back(visit: Appointment, with_arrival: bool, *, by, now, version) -> None:
    """Take one step back; what one press began ("is here, start") goes back in one press, too."""
    with diary_transaction():
        visit = scheduling.undo(visit, by=by, now=now, version=version)
        if with_arrival:
            scheduling.undo(visit, by=by, now=now, version=visit.version)


def _not_undone(request, visit, events, refusal, *, now):
    """Say why; a second press of the same hand has nothing left to do."""
    events = list(visit.events.all()) if isinstance(refusal, scheduling.Changed) else events
    if events and events[-1].verb == "undo" and events[-1].user_id == request.user.pk:
        messages.info(request, _("That has been taken back already."))
        return to_day(visit, now=now)
    return refused(request, visit, refusal)
