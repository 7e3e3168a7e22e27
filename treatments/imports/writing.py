"""Writing one article as its file describes it. The file is the truth: what it leaves out is emptied, except addresses."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from treatments import addresses, editorial
from treatments.imports.fields import PUBLISHED_AT, Fields, Part
from treatments.imports.files import BadFile, Source
from treatments.imports.people import People
from treatments.imports.relations import Catalog
from treatments.models import Alias, Article, ArticleChange, Location, RelatedArticle, Series

Status = Article.Status
KEY_OF = {"published_at": "published", "updated_on": "updated", "reviewed_on": "reviewed", "part": "series"} | {
    "next_review_on": "next_review"
}
AS_THEY_ARE = ("title", "subtitle", "summary", "pain_location", "problems", "further_reading")
MARKDOWN = ("evidence_note", "references")


def slug_of(fields: Fields, source: Source) -> str:
    """Return the slug a file asks for, or that of its title, or that of its name."""
    return fields.slug.strip() or slugify(fields.title)[:120] or slugify(source.path.stem)[:120]


class Writer:
    """Writes articles one by one, each in the transaction of the caller."""

    def __init__(self, *, now: dt.datetime, people: People):
        self.now, self.people, self.catalog = now, people, Catalog()

    def write(self, source: Source, fields: Fields) -> tuple[Article, str]:
        """Return the article and what became of it: created, updated or unchanged. Raises BadFile."""
        slug = slug_of(fields, source)
        article = Article.objects.filter(slug=slug).first() or Article(slug=slug)
        state = "updated" if article.pk else "created"
        before = _picture(article) if article.pk else None
        self._fill(article, source, fields)
        if before is None or before != _picture(article):
            self._save(article, source)
        self._relate(article, source, fields)
        if before is not None and before == _picture(article):
            return article, "unchanged"
        editorial.after_relations(article, now=self.now)
        return article, state

    def _fill(self, article: Article, source: Source, fields: Fields) -> None:
        for name in AS_THEY_ARE:
            setattr(article, name, getattr(fields, name))
        for name in MARKDOWN:
            setattr(article, name, _kept(getattr(article, name), getattr(fields, name)))
        article.body = _kept(article.body, source.body)
        article.author = self._person("author", source, fields)
        article.reviewer = self._person("reviewer", source, fields)
        article.updated_on, article.reviewed_on = fields.updated, fields.reviewed
        article.next_review_on = fields.next_review
        self._publish(article, source, fields)
        article.series, article.part = _place_in_series(article, source, fields.series)

    def _person(self, key: str, source: Source, fields: Fields):
        try:
            return self.people.author(getattr(fields, key))
        except ValidationError as error:
            raise BadFile(f"{key}: {_said(error)}", source.lines.get(key)) from error

    def _publish(self, article: Article, source: Source, fields: Fields) -> None:
        status = fields.status or ("published" if fields.published else "draft")
        moment = _moment(fields.published)
        past = moment is None or (moment <= self.now and moment != article.published_at)  # its day may have come since
        if status == "scheduled" and past:
            raise BadFile(_("status: scheduled needs a “published” that is still to come"), source.lines.get("status"))
        article.status = Status.PUBLISHED if status == "scheduled" else Status(status)
        article.published_at = moment or article.published_at or (self.now if status == "published" else None)

    def _save(self, article: Article, source: Source) -> None:
        try:
            # A draft may still lack what publishing asks for; the check list names it.
            article.full_clean(exclude=[name for name in ("body", "summary") if not getattr(article, name)])
        except ValidationError as error:
            raise _bad_field(error, source) from error
        editorial.keep(article, now=self.now, as_it_is=True)

    def _relate(self, article: Article, source: Source, fields: Fields) -> None:
        for kind in ("muscles", "regions", "spots", "treatments"):
            try:
                getattr(article, kind).set(self.catalog.find(kind, getattr(fields, kind)))
            except (ValueError, ValidationError) as error:
                reason = _said(error) if isinstance(error, ValidationError) else error
                raise BadFile(f"{kind}: {reason}", source.lines.get(kind)) from error
        if list(article.changes.order_by("pk").values_list("date", "note")) != fields.changes:
            article.changes.all().delete()
            ArticleChange.objects.bulk_create(
                ArticleChange(article=article, date=date, note=note) for date, note in fields.changes
            )
        self._add_aliases(article, source, fields)

    def _add_aliases(self, article: Article, source: Source, fields: Fields) -> None:
        """Add what the file names. Old addresses stay, whatever it leaves out: somebody may have kept them."""
        for path in fields.aliases:
            refused = addresses.refusal(path, thing=article)
            if refused:
                raise BadFile(f"aliases: {refused}", source.lines.get("aliases"))
            Alias.objects.get_or_create(path=addresses.normal_path(path), defaults={"article": article})


@transaction.atomic
def link(article: Article, fields: Fields) -> tuple[bool, list[str]]:
    """Pin and exclude other articles as the file says: (whether anything changed, slugs that are not there)."""
    wanted = [(slug, False) for slug in fields.related] + [(slug, True) for slug in fields.related_exclude]
    found = {each.slug: each for each in Article.objects.filter(slug__in=[slug for slug, _excluded in wanted])}
    found.pop(article.slug, None)
    rows = list({found[slug].pk: excluded for slug, excluded in wanted if slug in found}.items())
    missing = [slug for slug, _excluded in wanted if slug not in found]
    if list(article.relations.values_list("other", "excluded")) == rows:
        return False, missing
    article.relations.all().delete()
    RelatedArticle.objects.bulk_create(
        RelatedArticle(article=article, other_id=other, excluded=excluded, position=position)
        for position, (other, excluded) in enumerate(rows, start=1)
    )
    return True, missing


def _kept(old: str, new: str) -> str:
    """Keep the text as it stands when only the newline at its end differs, so that nothing is said to have changed."""
    return old if old.rstrip("\n") == new.rstrip("\n") else new


def _picture(article: Article) -> dict[str, Any]:
    """Everything a file may change, to tell whether it did."""
    columns = {field.attname: getattr(article, field.attname) for field in Article._meta.concrete_fields}
    kinds = ("muscles", "regions", "spots", "treatments", "aliases")
    series = article.series
    return columns | {
        "changes": list(article.changes.order_by("pk").values_list("date", "note")),
        "introduction": (series.title, series.introduction) if series else None,
        **{kind: sorted(getattr(article, kind).values_list("pk", flat=True)) for kind in kinds},
    }


def _moment(published: dt.date | dt.datetime | None) -> dt.datetime | None:
    """A day means nine in the morning there, on the clock of the first place; so is a time without an offset meant."""
    if published is None:
        return None
    if isinstance(published, dt.datetime):
        return published if published.tzinfo else published.replace(tzinfo=clinic_zone())
    return dt.datetime.combine(published, PUBLISHED_AT, tzinfo=clinic_zone())


def clinic_zone() -> dt.tzinfo:
    place = Location.objects.active().first()
    return place.zone if place else timezone.get_default_timezone()


def _place_in_series(article: Article, source: Source, named: Part | None) -> tuple[Series | None, int | None]:
    if named is None:
        return None, None
    slug = named.slug or slugify(named.title)[:120]
    series = Series.objects.filter(slug=slug).first() or Series(slug=slug, title=named.title or slug)
    series.title = named.title or series.title
    if named.introduction is not None:
        series.introduction = _kept(series.introduction, named.introduction)
    try:
        series.full_clean()
    except ValidationError as error:
        raise BadFile(f"series: {_said(error)}", source.lines.get("series")) from error
    series.save()
    return series, named.part or _own_part(article, series) or _next_part(series)


def _own_part(article: Article, series: Series) -> int | None:
    return article.part if article.series_id == series.pk else None


def _next_part(series: Series) -> int:
    return 1 + max((part for part in series.articles.values_list("part", flat=True) if part), default=0)


def _bad_field(error: ValidationError, source: Source) -> BadFile:
    name, messages = next(iter(error.message_dict.items()))
    if name == "__all__" and "series" in source.lines:  # two articles cannot be one part
        return BadFile(_("series: another article is that part already"), source.lines["series"])
    key = KEY_OF.get(name, name)
    words = " ".join(messages)
    return BadFile(f"{key}: {words}" if name != "__all__" else words, source.lines.get(key))


def _said(error: ValidationError) -> str:
    return " ".join(error.messages)
