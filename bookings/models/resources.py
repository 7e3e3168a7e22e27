"""Anything that can be in one place at a time, and when it is there."""

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from treatments.models import Capability, Clinician, Location, Treatment
from treatments.models.places import WEEKDAYS

MIDNIGHT = dt.time(0)


class ResourceQuerySet(models.QuerySet):
    def active(self):
        return self.filter(active=True)


class Resource(models.Model):
    """A clinician, a room, a device or a support person. A clinician's place comes from their hours."""

    class Kind(models.TextChoices):
        CLINICIAN = "clinician", _("clinician")
        ROOM = "room", _("room")
        DEVICE = "device", _("device")
        STAFF = "staff", _("support staff")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    name = models.CharField(_("name"), max_length=80)
    clinician = models.OneToOneField(
        Clinician, on_delete=models.PROTECT, null=True, blank=True, related_name="resource", verbose_name=_("clinician")
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, related_name="resources", verbose_name=_("location")
    )
    capabilities = models.ManyToManyField(
        Capability, related_name="resources", blank=True, verbose_name=_("capabilities")
    )
    active = models.BooleanField(_("active"), default=True)

    objects = ResourceQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("resource")
        verbose_name_plural = _("resources")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="clinician", clinician__isnull=False, location__isnull=True)
                | (~Q(kind="clinician") & Q(clinician__isnull=True, location__isnull=False)),
                name="resource_is_a_clinician_or_has_a_location",
            )
        ]

    def __str__(self):
        return self.name


def minutes_of(time: dt.time, *, is_end: bool = False) -> int:
    """Return minutes after midnight; as an end, 00:00 is 24:00."""
    minutes = time.hour * 60 + time.minute
    return 1440 if is_end and minutes == 0 else minutes


class WorkingHours(models.Model):
    """A weekly session, as wall time at the location. An end of 00:00 is midnight at the day's end (24:00)."""

    resource = models.ForeignKey(
        Resource, on_delete=models.CASCADE, related_name="working_hours", verbose_name=_("resource")
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="working_hours", verbose_name=_("location")
    )
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=WEEKDAYS)
    start = models.TimeField(_("from"))
    end = models.TimeField(_("until"), help_text=_("00:00 is midnight at the end of the day."))
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True, help_text=_("This day included."))
    only_treatments = models.ManyToManyField(
        Treatment,
        blank=True,
        related_name="+",
        verbose_name=_("only these treatments"),
        help_text=_("Empty: all they offer."),
    )
    history = HistoricalRecords(m2m_fields=[only_treatments])

    class Meta:
        ordering = ["resource", "weekday", "start"]
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        constraints = [
            models.CheckConstraint(
                condition=Q(end__gt=F("start")) | Q(end=MIDNIGHT), name="working_hours_end_after_start"
            ),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="working_hours_weekday"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="working_hours_valid_range",
            ),
        ]

    def __str__(self):
        return f"{self.resource}: {self.get_weekday_display()} {self.start:%H:%M}–{self.end:%H:%M}"


class SessionLimit(models.Model):
    """At most this many visits of one treatment that start within the session, each date."""

    hours = models.ForeignKey(WorkingHours, on_delete=models.CASCADE, related_name="limits")
    treatment = models.ForeignKey(Treatment, on_delete=models.CASCADE, related_name="+", verbose_name=_("treatment"))
    at_most = models.PositiveSmallIntegerField(_("at most"))

    class Meta:
        verbose_name = _("session limit")
        verbose_name_plural = _("session limits")
        constraints = [models.UniqueConstraint(fields=["hours", "treatment"], name="session_limit_once")]

    def __str__(self):
        return f"{self.treatment}: {self.at_most}"


class ExtraHours(models.Model):
    """Hours on one date only, as wall time at the location. An end of 00:00 is 24:00."""

    resource = models.ForeignKey(
        Resource, on_delete=models.CASCADE, related_name="extra_hours", verbose_name=_("resource")
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="extra_hours", verbose_name=_("location")
    )
    date = models.DateField(_("date"))
    start = models.TimeField(_("from"))
    end = models.TimeField(_("until"), help_text=_("00:00 is midnight at the end of the day."))
    history = HistoricalRecords()

    class Meta:
        ordering = ["date", "start"]
        verbose_name = _("extra hours")
        verbose_name_plural = _("extra hours")
        constraints = [
            models.CheckConstraint(
                condition=Q(end__gt=F("start")) | Q(end=MIDNIGHT), name="extra_hours_end_after_start"
            )
        ]

    def __str__(self):
        return f"{self.resource}: {self.date} {self.start:%H:%M}–{self.end:%H:%M}"


class TimeOff(models.Model):
    """One resource is away, or a whole location is closed (public holidays are closures of each location)."""

    class Kind(models.TextChoices):
        LEAVE = "leave", _("leave")
        SICK = "sick", _("sick")
        BLOCK = "block", _("blocked by the desk")
        CLOSURE = "closure", _("closed")
        HOLIDAY = "holiday", _("public holiday")
        MAINTENANCE = "maintenance", _("out of order")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.LEAVE)
    resource = models.ForeignKey(
        Resource, on_delete=models.CASCADE, null=True, blank=True, related_name="time_off", verbose_name=_("resource")
    )
    location = models.ForeignKey(
        Location, on_delete=models.CASCADE, null=True, blank=True, related_name="time_off", verbose_name=_("location")
    )
    start = models.DateTimeField(_("from"))
    end = models.DateTimeField(_("until"))
    note = models.CharField(_("note for staff"), max_length=120, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["start"]
        verbose_name = _("time off")
        verbose_name_plural = _("time off")
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="time_off_end_after_start"),
            models.CheckConstraint(
                condition=Q(resource__isnull=True) ^ Q(location__isnull=True), name="time_off_resource_or_location"
            ),
        ]
        indexes = [models.Index(fields=["end", "start"], name="time_off_end_start")]

    def __str__(self):
        return f"{self.resource or self.location}: {self.get_kind_display()}"
