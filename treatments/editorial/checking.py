"""The check list of an article, and what a text holds that no reader will see."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from treatments.editorial.links import broken_links, foreign_links
from treatments.editorial.reading import grade
from treatments.models import Article
from treatments.rendering import Reading, read, render

FEWEST_WORDS = 300
HIGHEST_GRADE = 8  # what most adults read with ease; trust.md
RED_FLAGS = {"emergency", "urgent"}
SHOWN = 10  # links named in one message
LINK_CHARACTERS = 100


@dataclass(frozen=True)
class Check:
    """One line of the check list. An open `must` keeps an article from being published."""

    key: str
    ok: bool
    must: bool
    words: str | Promise
    hint: str | Promise = ""


def check_list(
    article: Article, *, now: dt.datetime, regions: Iterable | None = None, treatments: Iterable | None = None
) -> list[Check]:
    """Return every line of the check list. Give `regions` and `treatments` where they are not saved yet."""
    reading = read(article.body)
    regions = _saved(article, "regions") if regions is None else regions
    treatments = _saved(article, "treatments") if treatments is None else treatments
    return [
        _summary(article),
        _reviewer(article),
        _reviewed(article),
        Check("region", bool(list(regions)), True, _("A body region"), _("Tick at least one region it is about.")),
        Check(
            "treatment",
            bool(list(treatments)),
            False,
            _("A treatment"),
            _("Tick what readers may book; without one the article leads to no appointment of its own."),
        ),
        Check(
            "red-flags",
            bool(RED_FLAGS & reading.cards),
            True,
            _("Red flags"),
            _("Add a card of the kind “::: emergency” or “::: urgent”: when to seek care at once."),
        ),
        _links(article, now=now),
        _reading_level(reading),
        _length(article),
    ]


def _summary(article: Article) -> Check:
    hint = _("Say in a sentence or two what it is for.")
    return Check("summary", bool(article.summary.strip()), True, _("A summary"), hint)


def _reviewed(article: Article) -> Check:
    hint = _("Readers are told who reviewed it only when this date stands.")
    return Check("reviewed", article.reviewed_on is not None, False, _("The date of the medical review"), hint)


def open_musts(checks: Iterable[Check]) -> list[Check]:
    return [check for check in checks if check.must and not check.ok]


def problems_of(text: str) -> list[str]:
    """Say in words, each with its line, what of a text no reader would see as it was meant."""
    problems = sorted(read(text).problems, key=lambda problem: problem.line)
    return [str(problem) for problem in problems]


def reading_grade(text: str) -> float:
    """Return the Flesch-Kincaid grade of a Markdown text; 0 for an empty one."""
    return grade(read(text).sentences)


def _saved(article: Article, name: str) -> list:
    return list(getattr(article, name).all()) if article.pk else []


def _reviewer(article: Article) -> Check:
    reviewer = article.reviewer
    if reviewer is not None and not reviewer.is_confirmed:
        hint = _("%(name)s is not confirmed yet. A manager confirms reviewers, on their own page.") % {"name": reviewer}
    else:
        hint = _("Name a medical reviewer.")
    return Check(
        "reviewer", reviewer is not None and reviewer.is_confirmed, True, _("A confirmed medical reviewer"), hint
    )


def _links(article: Article, *, now: dt.datetime) -> Check:
    broken, foreign = broken_links(article, now=now), foreign_links(article)
    if broken:
        hint = _("These lead to nothing readers can see: %(links)s") % {"links": _listed(broken)}
    elif foreign:
        hint = _("Not checked, because they are on other sites: %(links)s") % {"links": _listed(foreign)}
    else:
        hint = ""
    return Check("links", not broken, True, _("No broken links"), hint)


def _listed(links: list[str]) -> str:
    return ", ".join(Truncator(link).chars(LINK_CHARACTERS) for link in links[:SHOWN])


def _reading_level(reading: Reading) -> Check:
    found = grade(reading.sentences)
    hint = _("It reads at grade %(grade).1f. Aim at %(aim)d: shorter sentences, plainer words.")
    return Check(
        "reading-level",
        found <= HIGHEST_GRADE,
        False,
        _("Easy to read"),
        hint % {"grade": found, "aim": HIGHEST_GRADE},
    )


def _length(article: Article) -> Check:
    hint = _("%(words)d words; fewer than %(fewest)d seldom answer a question.")
    words = render(article.body).words
    return Check(
        "length",
        words >= FEWEST_WORDS,
        False,
        _("Long enough"),
        hint % {"words": words, "fewest": FEWEST_WORDS},
    )
