"""An invitation: choose a password, set up the app, write down the recovery codes, be signed in."""

from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.hashers import make_password
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from clinic.models import Invitation, SignIn
from clinic.staff import factors, invitations, seats, signing
from clinic.staff.forms import FirstCodeForm
from clinic.staff.views.second_factor import is_first_code, set_up_context

STATE = "invitation"  # in the session: which one, the hash of the chosen password, the key of the app to be


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def choose_password(request, token):
    """Ask for a password. Opening the page uses nothing up: mail scanners open every link."""
    now = timezone.now()
    invitation = invitations.find(token, now=now)
    if invitation is None:
        return _over(request)
    form = SetPasswordForm(invitation.user, request.POST or None)
    if form.is_valid():
        password_hash = make_password(form.cleaned_data["new_password1"])
        if not settings.CLINIC_SECOND_FACTOR:
            return _accept(request, invitation, password_hash=password_hash, app=None, now=now)
        request.session[STATE] = [invitation.pk, password_hash, factors.new_key()]
        return redirect("invitation-app")
    return render(request, "clinic/staff/choose_password.html", {"form": form, "person": invitation.user})


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def set_up_app(request):
    """Show the key of the app and ask for its first code; only then is the invitation used and anything changed."""
    now = timezone.now()
    pk, password_hash, key = request.session.get(STATE, [None, "", ""])
    invitation = invitations.open_ones(now=now).filter(pk=pk).select_related("user").first()
    if invitation is None:
        return _over(request)
    app = factors.unsaved_app(invitation.user, key)
    form = FirstCodeForm(request.POST or None)
    if form.is_valid() and is_first_code(form, app):
        return _accept(request, invitation, password_hash=password_hash, app=app, now=now)
    return render(request, "clinic/staff/set_up.html", set_up_context(form, app))


def _accept(request, invitation: Invitation, *, password_hash: str, app, now):
    codes = invitations.accept(invitation, password_hash=password_hash, app=app, now=now)
    if codes is None:
        return _over(request)
    request.session.pop(STATE, None)
    user = type(invitation.user).objects.get(pk=invitation.user_id)
    signing.begin(request, user, how=SignIn.How.INVITATION, now=now)
    page = render(request, "clinic/staff/recovery_codes.html", {"codes": codes}) if codes else redirect("after-sign-in")
    seats.take(request, page, user, now=now)
    return page


def _over(request):
    """The same words for what never was, what was used and what is over."""
    return render(request, "clinic/staff/invitation_over.html", status=HTTPStatus.NOT_FOUND)
