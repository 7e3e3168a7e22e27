"""Clinicians as the public sees them. Their hours and visits are the diary's (`bookings`)."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from treatments.models.offer import Treatment
from treatments.models.pictures import Picture


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
    portrait = models.ForeignKey(
        Picture, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("portrait")
    )
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


class AuthorQuerySet(models.QuerySet):
    def confirmed(self):
        return self.exclude(confirmed_at=None)


class Author(models.Model):
    """Somebody who writes or reviews articles. A clinician of the house is shown as their own profile says (`person`).

    An import may bring people whom nobody here knows: until a manager confirms them they review nothing.
    """

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    clinician = models.OneToOneField(
        Clinician,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="author",
        verbose_name=_("clinician of the house"),
        help_text=_("Their public profile is then shown, and the fields below are not needed."),
    )
    name = models.CharField(_("name"), max_length=80, blank=True)
    credentials = models.CharField(_("credentials"), max_length=80, blank=True)
    job = models.CharField(_("what they do"), max_length=120, blank=True)
    bio = models.TextField(_("about (Markdown)"), blank=True)
    portrait = models.ForeignKey(
        Picture, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("portrait")
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True, editable=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    objects = AuthorQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]
        verbose_name = _("author or reviewer")
        verbose_name_plural = _("authors and reviewers")
        permissions = [("confirm_author", _("Can confirm who an author or reviewer is"))]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(clinician__isnull=False) | ~models.Q(name=""), name="author_has_a_name"
            )
        ]

    def __str__(self):
        return str(self.clinician) if self.clinician else ", ".join(filter(None, [self.name, self.credentials]))

    def get_absolute_url(self):
        return self.clinician.get_absolute_url() if self.is_on_staff else reverse("author", args=[self.slug])

    @property
    def person(self) -> "Clinician | Author":
        """Whose name, credentials, job, bio and portrait are shown."""
        return self.clinician or self

    @property
    def is_on_staff(self) -> bool:
        """Whether their page is that of a clinician."""
        return self.clinician is not None and self.clinician.active

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None


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
