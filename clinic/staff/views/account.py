"""One's own account: password, recovery codes, PIN, where one is signed in."""

from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.models import SignIn
from clinic.staff import factors, seats, signing
from clinic.staff.forms import ConfirmForm, PasswordForm, PinForm

SHOWN = 20
form_page = require_http_methods(["GET", "HEAD", "POST"])


@login_required
@require_safe
def overview(request):
    context = {
        "sign_ins": SignIn.objects.filter(user=request.user).order_by("-at", "-pk")[:SHOWN],
        "has_app": factors.has_app(request.user),
        "codes_left": request.user.recovery_codes.filter(used_at=None).count(),
    }
    return render(request, "clinic/staff/account.html", context)


@sensitive_post_parameters()
@login_required
@form_page
def password(request):
    form = PasswordForm(request, request.POST or None)
    if form.is_valid():
        form.save()
        signing.end_everywhere(request.user)
        response = _stay(request)
        messages.success(request, _("Your password is changed. You are signed out everywhere else."))
        return response
    return render(request, "clinic/staff/password.html", {"form": form})


def _stay(request):
    """Keep this browser signed in, which was just signed out everywhere; its seat too."""
    request.user.refresh_from_db()
    update_session_auth_hash(request, request.user)
    response = redirect("account")
    seats.take(request, response, request.user, now=timezone.now())
    return response


@sensitive_post_parameters()
@login_required
@form_page
def recovery_codes(request):
    if not factors.has_app(request.user):
        return redirect("account")
    form = ConfirmForm(request, request.POST or None)
    if form.is_valid():
        codes = factors.new_recovery_codes(request.user)
        return render(request, "clinic/staff/recovery_codes.html", {"codes": codes})
    return render(request, "clinic/staff/new_codes.html", {"form": form})


@sensitive_post_parameters()
@login_required
@form_page
def pin(request):
    form = PinForm(request, request.POST or None)
    if form.is_valid():
        seats.set_pin(request.user, form.cleaned_data["pin"])
        response = redirect("account")
        seats.take(request, response, request.user, now=timezone.now())
        messages.success(request, _("Your PIN is set.") if request.user.pin else _("You have no PIN now."))
        return response
    return render(request, "clinic/staff/pin.html", {"form": form})


@login_required
@require_POST
def sign_out_everywhere(request):
    signing.end_everywhere(request.user)
    logout(request)
    return redirect("sign-in")
