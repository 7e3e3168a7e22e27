"""What an article's page and the page of times cost, beside a bare view with Django's standard middleware."""

from collections.abc import Callable

from django.core.cache import cache
from django.template import TemplateDoesNotExist
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from clinic.bench import bare, timing
from clinic.bench.free_times import statements_of
from clinic.bench.requests import Site
from clinic.bench.sizes import Sizes
from treatments.models import Article, Treatment

WHAT = "a view that answers one word, Django's standard middleware"


def measure(sizes: Sizes) -> dict:
    """Compare on the current database. A page that does not answer is told, and the others go on."""
    site, nothing = Site(), Site(bare.MIDDLEWARE).asking("/nothing/")
    pages, missing = _pages(site)
    taken = timing.in_turns({"bare": nothing, **pages}, turns=sizes.turns, warm_ups=sizes.warm_ups)
    figures = {
        name: timing.comparison(taken[name], taken["bare"], what=WHAT)
        | {"statements": len(statements_of(ask)), "bytes": len(ask())}
        for name, ask in pages.items()
    }
    return figures | missing


def _pages(site: Site) -> tuple[dict[str, Callable], dict[str, dict]]:
    pages, missing = {}, {}
    for name, find in {"article": _article, "article_first_visit": _first_visit, "times": _times}.items():
        try:
            pages[name] = find(site)
            pages[name]()
        except (NoReverseMatch, TemplateDoesNotExist, LookupError, RuntimeError) as reason:
            pages.pop(name, None)
            missing[name] = {"skipped": str(reason)}
    return pages, missing


def _article(site: Site) -> Callable:
    article = Article.objects.published(now=timezone.now()).first()
    if article is None:
        raise LookupError("there is no article")
    return site.asking(reverse("article", args=[article.slug]))


def _first_visit(site: Site) -> Callable:
    """The same with nothing remembered from a visitor before."""
    ask = _article(site)

    def ask_first() -> bytes:
        cache.clear()
        return ask()

    return ask_first


def _times(site: Site) -> Callable:
    """The page of times as somebody sees it who came for an open treatment and has no urgent signs."""
    visitor = Client(SERVER_NAME="localhost")
    treatment = Treatment.objects.active().filter(policy=Treatment.Policy.OPEN).first()
    if treatment is None:
        raise LookupError("there is no open treatment")
    visitor.get(reverse("book"), {"treatment": treatment.slug})
    visitor.post(reverse("book-signs"), {"urgent": "none"})
    return site.asking(reverse("book-time"), cookies=visitor.cookies.output(header="", sep=";").strip())
