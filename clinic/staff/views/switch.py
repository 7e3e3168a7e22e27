"""A shared computer: one of those who signed in here today takes over by PIN."""

from django.contrib.auth import logout
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from clinic.models import SignIn
from clinic.staff import seats, signing
from clinic.staff.forms import SwitchForm
from clinic.staff.views.leading import onward, wanted


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def switch(request):
    now = timezone.now()
    here = seats.on_this_browser(request, now=now)
    if request.method != "POST" and not here:
        return redirect("account" if request.user.is_authenticated else "sign-in")
    form = SwitchForm(here, request.POST or None)
    if form.is_valid():
        seat = form.cleaned_data["seat"]
        if seats.try_pin(seat, form.cleaned_data["pin"]):
            return _take_over(request, seat, now=now)
        form = SwitchForm(seats.on_this_browser(request, now=now), request.POST)
        form.add_error(
            "pin" if form.is_valid() else None,
            _("That was not the PIN. After five wrong ones the password is asked for."),
        )
    return render(request, "clinic/staff/switch.html", {"form": form, "next": wanted(request)})


def _take_over(request, seat, *, now):
    """End the session there is and begin one that ends, at the latest, a working day after the full sign-in."""
    response = onward(request)
    logout(request)
    signing.begin(request, seat.user, how=SignIn.How.PIN, now=now)
    request.session["signed_in"] = int(seat.at.timestamp())
    return response


@require_POST
def lock(request):
    """End the session and keep the seat: for leaving the desk a moment."""
    logout(request)
    return redirect("switch")
