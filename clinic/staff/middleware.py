"""Who has given the password but not the code sees the pages for the code, and nothing else."""

from urllib.parse import urlencode

from django.shortcuts import redirect
from django.urls import reverse

from clinic.middleware import is_staff_session
from clinic.staff import signing

OPEN_PREFIXES = ("/second-factor/", "/sign-out/", "/invitation/", "/livez", "/healthz")


def second_factor(get_response):
    """Lead a session without a second factor to the page that asks for it; `next` is where it wanted to go."""

    def middleware(request):
        if not is_staff_session(request) or signing.is_verified(request):
            return get_response(request)
        if request.path_info.startswith(OPEN_PREFIXES):
            return get_response(request)
        wanted = request.get_full_path() if request.method == "GET" else ""
        return redirect(f"{reverse('second-factor')}?{urlencode({'next': wanted})}" if wanted else "second-factor")

    return middleware
