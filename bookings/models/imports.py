"""What was brought from another system: how its columns are read, and which row of it became what."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from bookings.models.appointments import Appointment
from bookings.models.patients import Patient
from bookings.models.resources import ExtraHours, TimeOff, WorkingHours

SOURCE = RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$", _("Letters, digits, dots and dashes, no spaces."))


def validate_columns(columns) -> None:
    if not isinstance(columns, dict) or not all(isinstance(field, str) for field in columns.values()):
        raise ValidationError(_("Write {“Heading”: “field”}."))


def validate_names(names) -> None:
    if not isinstance(names, dict) or not all(isinstance(each, dict) for each in names.values()):
        raise ValidationError(_("Write {“treatment”: {“their name”: “our-short-name”}}."))
    if not all(isinstance(ours, str) for each in names.values() for ours in each.values()):
        raise ValidationError(_("Write {“treatment”: {“their name”: “our-short-name”}}."))


class ImportKind(models.TextChoices):
    PATIENTS = "patients", _("patients")
    HOURS = "hours", _("clinicians' hours")
    APPOINTMENTS = "appointments", _("appointments")
    LEAVE = "leave", _("leave and closures")


class ImportMapping(models.Model):
    """How the files of one source are read: remembered, and editable, so that the next file needs no options."""

    class DateOrder(models.TextChoices):
        MONTH = "month", _("month first: 3/7 is March 7")
        DAY = "day", _("day first: 3/7 is July 3")

    source = models.CharField(_("source"), max_length=40, validators=[SOURCE])
    kind = models.CharField(_("what it lists"), max_length=12, choices=ImportKind)
    columns = models.JSONField(
        _("columns"),
        default=dict,
        blank=True,
        validators=[validate_columns],
        help_text=_("Heading to field, as in docs/moving-in.md. An empty field leaves the column out."),
    )
    names = models.JSONField(
        _("names"),
        default=dict,
        blank=True,
        validators=[validate_names],
        help_text=_("What the source calls our things: {“treatment”: {“TPI”: “trigger-point-injection”}}."),
    )
    date_order = models.CharField(_("dates"), max_length=5, choices=DateOrder, blank=True)
    encoding = models.CharField(_("text encoding"), max_length=20, blank=True, help_text=_("Empty: UTF-8."))

    class Meta:
        ordering = ["source", "kind"]
        verbose_name = _("how a source is read")
        verbose_name_plural = _("imports: how sources are read")
        constraints = [models.UniqueConstraint(fields=["source", "kind"], name="import_mapping_once")]

    def __str__(self):
        return f"{self.source}: {self.get_kind_display()}"


class ImportedRow(models.Model):
    """One row of a source, and what it became here: the same row read again makes nothing twice."""

    source = models.CharField(_("source"), max_length=40)
    kind = models.CharField(_("what it lists"), max_length=12, choices=ImportKind)
    key = models.CharField(_("its own number, or what tells it apart"), max_length=200)
    # A list of visits may name patients without their number.
    name_key = models.CharField(max_length=170, blank=True)
    digest = models.CharField(max_length=64)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    hours = models.ForeignKey(WorkingHours, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    extra_hours = models.ForeignKey(ExtraHours, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    time_off = models.ForeignKey(TimeOff, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(_("last read anew"))

    class Meta:
        ordering = ["pk"]
        verbose_name = _("imported row")
        verbose_name_plural = _("imported rows")
        constraints = [models.UniqueConstraint(fields=["source", "kind", "key"], name="imported_row_once")]
        indexes = [models.Index(fields=["source", "kind", "name_key"], name="imported_row_name")]

    def __str__(self):
        return f"{self.source} {self.kind} {self.key}"
