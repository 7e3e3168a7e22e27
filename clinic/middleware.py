"""What every request passes: its log line, the staff session's end, privacy headers, old addresses, who read what."""

import logging
import secrets
import time
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from bookings import access
from clinic.logs import request_id
from clinic.staff import seats
from treatments import addresses

log = logging.getLogger("clinic.request")

SEEN_EVERY_SECONDS = 20  # a write to the session at most this often
MOVED_SECONDS = 24 * 3600  # how long a browser may remember that a page has moved
# Read by calendar programs with a secret in the address, by nobody's session.
CALENDARS = "/calendar/"
PRIVATE_PREFIXES = (
    *("/admin/", "/appointments/", "/book/", CALENDARS, "/call-me/", "/schedule/", "/sign-in/"),
    *("/account/", "/invitation/", "/second-factor/", "/switch/"),
)

WAYS_IN = ("/sign-in/", "/switch/")  # they begin a session of their own


def request_log(get_response):
    """One line a request: method, view name, status, milliseconds. Never the path: it may hold a token."""

    def middleware(request):
        token = request_id.set(secrets.token_hex(6))
        began = time.perf_counter()
        try:
            response = get_response(request)
            response.headers["X-Request-ID"] = request_id.get()
            match = request.resolver_match
            name = match.view_name if match else "-"
            log.info(
                "%s %s %s %.0fms", request.method, name, response.status_code, (time.perf_counter() - began) * 1000
            )
        finally:
            request_id.reset(token)
        return response

    return middleware


def utf8_only(get_response):
    """Every form of ours is UTF-8. A body in another encoding was made by hand, and some encodings break what reads it."""

    def middleware(request):
        if request.content_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
            raise BadRequest("The body is not UTF-8.")
        return get_response(request)

    return middleware


def staff_session(get_response):
    """End a staff session after idle minutes, or after a working day. Polling pages do not keep it alive."""

    def middleware(request):
        if is_staff_session(request):
            now = int(timezone.now().timestamp())
            if _is_over(request.session, now):
                logout(request)
                return get_response(request) if request.path_info.startswith(WAYS_IN) else _back_in(request)
            if "HTTP_X_POLLING" not in request.META and now - request.session.get("last_seen", 0) >= SEEN_EVERY_SECONDS:
                request.session["last_seen"] = now
        return get_response(request)

    return middleware


def _back_in(request):
    """Lead who was signed out to the PIN where this browser has a seat for them, else to the password."""
    wanted = request.get_full_path()
    if seats.on_this_browser(request, now=timezone.now()).exists():
        return redirect_to_login(wanted, reverse("switch"))
    return redirect_to_login(wanted)


def is_staff_session(request) -> bool:
    """Whether somebody is signed in; without a session cookie the question costs nothing and varies nothing.

    A calendar's address opens by itself: in a browser with an old session it must not end up in the address of the sign-in
    page, nor keep a session alive.
    """
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or request.path.startswith(CALENDARS):
        return False
    return request.user.is_authenticated


def _is_over(session, now: int) -> bool:
    started = session.setdefault("signed_in", now)
    idle = now - session.get("last_seen", now)
    return idle > settings.CLINIC_STAFF_IDLE_SECONDS or now - started > settings.CLINIC_STAFF_SESSION_SECONDS


def private_pages(get_response):
    """Nothing about a person is stored by a browser, a proxy or a search engine; public pages may be kept a minute.

    A calendar program alone may keep what it holds anyway, and ask by its ETag whether that is still good: `no-store` would
    have it fetch everything each time. No proxy may keep it, and whatever else is answered there has no ETag.
    """

    def middleware(request):
        response = get_response(request)
        if request.path.startswith(PRIVATE_PREFIXES) or is_staff_session(request):
            add_never_cache_headers(response)
            kept = request.path.startswith(CALENDARS) and response.has_header("ETag")
            response.headers["Cache-Control"] = "private, no-cache" if kept else "no-store, private"
            response.headers["X-Robots-Tag"] = "noindex"
        else:
            response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        return response

    return middleware


def moved_pages(get_response):
    """Lead old and short addresses of articles and spots to where the page is now. Asked only when there is no page.

    Stands inside CommonMiddleware: an old address without its last slash is then led on once, not twice.
    """

    def middleware(request):
        response = get_response(request)
        if response.status_code != HTTPStatus.NOT_FOUND or request.method not in ("GET", "HEAD"):
            return response
        if request.path_info.startswith(PRIVATE_PREFIXES):
            return response  # the rest of such an address may be a secret, and is no alias
        target = addresses.moved_to(request.path_info, now=timezone.now())
        return _moved(target, request.META.get("QUERY_STRING", "")) if target else response

    return middleware


def _moved(target: str, query: str):
    response = HttpResponsePermanentRedirect(f"{target}?{query}" if query else target)
    response.headers["Cache-Control"] = f"public, max-age={MOVED_SECONDS}"
    return response


def access_record(get_response):
    """Write down which patients a member of staff was shown, once the page is made."""

    def middleware(request):
        response = get_response(request)
        if is_staff_session(request):
            access.write(request, allowed=response.status_code != 403, now=timezone.now())
        return response

    return middleware
