"""The newest articles as an Atom feed."""

import datetime as dt
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control, set_response_etag
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from treatments.models import Article
from treatments.public import PUBLIC_SECONDS, published

NEWEST = 20
NOTHING_YET = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class ArticleFeed(Atom1Feed):
    def latest_post_date(self):
        """An empty feed is not new at every look, as Django's would be."""
        return super().latest_post_date() if self.items else NOTHING_YET


def address(path: str) -> str:
    """The canonical address of a path of ours, whatever host the visitor asked."""
    return settings.CLINIC_BASE_URL.rstrip("/") + path


def last_change(article: Article) -> dt.datetime:
    """The later of the publication and the (local) day of the last clinical edit."""
    if article.updated_on is None:
        return article.published_at
    began = dt.datetime.combine(article.updated_on, dt.time(), timezone.get_default_timezone())
    return max(article.published_at, began)


@require_safe
def feed(request):
    """The newest articles. Answers 304 to whoever has them."""
    atom = _open()
    for article in published()[:NEWEST]:
        _add(atom, article)
    response = HttpResponse(atom.writeString("utf-8"), content_type=atom.content_type)
    changed = int(atom.latest_post_date().timestamp())
    response.headers["Last-Modified"] = http_date(changed)
    set_response_etag(response)
    patch_cache_control(response, public=True, max_age=PUBLIC_SECONDS)
    return get_conditional_response(request, etag=response.headers["ETag"], last_modified=changed, response=response)


def _open() -> ArticleFeed:
    return ArticleFeed(
        title=_("%(clinic)s: articles") % {"clinic": settings.CLINIC_NAME},
        link=address(reverse("articles")),
        description=_("Plain answers about pain, written and reviewed by our clinicians."),
        feed_url=address(reverse("feed")),
        author_name=settings.CLINIC_NAME,
        language=settings.LANGUAGE_CODE,
    )


def _add(atom: ArticleFeed, article: Article) -> None:
    atom.add_item(
        title=article.title,
        link=address(article.get_absolute_url()),
        description=escape(article.summary),  # Atom's summary is HTML
        author_name=str(article.author or settings.CLINIC_NAME),
        pubdate=article.published_at,
        updateddate=last_change(article),
        unique_id=_unique_id(article),
    )


def _unique_id(article: Article) -> str:
    """A tag URI (RFC 4151) by number: an article that moves to a new address is not a new article."""
    host = urlsplit(settings.CLINIC_BASE_URL).hostname
    return f"tag:{host},{article.published_at:%Y-%m-%d}:article-{article.pk}"
