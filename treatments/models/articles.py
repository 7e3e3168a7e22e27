"""Articles: what people read before they book."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from treatments.models.body import BodyRegion, Muscle
from treatments.models.offer import Treatment
from treatments.models.people import Author
from treatments.models.spots import Spot


class ArticleQuerySet(models.QuerySet):
    def published(self, *, now: dt.datetime):
        """Articles a reader may see at `now`."""
        return self.filter(status=Article.Status.PUBLISHED, published_at__lte=now)

    def review_overdue(self, *, today: dt.date):
        """Articles whose next review was due before `today`; of one row, `Article.review_is_overdue`."""
        return self.filter(next_review_on__lt=today)

    def related_to(self, article: "Article"):
        """Other articles: the pinned in their order, then those that share most spots, muscles, regions and treatments.

        Excluded ones never come. Counted in subqueries, so that the shared things of each kind do not multiply.
        """
        pinned = RelatedArticle.objects.filter(article=article, other=models.OuterRef("pk"))
        kinds = ("spots", "muscles", "regions", "treatments")
        shared = sum((_shared(kind, article) for kind in kinds), models.Value(0))
        return (
            self.exclude(pk=article.pk)
            .exclude(pk__in=article.relations.filter(excluded=True).values("other"))
            .annotate(pin=models.Subquery(pinned.values("position")[:1]), shared=shared)
            .filter(models.Q(pin__isnull=False) | models.Q(shared__gt=0))
            .order_by(models.F("pin").asc(nulls_last=True), "-shared", "-published_at", "pk")
        )


def _shared(kind: str, article: "Article"):
    """How many rows of one kind an article has in common with `article`."""
    through = Article._meta.get_field(kind).remote_field.through
    column = f"{Article._meta.get_field(kind).m2m_reverse_name()}"
    theirs = through.objects.filter(article=models.OuterRef("pk"))
    ours = through.objects.filter(article=article.pk).values(column)
    counted = theirs.filter(**{f"{column}__in": ours}).order_by().values("article").annotate(n=models.Count("pk"))
    return Coalesce(models.Subquery(counted.values("n"), output_field=models.IntegerField()), 0)


class Series(models.Model):
    """Articles that belong together, in order, with one introduction."""

    slug = models.SlugField(_("slug"), max_length=120, unique=True)
    title = models.CharField(_("title"), max_length=160)
    introduction = models.TextField(_("introduction (Markdown)"), blank=True)

    class Meta:
        ordering = ["title"]
        verbose_name = _("series")
        verbose_name_plural = _("series")

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("series", args=[self.slug])


class Article(models.Model):
    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")
        RETIRED = "retired", _("retired")

    slug = models.SlugField(_("slug"), max_length=120, unique=True)
    title = models.CharField(_("title"), max_length=160)
    subtitle = models.CharField(_("subtitle"), max_length=200, blank=True)
    summary = models.CharField(_("summary"), max_length=320)
    body = models.TextField(_("text (Markdown)"))
    author = models.ForeignKey(
        Author, on_delete=models.PROTECT, null=True, blank=True, related_name="articles", verbose_name=_("author")
    )
    reviewer = models.ForeignKey(
        Author,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="articles_reviewed",
        verbose_name=_("medical reviewer"),
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    updated_on = models.DateField(_("updated"), null=True, blank=True)
    reviewed_on = models.DateField(_("medically reviewed"), null=True, blank=True)
    next_review_on = models.DateField(_("next review due"), null=True, blank=True)
    pain_location = models.CharField(_("pain location"), max_length=200, blank=True)
    problems = models.CharField(_("problems"), max_length=300, blank=True)
    further_reading = models.CharField(_("further reading"), max_length=300, blank=True)
    evidence_note = models.TextField(_("evidence note (Markdown)"), blank=True)
    references = models.TextField(_("references (Markdown)"), blank=True)
    regions = models.ManyToManyField(BodyRegion, verbose_name=_("body regions"), blank=True, related_name="articles")
    spots = models.ManyToManyField(Spot, verbose_name=_("spots"), blank=True, related_name="articles")
    muscles = models.ManyToManyField(Muscle, verbose_name=_("muscles"), blank=True, related_name="articles")
    treatments = models.ManyToManyField(Treatment, verbose_name=_("treatments"), blank=True, related_name="articles")
    series = models.ForeignKey(
        Series, on_delete=models.SET_NULL, null=True, blank=True, related_name="articles", verbose_name=_("series")
    )
    part = models.PositiveSmallIntegerField(_("part of the series"), null=True, blank=True)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "pk"]
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(status="published") | models.Q(published_at__isnull=False),
                name="article_published_has_a_date",
            ),
            models.UniqueConstraint(fields=["series", "part"], name="article_one_part_of_a_series"),
            models.CheckConstraint(
                condition=models.Q(series__isnull=True) | models.Q(part__isnull=False), name="article_part_of_series"
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("article", args=[self.slug])

    def is_public(self, *, now: dt.datetime) -> bool:
        """Whether readers see it at `now`; the one-row form of `published`."""
        return self.status == self.Status.PUBLISHED and self.published_at is not None and self.published_at <= now

    def is_scheduled(self, *, now: dt.datetime) -> bool:
        return self.status == self.Status.PUBLISHED and not self.is_public(now=now)

    def review_is_overdue(self, *, today: dt.date) -> bool:
        return self.next_review_on is not None and self.next_review_on < today

    @property
    def shown_reviewer(self) -> Author | None:
        """Who is named as the reviewer: somebody confirmed, and only while the last clinical edit has been reviewed."""
        reviewed = self.reviewer if self.reviewed_on else None
        return reviewed if reviewed is not None and reviewed.is_confirmed else None


class RelatedArticle(models.Model):
    """What staff decided about two articles: pinned as related, in order, or never shown as related."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="relations")
    other = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="+", verbose_name=_("other article"))
    excluded = models.BooleanField(_("never show it here"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["excluded", "position", "pk"]
        verbose_name = _("related article")
        verbose_name_plural = _("related articles: pinned or excluded")
        constraints = [
            models.UniqueConstraint(fields=["article", "other"], name="related_article_once"),
            models.CheckConstraint(condition=~models.Q(article=models.F("other")), name="related_article_is_another"),
        ]

    def __str__(self):
        return f"{self.article}: {self.other}"


class Alias(models.Model):
    """A path of this site that leads to an article or a spot, for good (301): an old address, or a short one.

    `path` begins with a slash, has no slash at its end, and is kept in lower case (`/spot11`).
    """

    path = models.CharField(_("path"), max_length=300, unique=True, help_text=_("/spot11 or /articles/old-name.php"))
    article = models.ForeignKey(Article, on_delete=models.CASCADE, null=True, blank=True, related_name="aliases")
    spot = models.ForeignKey(Spot, on_delete=models.CASCADE, null=True, blank=True, related_name="aliases")

    class Meta:
        ordering = ["path"]
        verbose_name = _("alias")
        verbose_name_plural = _("aliases")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(article__isnull=False, spot__isnull=True)
                | models.Q(article__isnull=True, spot__isnull=False),
                name="alias_has_one_target",
            ),
            models.CheckConstraint(condition=models.Q(path__startswith="/"), name="alias_is_a_path"),
        ]

    def __str__(self):
        return self.path


PARTIAL_DATES = {4: "%Y", 7: "%Y-%m", 10: "%Y-%m-%d"}


def parse_partial_date(text: str) -> dt.date:
    """Return the first day of a year, a month or a day (`2016`, `2016-05`, `2016-05-17`). Raises ValueError otherwise."""
    shape = PARTIAL_DATES.get(len(text))
    if shape is None or not text.isascii():
        raise ValueError(text)
    return dt.datetime.strptime(text, shape).replace(tzinfo=dt.UTC).date()


class ArticleChange(models.Model):
    """“What's new”: a dated line whose date may be a year, a month or a day (`2016`, `2016-05`, `2016-05-17`)."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="changes")
    date = models.CharField(_("date"), max_length=10, help_text=_("2016, 2016-05 or 2016-05-17"))
    note = models.CharField(_("note"), max_length=400)

    class Meta:
        ordering = ["-date", "pk"]
        verbose_name = _("change")
        verbose_name_plural = _("what's new")

    def __str__(self):
        return f"{self.date}: {self.note}"

    def clean(self):
        try:
            parse_partial_date(self.date)
        except ValueError:
            raise ValidationError({"date": _("Write a year, a month or a day: 2016, 2016-05 or 2016-05-17.")}) from None
