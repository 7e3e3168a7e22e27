"""The page that asks for the code, and the page that sets an app up for an account that has none."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic.models import SignIn
from clinic.staff import factors, seats, signing
from clinic.staff.forms import CodeForm, FirstCodeForm
from clinic.staff.views.leading import onward, wanted

KEY = "app_key"  # in the session: the key of an app that has not shown its first code yet


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request):
    """Ask for a code of the app, or a recovery code."""
    if signing.is_verified(request):
        return onward(request)
    if not factors.has_app(request.user):
        return redirect("second-factor-set-up")
    form = CodeForm(request.POST or None)
    if form.is_valid():
        now = timezone.now()
        how = factors.check(request.user, form.cleaned_data["code"], now=now)
        if how:
            return _let_in(request, how=how, now=now, response=onward(request))
        form.add_error("code", _wrong(request.user))
    return render(request, "clinic/staff/code.html", {"form": form, "next": wanted(request)})


def _wrong(user) -> str:
    if factors.must_wait(user):
        return _(
            "That code was not right. Wait a moment, then enter a new one: after each wrong code the wait is longer."
        )
    return _("That code was not right.")


def _let_in(request, *, how, now, response):
    user = request.user
    signing.begin(request, user, how=how, now=now)
    seats.take(request, response, user, now=now)
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request):
    """Set an app up for who has signed in by password and has none. An app there is is never replaced here."""
    if signing.is_verified(request) or factors.has_app(request.user):
        return redirect("second-factor")
    app = factors.unsaved_app(request.user, request.session.setdefault(KEY, factors.new_key()))
    form = FirstCodeForm(request.POST or None)
    if form.is_valid() and is_first_code(form, app):
        now = timezone.now()
        codes = factors.replace_all(request.user, app)
        del request.session[KEY]
        page = render(request, "clinic/staff/recovery_codes.html", {"codes": codes})
        return _let_in(request, how=SignIn.How.CODE, now=now, response=page)
    return render(request, "clinic/staff/set_up.html", set_up_context(form, app))


def is_first_code(form, app) -> bool:
    """Whether the app shows what we expect; if not, the form says so."""
    if factors.is_code_of(app, form.cleaned_data["code"]):
        return True
    form.add_error("code", _("That code was not right. Check that the clock of your phone is set by itself."))
    return False


def set_up_context(form, app) -> dict:
    return {"form": form, "qr": factors.qr_code(app), "key": factors.key_as_text(app)}
