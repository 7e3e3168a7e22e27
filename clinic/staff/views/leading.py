"""Where one goes next, and never to another site."""

from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def wanted(request) -> str:
    """Return the page of ours this request wants to go on to, or ""."""
    target = request.POST.get("next", request.GET.get("next", ""))
    hosts = {request.get_host()}
    return target if url_has_allowed_host_and_scheme(target, hosts, require_https=request.is_secure()) else ""


def onward(request):
    return redirect(wanted(request) or reverse("after-sign-in"))
