"""Which resource is taken when: by an appointment, or by a hold while somebody fills in a form."""

from django.core.exceptions import FieldError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bookings.guards import LONGEST_MINUTES, NoOverlap
from bookings.models.appointments import Appointment
from bookings.models.resources import Resource
from treatments.models import Clinician, Location, Treatment

VERBS_ONLY = "What is taken when: use the verbs of bookings.scheduling."
# What `extend` writes; everything else of a hold stays as it was made.
OF_A_HOLD = {"expires_at", "extended"}


class HoldQuerySet(models.QuerySet):
    def live(self, *, now):
        return self.filter(expires_at__gt=now)

    def expired(self, *, now):
        """A hold ends at `expires_at`; at that instant it is over."""
        return self.filter(expires_at__lte=now)

    def update(self, **kwargs):
        if kwargs.keys() - OF_A_HOLD:
            raise FieldError(VERBS_ONLY)
        return super().update(**kwargs)

    def bulk_update(self, objs, fields, batch_size=None):
        raise FieldError(VERBS_ONLY)


class OccupancyQuerySet(models.QuerySet):
    """What is taken is written and freed by the verbs; nobody changes a row where it stands."""

    def update(self, **kwargs):
        raise FieldError(VERBS_ONLY)

    def bulk_update(self, objs, fields, batch_size=None):
        raise FieldError(VERBS_ONLY)

    def delete(self):
        raise FieldError(VERBS_ONLY)

    def let_go(self) -> int:
        """For `scheduling` alone: delete the rows; returns how many."""
        return super().delete()[0]


class Hold(models.Model):
    """A time kept while a form is filled in. No patient yet, so not an appointment."""

    session_key = models.CharField(_("session"), max_length=64)
    address_hash = models.CharField(_("address, hashed"), max_length=64, blank=True)
    treatment = models.ForeignKey(Treatment, on_delete=models.PROTECT, related_name="+", verbose_name=_("treatment"))
    clinician = models.ForeignKey(Clinician, on_delete=models.PROTECT, related_name="+", verbose_name=_("clinician"))
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", verbose_name=_("location"))
    start = models.DateTimeField(_("start"))
    end = models.DateTimeField(_("end"))
    created_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("expires"))
    extended = models.BooleanField(_("extended once"), default=False)

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            models.UniqueConstraint(fields=["session_key"], name="hold_one_per_session"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="hold_end_after_start"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="hold_expires_at"),
            models.Index(fields=["address_hash", "expires_at"], name="hold_address"),
        ]

    def __str__(self):
        return f"{self.clinician}, {self.start:%Y-%m-%d %H:%M} UTC"


class Occupancy(models.Model):
    """One resource taken in [start, end): whole minutes since the epoch, a need's extra minutes included."""

    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="occupancy", db_index=False)
    start = models.IntegerField(_("start, in minutes since 1970"))
    end = models.IntegerField(_("end, in minutes since 1970"))
    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, null=True, blank=True, related_name="occupancy"
    )
    hold = models.ForeignKey(Hold, on_delete=models.CASCADE, null=True, blank=True, related_name="occupancy")
    overbooked = models.BooleanField(_("overbooked on purpose"), default=False)

    objects = OccupancyQuerySet.as_manager()

    class Meta:
        verbose_name = _("occupancy")
        verbose_name_plural = _("occupancy")
        constraints = [
            NoOverlap(name="occupancy_no_overlap"),
            # An empty range never conflicts; one longer than a day would hide from the bounded overlap query.
            models.CheckConstraint(
                condition=Q(end__gt=F("start")) & Q(end__lte=F("start") + LONGEST_MINUTES), name="occupancy_length"
            ),
            models.CheckConstraint(
                condition=Q(appointment__isnull=True) ^ Q(hold__isnull=True), name="occupancy_appointment_or_hold"
            ),
        ]
        indexes = [models.Index(fields=["resource", "start", "end"], name="occupancy_resource_start_end")]

    def __str__(self):
        return f"{self.resource_id}: {self.start}–{self.end}"

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise FieldError(VERBS_ONLY)
        super().save(*args, **kwargs)
