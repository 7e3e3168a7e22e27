"""Where it hurts: the regions of the body chart, and muscles."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class BodyRegion(models.Model):
    """A region as the body chart names it; sides are said from the patient's point of view."""

    class View(models.TextChoices):
        FRONT = "front", _("front")
        BACK = "back", _("back")
        BOTH = "both", _("front and back")

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    view = models.CharField(_("seen from"), max_length=5, choices=View, default=View.BOTH)
    has_sides = models.BooleanField(_("has a left and a right"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0, help_text=_("From head to foot."))

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("body region")
        verbose_name_plural = _("body regions")

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("topic", args=[self.slug])


class Muscle(models.Model):
    slug = models.SlugField(_("slug"), max_length=100, unique=True)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        ordering = ["name"]
        verbose_name = _("muscle")
        verbose_name_plural = _("muscles")

    def __str__(self):
        return self.name
