"""Clinicians as the public sees them. Their hours and visits are the diary's (`bookings`)."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from treatments.models.offer import Treatment


class ClinicianQuerySet(models.QuerySet):
    def active(self):
        return self.filter(active=True)


class Clinician(models.Model):
    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    credentials = models.CharField(_("credentials"), max_length=80, help_text=_("After the name: MD, DO, DPT, PA-C …"))
    job = models.CharField(_("what they do"), max_length=120)
    bio = models.TextField(_("about (Markdown)"), blank=True)
    languages = models.CharField(_("languages"), max_length=120, blank=True)
    treatments = models.ManyToManyField(Treatment, through="ClinicianTreatment", related_name="clinicians")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="clinician",
        verbose_name=_("staff account"),
    )
    active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = ClinicianQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("clinician")
        verbose_name_plural = _("clinicians")

    def __str__(self):
        return f"{self.name}, {self.credentials}"

    def get_absolute_url(self):
        return reverse("clinician", args=[self.slug])


class ClinicianTreatment(models.Model):
    """A treatment this clinician offers, and its length with them where that differs."""

    clinician = models.ForeignKey(Clinician, on_delete=models.CASCADE, related_name="offers")
    treatment = models.ForeignKey(Treatment, on_delete=models.CASCADE, related_name="offers")
    minutes = models.PositiveSmallIntegerField(_("length in minutes, where it differs"), null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("treatment offered")
        verbose_name_plural = _("treatments offered")
        constraints = [
            models.UniqueConstraint(fields=["clinician", "treatment"], name="offer_once_per_clinician"),
            models.CheckConstraint(
                condition=models.Q(minutes=None) | models.Q(minutes__range=(5, 480)), name="offer_minutes"
            ),
        ]

    def __str__(self):
        return f"{self.clinician}: {self.treatment}"
