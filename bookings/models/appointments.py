"""Appointments and what happened to them. Written by `bookings.scheduling` only."""

import datetime as dt
import secrets
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bookings.models.patients import Patient
from treatments.models import Article, BodyRegion, Clinician, Location, Treatment

# No 0/O, 1/I/L, U: a reference is read out over the phone.
REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
# What only `scheduling` may write: `update` and `bulk_update` refuse these.
DIARY_FIELDS = frozenset(
    {
        *("start", "end", "arrive_at", "status", "status_at", "confirmed_at", "decide_by", "offered_at", "undo_until"),
        *("revision", "version", "region", "region_id", "side", "reason"),
        *("clinician", "clinician_id", "location", "location_id", "treatment", "treatment_id", "patient", "patient_id"),
    }
)

NEVER_DELETED = "Appointments are never deleted: cancel them with bookings.scheduling.cancel."


def new_reference() -> str:
    """Return a random reference of eight characters, some 39 bits. It names an appointment; it opens nothing."""
    return "".join(secrets.choice(REFERENCE_ALPHABET) for _place in range(8))


class Status(models.TextChoices):
    REQUESTED = "requested", _("requested")
    BOOKED = "booked", _("booked")
    ARRIVED = "arrived", _("arrived")
    IN_ROOM = "in_room", _("in room")
    WITH_CLINICIAN = "with_clinician", _("with clinician")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("canceled")
    MISSED = "missed", _("missed")


FREES_THE_TIME = (Status.CANCELLED, Status.MISSED)


class AppointmentQuerySet(models.QuerySet):
    def keeping_time(self):
        """Those that keep their time: all but cancelled and missed."""
        return self.exclude(status__in=FREES_THE_TIME)

    def expected(self):
        """Those still to come in: requested or booked."""
        return self.filter(status__in=[Status.REQUESTED, Status.BOOKED])

    def starting_in(self, start, end):
        """Those that start in [start, end), aware instants."""
        return self.filter(start__gte=start, start__lt=end)

    def on_dates(self, first, days=1):
        """Those that start on `days` local dates from `first` on, by the wall clock of each one's location. One statement more."""
        dates = Q(pk__in=[])
        for name in Location.objects.order_by().values_list("time_zone", flat=True).distinct():
            start, end = (
                dt.datetime.combine(first + dt.timedelta(days=n), dt.time(0), tzinfo=ZoneInfo(name)) for n in (0, days)
            )
            dates |= Q(location__time_zone=name, start__gte=start, start__lt=end)
        return self.filter(dates)

    def update(self, **kwargs):
        _refuse_diary_fields(kwargs)
        return super().update(**kwargs)

    def bulk_update(self, objs, fields, batch_size=None):
        _refuse_diary_fields(fields)
        return super().bulk_update(objs, fields, batch_size=batch_size)

    def delete(self):
        raise FieldError(NEVER_DELETED)

    def compare_and_set(self, **changes):
        """For `scheduling` alone: the one UPDATE that may touch the diary's fields."""
        return super().update(**changes)


def _refuse_diary_fields(names):
    refused = sorted(DIARY_FIELDS.intersection(names))
    if refused:
        raise FieldError(f"{', '.join(refused)} of an appointment: use the verbs of bookings.scheduling.")


class Appointment(models.Model):
    class Side(models.TextChoices):
        LEFT = "left", _("your left")
        RIGHT = "right", _("your right")
        BOTH = "both", _("both sides")
        MIDDLE = "middle", _("the middle")

    class Source(models.TextChoices):
        WEB = "web", _("website")
        PHONE = "phone", _("phone")
        DESK = "desk", _("front desk")
        CLINICIAN = "clinician", _("clinician")
        WAITLIST = "waitlist", _("waitlist")
        IMPORT = "import", _("import")
        WALK_IN = "walk_in", _("walk-in")

    reference = models.CharField(_("reference"), max_length=8, unique=True, default=new_reference, editable=False)
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("patient")
    )
    treatment = models.ForeignKey(
        Treatment, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("treatment")
    )
    clinician = models.ForeignKey(
        Clinician, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("clinician")
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("location")
    )
    start = models.DateTimeField(_("start"))
    end = models.DateTimeField(_("end"))
    arrive_at = models.DateTimeField(_("arrive at"))
    region = models.ForeignKey(
        BodyRegion, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("body region")
    )
    side = models.CharField(_("side"), max_length=6, choices=Side, blank=True)
    status = models.CharField(_("status"), max_length=14, choices=Status, default=Status.BOOKED)
    status_at = models.DateTimeField(_("in this status since"))
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    decide_by = models.DateTimeField(_("decide by"), null=True, blank=True)
    offered_at = models.DateTimeField(
        _("another time offered"), null=True, blank=True, help_text=_("The patient has until “decide by” to say yes.")
    )
    # What the desk has just done can be taken back until then, before or after anybody was told.
    undo_until = models.DateTimeField(null=True, blank=True, editable=False)
    revision = models.PositiveIntegerField(
        _("revision"), default=0, help_text=_("Rises when time, place or status changes: the calendar's SEQUENCE.")
    )
    version = models.PositiveIntegerField(
        _("version"), default=0, help_text=_("Rises on any edit: guards against lost updates.")
    )
    source = models.CharField(_("source"), max_length=10, choices=Source, default=Source.WEB)
    article = models.ForeignKey(
        Article,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="appointments",
        verbose_name=_("came from the article"),
    )
    treatment_wanted = models.ForeignKey(
        Treatment, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("treatment wanted")
    )
    reason = models.TextField(_("reason, in the patient's words"), max_length=1000, blank=True)
    cancel_reason = models.CharField(_("why it was canceled"), max_length=20, blank=True)
    outcome = models.CharField(_("outcome"), max_length=300, blank=True)
    phone_to_confirm = models.BooleanField(
        _("phone to confirm"), default=False, help_text=_("No message can reach them.")
    )
    # An import tells nobody anything until it is released: until then no message of this visit is written.
    held_since = models.DateTimeField(_("messages held since"), null=True, blank=True, editable=False)
    # A form token makes a re-posted form find what it made; the digest tells the same answers from other ones.
    form_token = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    form_digest = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(_("made"))

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["start", "pk"]
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        base_manager_name = "objects"
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="appointment_end_after_start"),
            models.CheckConstraint(condition=Q(arrive_at__lte=F("start")), name="appointment_arrive_before_start"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="appointment_status"),
        ]
        indexes = [
            models.Index(fields=["clinician", "start"], name="appointment_clinician_start"),
            models.Index(fields=["location", "start"], name="appointment_location_start"),
            models.Index(fields=["start"], name="appointment_start"),
        ]
        permissions = [
            ("overbook_appointment", _("Can overbook on purpose")),
            ("export_appointment", _("Can export appointments with patients' names")),
            ("view_any_schedule", _("Can see every clinician's day")),
        ]

    def __str__(self):
        return self.reference

    def save(self, *args, update_fields=None, **kwargs):
        """Insert, or write what is not the diary's: a row that stands is changed by the verbs alone."""
        if not self._state.adding:
            _refuse_diary_fields(DIARY_FIELDS if update_fields is None else update_fields)
        super().save(*args, update_fields=update_fields, **kwargs)

    def delete(self, *args, **kwargs):
        raise FieldError(NEVER_DELETED)

    @property
    def keeps_time(self) -> bool:
        return self.status not in FREES_THE_TIME

    @property
    def local_start(self):
        """The start on the location's wall clock."""
        return self.start.astimezone(self.location.zone)

    @property
    def local_arrive_at(self):
        return self.arrive_at.astimezone(self.location.zone)

    @property
    def local_end(self):
        return self.end.astimezone(self.location.zone)


class AppointmentEventQuerySet(models.QuerySet):
    def update(self, **kwargs):
        raise FieldError("Events are append-only.")

    def bulk_update(self, objs, fields, batch_size=None):
        raise FieldError("Events are append-only.")

    def delete(self):
        raise FieldError("Events are append-only.")


class AppointmentEvent(models.Model):
    """What happened, when, and who did it. Append-only."""

    class Actor(models.TextChoices):
        PATIENT = "patient", _("patient")
        STAFF = "staff", _("staff")
        SYSTEM = "system", _("system")

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="events")
    verb = models.CharField(_("what"), max_length=12)
    at = models.DateTimeField(_("when"))
    actor = models.CharField(_("who"), max_length=8, choices=Actor)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    status_before = models.CharField(_("status before"), max_length=14, choices=Status, blank=True)
    status_after = models.CharField(_("status after"), max_length=14, choices=Status)
    revision = models.PositiveIntegerField(_("revision"))
    detail = models.JSONField(_("detail"), default=dict, blank=True)

    objects = AppointmentEventQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [models.Index(fields=["at"], name="appointment_event_at")]

    def __str__(self):
        return f"{self.verb} {self.at:%Y-%m-%d %H:%M}"

    def save(self, *args, **kwargs):
        if self.pk is not None:
            raise FieldError("Events are append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise FieldError("Events are append-only.")
