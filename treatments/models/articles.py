"""Articles: what people read before they book."""

import datetime as dt

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from treatments.models.body import BodyRegion, Muscle
from treatments.models.offer import Treatment
from treatments.models.people import Clinician


class ArticleQuerySet(models.QuerySet):
    def published(self, *, now: dt.datetime):
        """Articles a reader may see at `now`."""
        return self.filter(status=Article.Status.PUBLISHED, published_at__lte=now)

    def related_to(self, article: "Article"):
        """Other articles that share regions, treatments or muscles with this one; those that share most come first."""
        shared = sum(
            models.Count(name, filter=models.Q(**{f"{name}__in": getattr(article, name).all()}), distinct=True)
            for name in ("regions", "treatments", "muscles")
        )
        return (
            self.exclude(pk=article.pk)
            .annotate(shared=shared)
            .filter(shared__gt=0)
            .order_by("-shared", "-published_at", "pk")
        )


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
    author = models.ForeignKey(Clinician, on_delete=models.PROTECT, null=True, blank=True, related_name="articles")
    reviewer = models.ForeignKey(
        Clinician, on_delete=models.PROTECT, null=True, blank=True, related_name="articles_reviewed"
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
    muscles = models.ManyToManyField(Muscle, verbose_name=_("muscles"), blank=True, related_name="articles")
    treatments = models.ManyToManyField(Treatment, verbose_name=_("treatments"), blank=True, related_name="articles")

    objects = ArticleQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "pk"]
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(status="published") | models.Q(published_at__isnull=False),
                name="article_published_has_a_date",
            )
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("article", args=[self.slug])


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
