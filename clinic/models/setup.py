"""What a clinic has done once before it opens, and who says so."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SetupMark(models.Model):
    """One thing on the way to opening that only people can say: the texts were read, a letter arrived, a visit could be booked."""

    class Name(models.TextChoices):
        TEXTS = "texts", _("texts read by a clinician")
        MAIL = "mail", _("test letter sent")
        BOOKING = "booking", _("test booking made")

    name = models.CharField(_("what"), max_length=10, choices=Name, unique=True)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("step of the setup")
        verbose_name_plural = _("steps of the setup")

    def __str__(self):
        return self.get_name_display()
