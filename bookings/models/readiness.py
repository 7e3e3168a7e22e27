"""What was asked before a visit: blood thinners, allergies, consent, who drives. An answer, never a diagnosis."""

from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models
from django.utils.translation import gettext_lazy as _

from bookings.models.appointments import Appointment

APPEND_ONLY = "Readiness answers are append-only: what is said anew is a new answer."


class ReadinessAnswerQuerySet(models.QuerySet):
    def update(self, **kwargs):
        raise FieldError(APPEND_ONLY)

    def bulk_update(self, objs, fields, batch_size=None):
        raise FieldError(APPEND_ONLY)

    def delete(self):
        raise FieldError(APPEND_ONLY)


class ReadinessAnswer(models.Model):
    """One question about one visit, answered. Asked again, the newer answer takes its place and the older stays in the history.

    `question` names a function of `bookings.readiness.questions`; `answer` is one of its choices, `words` what was said beside it.
    """

    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, related_name="readiness_answers", verbose_name=_("appointment")
    )
    question = models.SlugField(_("question"), max_length=30)
    answer = models.SlugField(_("answer"), max_length=30)
    words = models.CharField(_("in words"), max_length=120, blank=True)
    at = models.DateTimeField(_("answered"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ReadinessAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("readiness answer")
        verbose_name_plural = _("readiness answers")
        indexes = [models.Index(fields=["appointment", "question", "-id"], name="readiness_newest")]

    def __str__(self):
        return f"{self.appointment}: {self.question}"

    def save(self, *args, **kwargs):
        if self.pk is not None:
            raise FieldError(APPEND_ONLY)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise FieldError(APPEND_ONLY)
