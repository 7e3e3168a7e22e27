"""Articles as files: the format `treatments.imports` reads. The same article always makes the same bytes."""

import datetime as dt
from typing import Any

import yaml
from django.db.models import Min

from treatments.imports.fields import PUBLISHED_AT
from treatments.imports.files import FENCE, normal_text
from treatments.imports.writing import clinic_zone
from treatments.models import Article, Author

WIDTH = 110
OTHER_LINE_ENDS = set("\r\x85\u2028\u2029")


class _Dumper(yaml.SafeDumper):
    """Long texts stand as blocks, so that people can read and edit them; whatever a block cannot hold is quoted."""

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)


def _represent_text(dumper: yaml.Dumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    # What is a line's end to some readers only would come back as another one.
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if OTHER_LINE_ENDS & set(text) else style)


_Dumper.add_representer(str, _represent_text)


def export(article: Article) -> str:
    """Return the article as Markdown with front matter. Only what is filled is written, in a fixed order."""
    front = {key: value for key, value in _front(article).items() if value not in (None, "", [], {})}
    text = yaml.dump(front, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=WIDTH)
    return f"{FENCE}\n{text}{FENCE}\n{normal_text(article.body)}"


def _front(article: Article) -> dict[str, Any]:
    relations = list(article.relations.select_related("other"))
    return {
        "title": article.title,
        "subtitle": article.subtitle,
        "slug": article.slug,
        "summary": article.summary,
        "author": _person(article.author),
        "reviewer": _person(article.reviewer),
        "published": _published(article.published_at),
        "updated": article.updated_on,
        "reviewed": article.reviewed_on,
        "next_review": article.next_review_on,
        "pain_location": article.pain_location,
        "problems": article.problems,
        "muscles": sorted(muscle.name for muscle in article.muscles.all()),
        "further_reading": article.further_reading,
        "regions": [region.slug for region in article.regions.all()],
        "spots": [spot.number for spot in article.spots.all()],
        "treatments": [treatment.slug for treatment in article.treatments.all()],
        "series": _series(article),
        "related": [each.other.slug for each in relations if not each.excluded],
        "related_exclude": [each.other.slug for each in relations if each.excluded],
        "aliases": [alias.path for alias in article.aliases.all()],
        "evidence_note": normal_text(article.evidence_note),
        "references": normal_text(article.references),
        "changes": [{"date": each.date, "note": each.note} for each in article.changes.order_by("pk")],
        "status": str(article.status),
    }


def _person(author: Author | None) -> str | dict[str, str] | None:
    """“Name, credentials”, unless that would be read as somebody else."""
    if author is None:
        return None
    person = author.person
    plain = ", ".join(part for part in (person.name, person.credentials) if part)
    if author.clinician is not None or ("," not in person.name and not (person.job or person.bio)):
        return plain
    named = {"name": person.name, "credentials": person.credentials, "job": person.job, "bio": normal_text(person.bio)}
    return {key: value for key, value in named.items() if value}


def _published(moment: dt.datetime | None) -> dt.date | str | None:
    """The day alone where it means the usual hour, else the instant."""
    if moment is None:
        return None
    local = moment.astimezone(clinic_zone())
    return local.date() if local.time() == PUBLISHED_AT else moment.astimezone(dt.UTC).isoformat()


def _series(article: Article) -> dict[str, Any] | None:
    """The place in the series; the first part carries the introduction for all."""
    series = article.series
    if series is None:
        return None
    place = {"slug": series.slug, "title": series.title, "part": article.part}
    is_first = article.part == series.articles.aggregate(first=Min("part"))["first"]
    return place | ({"introduction": normal_text(series.introduction)} if is_first and series.introduction else {})


def exported(articles=None):
    """Yield (file name, text) of the articles, by slug."""
    rows = Article.objects.all() if articles is None else articles
    related = ("muscles", "regions", "spots", "treatments", "aliases", "changes")
    people = ("author__clinician", "reviewer__clinician", "series")
    for article in rows.select_related(*people).prefetch_related(*related).order_by("slug"):
        yield f"{article.slug}.md", export(article)
