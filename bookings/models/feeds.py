"""A clinician's visits in their own calendar program: a secret address that can be taken back."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from treatments.models import Clinician


class CalendarFeed(models.Model):
    """One secret address. Only its hash is kept; a new one takes the old one's place."""

    clinician = models.ForeignKey(
        Clinician, on_delete=models.CASCADE, related_name="calendar_feeds", verbose_name=_("clinician")
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("made"))
    revoked_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    read_at = models.DateTimeField(_("last read"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")
        constraints = [
            models.UniqueConstraint(fields=["clinician"], condition=Q(revoked_at=None), name="calendar_feed_one_valid")
        ]

    def __str__(self):
        return f"{self.clinician}"
