"""Pages that are the same for everybody, and the minute for which they are kept."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from http import HTTPStatus

from django.conf import settings
from django.core.cache import cache
from django.db.models import Prefetch
from django.http import HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import get_language

from treatments.models import Article, Treatment

PUBLIC_SECONDS = 60
READS = ("GET", "HEAD")


@dataclass(frozen=True)
class Kept:
    """A finished page: its text, its kind, the mark that tells it from the next one, and until when it may be shown."""

    content: bytes
    content_type: str
    etag: str
    good_until: dt.datetime


class PublicPage:
    """The same page for everybody: kept by this process, and by browsers and proxies, for a minute. Never one with a form.

    Nothing of one visitor may reach another. So these pages show no flash messages (they wait for the next page that is
    the visitor's own), and what was made while anything asked who the visitor is, is not kept. Whoever is signed in
    gets a new page each time: an editor sees at once what they changed.

    A part that must be newer sets an earlier end (`shorten`). Django's cache holds 300 entries for each process and
    drops some when it is full, and only pages that exist are kept: a crawler cannot fill the memory.
    """

    def dispatch(self, request, *args, **kwargs):
        now = timezone.now()
        key = _key(request)
        kept = cache.get(key) if key and not _is_signed_in(request) else None
        if kept is None or kept.good_until <= now:
            response = super().dispatch(request, *args, **kwargs)
            return _finish(request, response, key, now=now)
        return _answer(request, kept, now=now)

    def get_context_data(self, **kwargs):
        return super().get_context_data(messages=(), **kwargs)


def shorten(request, until: dt.datetime) -> None:
    """Say that what is now put on the page of this request is no longer true after `until`."""
    request.good_until = min(until, getattr(request, "good_until", until))


def _key(request) -> str:
    """Under what a page is kept; nothing for those that are not: with a query string, or not simply read."""
    if request.method not in READS or request.META.get("QUERY_STRING"):
        return ""
    # Paths may hold characters and lengths that a cache refuses.
    path = hashlib.blake2b(request.path.encode(), digest_size=16).hexdigest()
    return f"public-page:{get_language()}:{path}"


def _is_signed_in(request) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated


def _finish(request, response, key: str, *, now: dt.datetime):
    """Render the page, keep it if it may be kept, and say how long others may keep it."""
    if response.status_code != HTTPStatus.OK or request.method not in READS:
        return response
    if hasattr(response, "render"):
        response.render()
    limit = now + dt.timedelta(seconds=PUBLIC_SECONDS)
    good_until = min(limit, getattr(request, "good_until", limit))
    kept = Kept(response.content, response["Content-Type"], _etag(response), good_until)
    if key and good_until > now and _is_for_everybody(request, response):
        cache.set(key, kept, timeout=PUBLIC_SECONDS)
    return _answer(request, kept, now=now)


def _etag(response) -> str:
    return f'"{hashlib.blake2b(response.content, digest_size=12).hexdigest()}"'


def _is_for_everybody(request, response) -> bool:
    """Whether nothing asked who the visitor is: no session read, no message waiting, no cookie set, no form token."""
    session = getattr(request, "session", None)
    asked = (session is not None and session.accessed) or "messages" in request.COOKIES
    return not (asked or response.cookies or request.META.get("CSRF_COOKIE_NEEDS_UPDATE"))


def _answer(request, kept: Kept, *, now: dt.datetime) -> HttpResponse:
    """Return a response of its own for each visitor: what the middleware adds to it stays theirs."""
    response = HttpResponse(kept.content, content_type=kept.content_type, headers={"ETag": kept.etag})
    left = max(0, int((kept.good_until - now).total_seconds()))
    patch_cache_control(response, public=True, max_age=left)
    return get_conditional_response(request, etag=kept.etag, response=response)


def published():
    """Articles a reader may see now, with their author."""
    return Article.objects.published(now=timezone.now()).select_related("author__clinician")


def active_treatments() -> Prefetch:
    return Prefetch("treatments", Treatment.objects.active())


def put_read(thing, name: str, rows: list) -> None:
    """Put related rows that are read already where `prefetch_related` would have put them."""
    known = getattr(thing, name).all()
    known._result_cache = rows  # noqa: SLF001  (Django's own prefetch does just this; it has no public way)
    thing.__dict__.setdefault("_prefetched_objects_cache", {})[name] = known
