"""What is ticked off of a treatment's preparation, visit by visit."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from bookings.models.appointments import Appointment
from treatments.models import PreparationStep


class PreparationDone(models.Model):
    """One step of the preparation that somebody says is done: the patient, or a member of staff for them."""

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="preparation_done")
    step = models.ForeignKey(PreparationStep, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(_("ticked off"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("preparation done")
        verbose_name_plural = _("preparation done")
        constraints = [models.UniqueConstraint(fields=["appointment", "step"], name="preparation_done_once")]

    def __str__(self):
        return f"{self.appointment}: {self.step_id}"
