"""Another time for a visit, chosen by the patient. The old time is kept until the new one is taken, and whenever that fails."""

from dataclasses import replace

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings import scheduling
from bookings.forms import ChosenTime
from bookings.forms.manage import MoveForm
from bookings.models import Appointment
from bookings.models.appointments import Status
from bookings.views import choosing
from bookings.views.own_deeds import has_changed, please_call, refuse, too_many_changes
from bookings.views.own_visit import with_appointment
from bookings.views.own_words import facts


@require_http_methods(["GET", "HEAD", "POST"])
@with_appointment
def move(request, appointment, *, now):
    """Show the free times, or take one of them. Where moving is not possible, the page says why."""
    if not facts(appointment, now=now)["may_change"]:
        return redirect("appointments")
    words = request.POST if request.method == "POST" else request.GET
    about = choosing.About(appointment.treatment, appointment.clinician, appointment.location, own=appointment)
    wish = choosing.Wish.read(words, about, now=now)
    return _move(request, wish) if request.method == "POST" else _page(request, wish)


def _move(request, wish):
    appointment, now = wish.about.own, wish.now
    form = MoveForm(request.POST)
    if form.has_error("version"):
        return has_changed(request)
    if not form.is_valid():
        return _page(request, wish, error=_("Choose a time."))
    time = ChosenTime.parse(form.cleaned_data["slot"], now=now)
    if time is None or time.start <= now:
        return _page(request, wish, error=_("We do not offer that time. Please choose one of these."))
    if (time.start, time.location) == (appointment.start, appointment.location.slug):
        messages.info(request, _("That is the time you have already. Nothing has changed."))
        return redirect("appointments")
    if too_many_changes(appointment, now=now):
        return please_call(request, appointment)
    return _take(request, wish, time, version=form.cleaned_data["version"])


def _take(request, wish, time, *, version):
    try:
        moved = _move_to(wish, time, version=version)
    except scheduling.Taken:
        return _page(request, wish.around(time.start), lost=time.start)
    except scheduling.NotOffered:
        return _page(request, wish, error=_("We do not offer that time. Please choose one of these."))
    except scheduling.NotAllowed:
        # All else that is not allowed was looked at above, in the version that the page showed.
        return _page(
            request, wish, error=_("You have another appointment at that time. Please choose a different one.")
        )
    except scheduling.Refused as refusal:
        return refuse(request, refusal)
    requested = moved.status == Status.REQUESTED
    messages.success(request, _("Your request is for this time now.") if requested else _("Your appointment is moved."))
    return redirect("appointments")


def _move_to(wish, time, *, version) -> Appointment:
    """Move with the clinician of now where they are free then; with somebody else only for those who said so."""
    own = wish.about.own
    slot = time._replace(clinician="").slot(own.treatment)
    asked = {"by": scheduling.By.patient(), "now": wish.now, "version": version}
    try:
        return scheduling.move(own, replace(slot, clinician=own.clinician), **asked)
    except (scheduling.Taken, scheduling.NotOffered):
        if wish.clinician != choosing.ANY:
            raise
    return scheduling.move(own, slot, **asked)


def _page(request, wish, *, error="", lost=None):
    context = facts(wish.about.own, now=wish.now) | choosing.shown(wish, lost=lost)
    context |= {"verified": request.own_visit.verified, "error": error}
    return render(request, "bookings/manage/move.html", context)
