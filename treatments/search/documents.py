"""What of each public thing can be found, in plain words. What the public does not see has no document."""

import datetime as dt
import re
from collections.abc import Callable
from html import unescape

from django.db.models import Model, Prefetch, QuerySet
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from treatments.models import Article, Clinician, SearchEntry, Spot, Treatment
from treatments.rendering import render

Kind = SearchEntry.Kind

ALWAYS = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # what has no day of publication has been visible ever since
LONGEST_TITLE = 300
NOTE_MARKS = re.compile(r'<sup class="footnote-ref">.*?</sup>|<a [^>]*class="footnote-backref".*?</a>', re.DOTALL)
BLOCK_ENDS = re.compile(r"</(?:p|li|h\d|t[dh]|div|figcaption|pre)>|<br>")

_offered = Prefetch("treatments", Treatment.objects.active())
SOURCES: dict[type[Model], tuple[Kind, QuerySet]] = {
    Article: (Kind.ARTICLE, Article.objects.prefetch_related("regions", "spots", "muscles", _offered)),
    Spot: (Kind.SPOT, Spot.objects.prefetch_related("regions", "felt_in", "muscles", _offered)),
    Treatment: (Kind.TREATMENT, Treatment.objects.prefetch_related("regions")),
    Clinician: (Kind.CLINICIAN, Clinician.objects.prefetch_related(_offered)),
}


def plain(markdown: str) -> str:
    """The words of a Markdown text, without marks, on one line."""
    html = BLOCK_ENDS.sub(r"\g<0> ", NOTE_MARKS.sub("", str(render(markdown).html)))
    return _line(unescape(strip_tags(html)))


def document(thing: Model) -> SearchEntry | None:
    """Return the unsaved entry of a thing as the public sees it now or later; None for what it never sees.

    `thing` comes from its query in SOURCES, so that many cost no more statements than one.
    """
    kind, _query = SOURCES[type(thing)]
    entry = _WRITERS[kind](thing)
    if entry is not None:
        entry.kind, entry.object_pk, entry.path = kind, thing.pk, thing.get_absolute_url()
        entry.title = entry.title[:LONGEST_TITLE]
    return entry


def _article(article: Article) -> SearchEntry | None:
    if article.status != Article.Status.PUBLISHED:
        return None
    facts = [
        article.subtitle,
        article.problems,
        article.pain_location,
        *_names(article, "muscles regions spots treatments"),
    ]
    return SearchEntry(
        title=article.title,
        summary=article.summary,
        words=_line(plain(article.body), *facts, plain(article.evidence_note)),
        visible_from=article.published_at,
    )


def _spot(spot: Spot) -> SearchEntry:
    texts = [spot.location, spot.how_to_find, spot.how_to_press, spot.how_it_feels, spot.red_flags, spot.self_care]
    return SearchEntry(
        title=_("Spot %(number)s: %(name)s") % {"number": spot.number, "name": spot.name},
        summary=_line(spot.problems, spot.pain_felt_in),
        words=_line(*map(plain, texts), *_names(spot, "muscles regions felt_in treatments")),
        visible_from=ALWAYS,
    )


def _treatment(treatment: Treatment) -> SearchEntry | None:
    if not treatment.active:
        return None
    texts = [treatment.body, treatment.what_to_expect, treatment.preparation, treatment.aftercare]
    return SearchEntry(
        title=treatment.name,
        summary=treatment.summary,
        words=_line(*map(plain, texts), *_names(treatment, "regions")),
        visible_from=ALWAYS,
    )


def _clinician(clinician: Clinician) -> SearchEntry | None:
    if not clinician.active:
        return None
    return SearchEntry(
        title=str(clinician),
        summary=_line(clinician.job, clinician.languages),
        words=_line(plain(clinician.bio), *_names(clinician, "treatments")),
        visible_from=ALWAYS,
    )


_WRITERS: dict[Kind, Callable] = {
    Kind.ARTICLE: _article,
    Kind.SPOT: _spot,
    Kind.TREATMENT: _treatment,
    Kind.CLINICIAN: _clinician,
}


def _names(thing: Model, relations: str) -> list[str]:
    return [", ".join(row.name for row in getattr(thing, relation).all()) for relation in relations.split()]


def _line(*texts: str) -> str:
    """Texts one after the other on one line. PostgreSQL holds no NUL."""
    return " · ".join(" ".join(text.replace("\0", "").split()) for text in texts if text.strip())
