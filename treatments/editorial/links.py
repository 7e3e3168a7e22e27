"""Where the links of an article lead, found without asking any other host."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db.models import QuerySet
from django.urls import Resolver404, ResolverMatch, resolve

from treatments.addresses import moved_to
from treatments.models import Article, Author, BodyRegion, Clinician, Picture, Series, Spot, Treatment
from treatments.rendering import read

# Pages that end in a slug, and the rows readers may see there.
PUBLIC: dict[str, Callable[[dt.datetime], QuerySet]] = {
    "article": lambda now: Article.objects.published(now=now),
    "author": lambda now: Author.objects.all(),
    "clinician": lambda now: Clinician.objects.active(),
    "series": lambda now: Series.objects.all(),
    "spot": lambda now: Spot.objects.all(),
    "topic": lambda now: BodyRegion.objects.all(),
    "treatment": lambda now: Treatment.objects.active(),
}
ELSEWHERE = ("http:", "https:", "//")
# Addresses for staff, or for one patient: no article leads there.
PRIVATE = ("/admin/", "/schedule/", "/api/", "/appointments/")


def broken_links(article: Article, *, now: dt.datetime) -> list[str]:
    """Return the links and pictures of an article's text that lead to nothing readers may see, as written, each once.

    One query for each kind of thing linked to, and one more for each address that no page answers.
    """
    reading = read(article.body)
    links = [link for _line, link in reading.links]
    own = {f"#{anchor}" for anchor in reading.anchors}
    anchors = [link for link in links if link.startswith("#") and link not in own and not link.startswith("#fn")]
    dead = _dead_paths(filter(_is_of_this_site, links), article, now=now)
    return list(dict.fromkeys([*anchors, *dead, *_unknown_pictures([source for _line, source in reading.pictures])]))


def foreign_links(article: Article) -> list[str]:
    """Return the links to other hosts, each once: nobody has asked whether they answer."""
    links = [link for _line, link in read(article.body).links]
    return list(dict.fromkeys(link for link in links if link.startswith(ELSEWHERE) and not _is_of_this_site(link)))


def _is_of_this_site(link: str) -> bool:
    parts = urlsplit(link)
    if parts.netloc:
        return parts.netloc == urlsplit(settings.CLINIC_BASE_URL).netloc
    return not link.startswith("#") and not parts.scheme


def _dead_paths(links: Iterable[str], article: Article, *, now: dt.datetime) -> list[str]:
    """Sort links by the kind of page, and ask for each kind once."""
    wanted: dict[str, dict[str, str]] = defaultdict(dict)
    dead = []
    for link in dict.fromkeys(links):
        match = _page(unquote(urlsplit(link).path))
        slug = match.kwargs.get("slug") if match else None
        if match and match.view_name in PUBLIC:
            wanted[match.view_name][link] = str(slug)
        elif match is None and not _moved(link, now=now):
            dead.append(link)
    for name, links_by_slug in wanted.items():
        found = set(PUBLIC[name](now).filter(slug__in=links_by_slug.values()).values_list("slug", flat=True))
        found |= {article.slug} if name == "article" else set()
        dead += [link for link, slug in links_by_slug.items() if slug not in found and not _moved(link, now=now)]
    return dead


def _moved(link: str, *, now: dt.datetime) -> bool:
    return moved_to(urlsplit(link).path, now=now) is not None


def _page(path: str) -> ResolverMatch | None:
    if not path.startswith("/") or path.startswith(PRIVATE):
        return None
    try:
        return resolve(path if path.endswith("/") or "." in path.rpartition("/")[2] else f"{path}/")
    except Resolver404:
        return None


def _unknown_pictures(sources: Iterable[str]) -> list[str]:
    named = {source: source.removeprefix("picture:") for source in sources if source.startswith("picture:")}
    if not named:
        return []
    known = set(Picture.objects.filter(slug__in=named.values()).values_list("slug", flat=True))
    return [source for source, slug in named.items() if slug not in known]
