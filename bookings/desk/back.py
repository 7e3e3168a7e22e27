"""Back to the page a button stood on."""

from django.http import HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme


def is_ours(request, target: str) -> bool:
    return url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


def is_part(target: str) -> bool:
    """Whether an address is not a page to look at: the board's script asks for its two parts there."""
    return "part=" in target


def back_to(request, otherwise: str) -> HttpResponseRedirect:
    """Return to the address in `next`, when that is one of ours, else to `otherwise`."""
    target = request.POST.get("next", "")
    return HttpResponseRedirect(target if is_ours(request, target) else otherwise)
