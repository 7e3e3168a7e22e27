"""Saving an article: its old address goes on leading there, and a clinical edit waits for a new review."""

import datetime as dt

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from treatments import addresses, search
from treatments.models import Alias, Article

# What may change without touching what the article says about anybody's health.
UNCLINICAL = {"id", "slug", "status", "published_at", "updated_on", "reviewed_on", "next_review_on"} | {
    *("author", "series", "part")
}
# Relations whose change is a clinical edit too; a door that sets them says so by `relations_changed`.
RELATIONS = ("regions", "spots", "muscles", "treatments")


@transaction.atomic
def keep(
    article: Article,
    *,
    now: dt.datetime,
    wording_only: bool = False,
    reviewed: bool = False,
    relations_changed: bool = False,
    as_it_is: bool = False,
) -> None:
    """Save an article: THE way to do it. Relations come afterwards; then call `after_relations`.

    A clinical edit takes `reviewed_on` away, unless it changes wording only, or was reviewed in the same edit: a new
    `reviewed_on` says so, or `reviewed` does for the date that stands there (today where there is none).
    A clinical edit of a public article is dated (`updated_on`) unless the edit itself sets that date.
    `as_it_is` keeps both dates as they are given: an imported file is the truth about them.
    A new slug leaves an alias at the old address, if readers can have seen it.
    """
    before = Article.objects.filter(pk=article.pk).first() if article.pk else None
    today = timezone.localdate(now)
    if reviewed and article.reviewed_on is None:
        article.reviewed_on = today
    if before is not None and not as_it_is and (relations_changed or _clinical_changes(before, article)):
        _note_clinical_edit(before, article, today=today, stands=wording_only or reviewed, now=now)
    article.save()
    if before is not None and before.slug != article.slug:
        _keep_address(before, article, now=now)


def after_relations(article: Article, *, now: dt.datetime) -> None:
    """Call when the relations of a saved article are set: search finds what it says now."""
    search.index(article, now=now)


def _clinical_changes(before: Article, article: Article) -> set[str]:
    fields = [field for field in Article._meta.concrete_fields if field.name not in UNCLINICAL]
    return {field.name for field in fields if getattr(before, field.attname) != getattr(article, field.attname)}


def _note_clinical_edit(before: Article, article: Article, *, today: dt.date, stands: bool, now: dt.datetime) -> None:
    if not stands and article.reviewed_on == before.reviewed_on:
        article.reviewed_on = None
    if article.is_public(now=now) and article.updated_on == before.updated_on:
        article.updated_on = today


def _keep_address(before: Article, article: Article, *, now: dt.datetime) -> None:
    """Lead the old address to the new one. A draft that never came out has no readers to lead."""
    new = addresses.normal_path(reverse("article", args=[article.slug]))
    Alias.objects.filter(path=new, article=article).delete()
    if before.published_at is not None and before.published_at <= now:
        old = addresses.normal_path(reverse("article", args=[before.slug]))
        # An alias of another's, left when that article moved away from this address, has since been hidden by our page.
        Alias.objects.update_or_create(path=old, defaults={"article": article, "spot": None})
