"""Pictures of articles and portraits of people. Each says in words what it shows."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Picture(models.Model):
    """A picture of ours. The file is what `treatments.pictures` made of the upload: a new encoding, sized, without metadata.

    Texts name it by its slug: `![caption](picture:slug)`.
    """

    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    file = models.FileField(_("file"), upload_to="pictures/", max_length=200)
    alt = models.CharField(
        _("what it shows"),
        max_length=300,
        help_text=_("Read aloud to those who do not see it. Say what matters in it."),
    )
    width = models.PositiveIntegerField(_("width in pixels"))
    height = models.PositiveIntegerField(_("height in pixels"))
    credit = models.CharField(_("credit"), max_length=160, blank=True)
    uploaded_at = models.DateTimeField(_("uploaded"))

    class Meta:
        ordering = ["-uploaded_at", "pk"]
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        constraints = [models.CheckConstraint(condition=~models.Q(alt=""), name="picture_says_what_it_shows")]

    def __str__(self):
        return self.slug
