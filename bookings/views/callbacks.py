"""Ask us to call you: a line on the desk's list of calls to make."""

from http import HTTPStatus

from django.conf import settings
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from bookings import limits
from bookings.forms import CallbackForm
from bookings.views.steps import posted

ASKED = "callback_asked"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def callback(request):
    now = timezone.now()
    form = CallbackForm(posted(request), now=now)
    if not form.is_valid():
        return render(request, "bookings/callback.html", {"form": form})
    address = limits.address_hash(request)
    if limits.too_many("callback", address, limit=settings.CLINIC_CALLBACKS_PER_ADDRESS_HOUR, now=now):
        return render(request, "bookings/book/too_many.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    row = form.request()
    row.save()
    limits.count("callback", address, now=now)
    request.session[ASKED] = {"time": row.best_time, "location": row.location.slug if row.location else ""}
    return redirect("callback-thanks")


@never_cache
@require_safe
def thanks(request):
    """Say when we call. Reached by anybody else, it sends them to the form."""
    asked = request.session.get(ASKED)
    return render(request, "bookings/callback_thanks.html", {"asked": asked}) if asked else redirect("callback")
