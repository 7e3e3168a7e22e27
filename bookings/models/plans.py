"""The reminder plan, as staff edit it: how many days before a visit we write, and by which way."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from treatments.models import Treatment

MOST_DAYS = 60


class ReminderStep(models.Model):
    """One reminder of a plan. A treatment that has steps of its own has those alone; the others follow the clinic's steps."""

    class Way(models.TextChoices):
        ANY = "any", _("every way the patient chose")
        EMAIL = "email", _("email only")
        SMS = "sms", _("text message only")

    treatment = models.ForeignKey(
        Treatment,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="reminder_steps",
        verbose_name=_("treatment"),
        help_text=_("Empty: for every treatment without steps of its own."),
    )
    days_before = models.PositiveSmallIntegerField(
        _("days before the visit"), validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)]
    )
    way = models.CharField(_("by"), max_length=5, choices=Way, default=Way.ANY)
    active = models.BooleanField(
        _("in use"), default=True, help_text=_("A treatment whose steps are all out of use is not reminded of.")
    )

    class Meta:
        ordering = ["treatment__position", "treatment", "-days_before"]
        verbose_name = _("reminder step")
        verbose_name_plural = _("reminder plan")
        constraints = [
            models.UniqueConstraint(fields=["treatment", "days_before"], name="reminder_step_once"),
            models.UniqueConstraint(
                fields=["days_before"], condition=Q(treatment=None), name="reminder_step_of_the_clinic_once"
            ),
            models.CheckConstraint(condition=Q(days_before__range=(1, MOST_DAYS)), name="reminder_step_days"),
        ]

    def __str__(self):
        return f"{self.treatment or _('all')}: {self.days_before}"
