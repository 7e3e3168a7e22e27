"""What search engines may read: the sitemap of the public pages, and robots.txt."""

import datetime as dt
from collections.abc import Iterator
from io import StringIO

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.xmlutils import SimplerXMLGenerator
from django.views.decorators.http import require_safe

from treatments.models import Article, Author, BodyRegion, Clinician, Series, Spot, Treatment

KEPT_SECONDS = 3600
MOST_ADDRESSES = 50_000  # of one sitemap, by the protocol (sitemaps.org)
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"

PAGES = ["home", "treatments", "clinicians", "atlas", "contact", "privacy", "accessibility"]
PRIVATE = ["/admin/", "/api/", "/appointments/", "/book/", "/call-me/", "/schedule/", "/search/", "/sign-in/"]

Page = tuple[str, dt.date | None]  # a path, and the day of its last change where we know it


@require_safe
def sitemap(request):
    """Every public page, by its canonical address."""
    text = StringIO()
    xml = SimplerXMLGenerator(text, "utf-8")
    xml.startDocument()
    xml.startElement("urlset", {"xmlns": NAMESPACE})
    for path, changed in list(pages(now=timezone.now()))[:MOST_ADDRESSES]:
        _write(xml, settings.CLINIC_BASE_URL.rstrip("/") + path, changed)
    xml.endElement("urlset")
    xml.endDocument()
    return _kept(HttpResponse(text.getvalue(), content_type="application/xml; charset=utf-8"))


@require_safe
def robots(request):
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE), ""]
    lines.append(f"Sitemap: {settings.CLINIC_BASE_URL.rstrip('/')}{reverse('sitemap')}")
    return _kept(HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8"))


def pages(*, now: dt.datetime) -> Iterator[Page]:
    """Every page the public may see at `now`; as many statements for one article as for many."""
    yield from ((reverse(name), None) for name in PAGES)
    yield from _writing(now)
    for query in (Treatment.objects.active(), Clinician.objects.active(), Spot.objects.all(), BodyRegion.objects.all()):
        yield from ((thing.get_absolute_url(), None) for thing in query)


def _writing(now: dt.datetime) -> Iterator[Page]:
    """The articles, their index, the series, and the authors whose page is not a clinician's."""
    articles = Article.objects.published(now=now)
    rows = list(articles.only("slug", "published_at", "updated_on"))
    yield reverse("articles"), max(map(_changed, rows), default=None)
    yield from ((article.get_absolute_url(), _changed(article)) for article in rows)
    for series in Series.objects.filter(articles__in=articles).distinct():
        yield series.get_absolute_url(), None
    for author in Author.objects.filter(articles__in=articles).select_related("clinician").distinct():
        if not author.is_on_staff:
            yield author.get_absolute_url(), None


def _changed(article: Article) -> dt.date:
    published_on = timezone.localdate(article.published_at)
    return max(published_on, article.updated_on or published_on)


def _write(xml: SimplerXMLGenerator, address: str, changed: dt.date | None) -> None:
    xml.startElement("url", {})
    xml.addQuickElement("loc", address)
    if changed is not None:
        xml.addQuickElement("lastmod", changed.isoformat())
    xml.endElement("url")


def _kept(response: HttpResponse) -> HttpResponse:
    patch_cache_control(response, public=True, max_age=KEPT_SECONDS)
    return response
