"""What can be found: one row for each public thing, beside the index that each database keeps of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SearchEntry(models.Model):
    """The words of one public thing. `treatments.search` writes it, with the database's own full-text index."""

    class Kind(models.TextChoices):
        ARTICLE = "article", _("article")
        SPOT = "spot", _("spot")
        TREATMENT = "treatment", _("treatment")
        CLINICIAN = "clinician", _("clinician")

    kind = models.CharField(max_length=10, choices=Kind)
    object_pk = models.PositiveBigIntegerField()
    title = models.CharField(max_length=300)
    summary = models.TextField(blank=True)
    words = models.TextField(blank=True, help_text="Plain text, without marks.")
    path = models.CharField(max_length=300)
    visible_from = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "object_pk"], name="search_entry_once")]

    def __str__(self):
        return f"{self.kind} {self.object_pk}: {self.title}"
