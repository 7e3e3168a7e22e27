"""Counts that keep abuse out without keeping people: rates by hashed key, and how many were sent to urgent care."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RateCount(models.Model):
    """How often one hashed key did one thing in one window."""

    scope = models.CharField(max_length=24)
    key_hash = models.CharField(max_length=64)
    window_start = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("rate count")
        verbose_name_plural = _("rate counts")
        constraints = [models.UniqueConstraint(fields=["scope", "key_hash", "window_start"], name="rate_count_once")]
        indexes = [models.Index(fields=["window_start"], name="rate_count_window")]

    def __str__(self):
        return f"{self.scope} {self.window_start:%Y-%m-%d %H:%M}"


class UrgentStop(models.Model):
    """How many visitors of a day the urgent signs sent elsewhere. Nothing about the person is kept."""

    date = models.DateField(_("date"), unique=True)
    count = models.PositiveIntegerField(_("count"), default=0)

    class Meta:
        ordering = ["-date"]
        verbose_name = _("urgent stop")
        verbose_name_plural = _("urgent stops")

    def __str__(self):
        return f"{self.date}: {self.count}"
