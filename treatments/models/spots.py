"""The pain atlas: spots that ache when pressed, and where their pain is felt."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from treatments.models.body import BodyRegion, Muscle
from treatments.models.offer import Treatment


class Spot(models.Model):
    """One spot of the atlas. `chart_x` and `chart_y` mark it on the body chart, in the drawing's units (240 x 560)."""

    class View(models.TextChoices):
        FRONT = "front", _("front")
        BACK = "back", _("back")

    number = models.PositiveSmallIntegerField(_("number"), unique=True)
    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120, help_text=_("A place a person understands."))
    problems = models.CharField(_("problems"), max_length=200)
    pain_felt_in = models.CharField(_("pain felt in"), max_length=300)
    location = models.TextField(_("where it is (Markdown)"))
    how_to_find = models.TextField(_("how to find it (Markdown)"))
    how_to_press = models.TextField(_("how to press (Markdown)"))
    how_it_feels = models.TextField(_("how it feels (Markdown)"))
    red_flags = models.TextField(_("when not to press, and when to seek help (Markdown)"))
    self_care = models.TextField(_("what you can do yourself (Markdown)"), blank=True)
    regions = models.ManyToManyField(BodyRegion, verbose_name=_("where it lies"), blank=True, related_name="spots")
    felt_in = models.ManyToManyField(
        BodyRegion, verbose_name=_("where its pain is felt"), blank=True, related_name="spots_felt"
    )
    muscles = models.ManyToManyField(Muscle, verbose_name=_("muscles"), blank=True, related_name="spots")
    treatments = models.ManyToManyField(Treatment, verbose_name=_("treatments"), blank=True, related_name="spots")
    chart_view = models.CharField(_("marked on the chart's"), max_length=5, choices=View, default=View.BACK)
    chart_x = models.PositiveSmallIntegerField(_("from the left"), default=120, validators=[MaxValueValidator(240)])
    chart_y = models.PositiveSmallIntegerField(_("from the top"), default=280, validators=[MaxValueValidator(560)])
    both_sides = models.BooleanField(_("one on each side"), default=True)

    class Meta:
        ordering = ["number"]
        verbose_name = _("spot")
        verbose_name_plural = _("spots")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(chart_x__lte=240, chart_y__lte=560), name="spot_mark_lies_on_the_chart"
            )
        ]

    def __str__(self):
        return f"{self.number}. {self.name}"

    def get_absolute_url(self):
        return reverse("spot", args=[self.slug])
