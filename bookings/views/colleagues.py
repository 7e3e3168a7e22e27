"""A colleague's day: with the permission and a reason typed today, to read only, and written down each time."""

import datetime as dt
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from bookings import access
from bookings.forms.colleagues import LookForm
from bookings.views.own_clinician import own_profile
from bookings.views.schedule import around
from bookings.views.schedule_day import compose
from treatments.models import Clinician


def for_those_who_may(view):
    """Refuse everybody without the permission, before anything is looked up: there is nothing to guess."""

    @login_required
    @wraps(view)
    def guarded(request, *args, **kwargs):
        has_left = hasattr(request.user, "clinician") and own_profile(request) is None
        if has_left or not request.user.has_perm("bookings.view_any_schedule"):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@for_those_who_may
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request):
    """Ask whose day and why; the answer holds until midnight."""
    now = timezone.now()
    chosen = {"whose": request.GET.get("whose", "")}
    form = LookForm(request.POST or None, initial=chosen, colleagues=_colleagues(request))
    if request.method == "POST" and form.is_valid():
        whose = form.cleaned_data["whose"]
        access.look_at(request.user, whose, reason=form.cleaned_data["reason"], now=now)
        return redirect("schedule-colleague", whose.slug)
    return render(request, "bookings/schedule/colleagues.html", {"form": form})


@for_those_who_may
@require_safe
def day(request, slug: str, date: dt.date | None = None):
    """Show a colleague's day as it is, with nothing to press; without a reason of today, ask for one."""
    now = timezone.now()
    named = _colleagues(request).filter(slug=slug)
    look = access.look_of(request.user, named, now=now)
    if look is None:
        get_object_or_404(named)
        return redirect(f"{reverse('schedule-colleagues')}?{urlencode({'whose': slug})}")
    clinician = look.clinician
    shown = compose(clinician, date or timezone.localdate(now), now=now)
    access.shows_patients(request, shown.patients)
    context = around(shown, now=now, whose=slug) | {"clinician": clinician, "look": look, "own": False}
    return render(request, "bookings/schedule/colleague.html", context)


def _colleagues(request):
    """Return the clinicians who work here, but for whoever asks: their own day has its own page."""
    return Clinician.objects.active().exclude(user=request.user)
