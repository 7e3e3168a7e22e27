"""Who read what. Append-only; the middleware that writes it is in `clinic`."""

from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models
from django.utils.translation import gettext_lazy as _

from treatments.models import Clinician

APPEND_ONLY = "The access log is append-only."


class AccessEntryQuerySet(models.QuerySet):
    def update(self, **kwargs):
        raise FieldError(APPEND_ONLY)

    def bulk_update(self, objs, fields, batch_size=None):
        raise FieldError(APPEND_ONLY)

    def delete(self):
        raise FieldError(APPEND_ONLY)


class AccessEntry(models.Model):
    """A member of staff read pages about these patients. Without a user: a patient took their own data away.

    No search words, no values.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who"),
    )
    at = models.DateTimeField(_("when"))
    view = models.CharField(_("page"), max_length=80)
    patients = models.JSONField(_("patients' numbers"), default=list)
    allowed = models.BooleanField(_("allowed"), default=True)

    objects = AccessEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("access")
        verbose_name_plural = _("access log")
        indexes = [models.Index(fields=["at"], name="access_at")]

    def __str__(self):
        return f"{self.view} {self.at:%Y-%m-%d %H:%M}"

    def save(self, *args, **kwargs):
        if self.pk is not None:
            raise FieldError(APPEND_ONLY)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise FieldError(APPEND_ONLY)


class ColleagueLook(models.Model):
    """Somebody with the permission opened a colleague's day, and said why. It holds for `until`, and stays written down."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who")
    )
    clinician = models.ForeignKey(Clinician, on_delete=models.PROTECT, related_name="+", verbose_name=_("whose day"))
    reason = models.CharField(_("why"), max_length=200)
    at = models.DateTimeField(_("when"))
    until = models.DateTimeField(_("until"))

    objects = AccessEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("look at a colleague's day")
        verbose_name_plural = _("looks at a colleague's day")
        indexes = [models.Index(fields=["user", "clinician", "until"], name="colleague_look_valid")]

    def __str__(self):
        return f"{self.user}: {self.clinician} {self.at:%Y-%m-%d %H:%M}"

    def save(self, *args, **kwargs):
        if self.pk is not None:
            raise FieldError(APPEND_ONLY)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise FieldError(APPEND_ONLY)
