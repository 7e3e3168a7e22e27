"""What the front desk leaves for itself: parked bookings, what each has seen, what is dealt with, who runs late."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from treatments.models import Clinician, Location


class ParkedBooking(models.Model):
    """A half-typed booking that somebody put aside to take a call. Its words are forgotten after a day."""

    MOST = 3  # a person

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="parked_bookings")
    typed = models.JSONField(_("what was typed"), default=dict)
    parked_at = models.DateTimeField(_("parked"))

    class Meta:
        ordering = ["parked_at", "pk"]
        verbose_name = _("parked booking")
        verbose_name_plural = _("parked bookings")

    def __str__(self):
        return f"{self.parked_at:%Y-%m-%d %H:%M}"


class LastLook(models.Model):
    """Up to when a member of staff has seen what happened."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="last_look")
    at = models.DateTimeField(_("seen up to"))

    class Meta:
        verbose_name = _("last look")
        verbose_name_plural = _("last looks")

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M}"


class WorkDone(models.Model):
    """A row of a worklist that somebody has dealt with, where the row itself does not say so."""

    worklist = models.SlugField(_("worklist"), max_length=30)
    row = models.PositiveBigIntegerField(_("row"))
    done_at = models.DateTimeField(_("done"))
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-done_at"]
        verbose_name = _("work done")
        verbose_name_plural = _("work done")
        constraints = [models.UniqueConstraint(fields=["worklist", "row"], name="work_done_once")]

    def __str__(self):
        return f"{self.worklist} {self.row}"


class Delay(models.Model):
    """A clinician runs late at a place, by so many minutes, from `at` on. The newest one of the day counts; 0 is on time again."""

    clinician = models.ForeignKey(Clinician, on_delete=models.PROTECT, related_name="delays")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="delays")
    minutes = models.PositiveSmallIntegerField(_("minutes late"))
    at = models.DateTimeField(_("said"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("delay")
        verbose_name_plural = _("delays")
        indexes = [models.Index(fields=["location", "at"], name="delay_location_at")]

    def __str__(self):
        return f"{self.clinician}: {self.minutes}"

    @classmethod
    def said_on(cls, location: Location, date: dt.date) -> models.QuerySet["Delay"]:
        """Return what was said on a local date of the location, the newest first."""
        start, end = (
            dt.datetime.combine(date + dt.timedelta(days=n), dt.time(0), tzinfo=location.zone) for n in (0, 1)
        )
        return cls.objects.filter(location=location, at__gte=start, at__lt=end).order_by("-at", "-pk")

    @classmethod
    def of_day(cls, location: Location, date: dt.date) -> dict[int, int]:
        """Return how many minutes late each clinician (pk) runs on a local date of the location; one statement."""
        newest_last = reversed(cls.said_on(location, date).values_list("clinician_id", "minutes"))
        return {clinician: minutes for clinician, minutes in dict(newest_last).items() if minutes}

    @classmethod
    def minutes_of(cls, appointment) -> int:
        """Return how late this visit's clinician runs there on its day, as last said; 0 when nobody said so."""
        return cls.of_day(appointment.location, appointment.local_start.date()).get(appointment.clinician_id, 0)
