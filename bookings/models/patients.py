"""Patients, as far as an appointment needs them. Not a health record."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField
from simple_history.models import HistoricalRecords

from treatments.models import Location


class PatientQuerySet(models.QuerySet):
    def current(self):
        """Those that stand for a person: an entry merged into another does not."""
        return self.filter(merged_into=None)


class Patient(models.Model):
    class Coverage(models.TextChoices):
        MEDICARE = "medicare", _("Medicare")
        PLAN = "plan", _("Another insurance plan")
        SELF_PAY = "self", _("I pay myself")
        UNSURE = "unsure", _("I am not sure")

    class MessageChannel(models.TextChoices):
        BOTH = "both", _("email and text message")
        EMAIL = "email", _("email")
        SMS = "sms", _("text message")

    class Language(models.TextChoices):
        ENGLISH = "en", _("English")
        SPANISH = "es", _("Spanish")

    first_name = models.CharField(_("first name"), max_length=80)
    last_name = models.CharField(_("last name"), max_length=80, blank=True)
    date_of_birth = models.DateField(_("date of birth"), null=True, blank=True)
    email = models.EmailField(_("email"), blank=True)
    phone = PhoneNumberField(_("phone"), blank=True)
    message_channel = models.CharField(
        _("messages by"), max_length=5, choices=MessageChannel, default=MessageChannel.BOTH
    )
    sms_consent_at = models.DateTimeField(_("agreed to text messages"), null=True, blank=True)
    sms_stopped_at = models.DateTimeField(_("said STOP to text messages"), null=True, blank=True, editable=False)
    reminders_off_at = models.DateTimeField(
        _("wants no reminders by email"),
        null=True,
        blank=True,
        help_text=_("They still hear of what is booked, moved or canceled."),
    )
    privacy_notice_at = models.DateTimeField(_("accepted the privacy notice"), null=True, blank=True)
    email_refused_at = models.DateTimeField(_("email was refused by its server"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=8, choices=Language, default=Language.ENGLISH)
    access_needs = models.CharField(_("access needs"), max_length=300, blank=True)
    alert = models.CharField(
        _("alert for staff"), max_length=300, blank=True, help_text=_("Shown wherever staff see this patient.")
    )
    coverage = models.CharField(_("coverage, as the patient says it"), max_length=10, choices=Coverage, blank=True)
    created_at = models.DateTimeField(_("known since"))
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="merged",
        verbose_name=_("the same person as"),
        help_text=_("A second entry of one person: kept to be read, and booked for no more."),
    )
    history = HistoricalRecords()

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ["last_name", "first_name", "pk"]
        verbose_name = _("patient")
        verbose_name_plural = _("patients")
        indexes = [
            models.Index(fields=["date_of_birth", "last_name"], name="patient_birth_name"),
            models.Index(fields=["email"], name="patient_email"),
            models.Index(fields=["phone"], name="patient_phone"),
        ]
        permissions = [("merge_patient", _("Can merge two entries of one person"))]

    def __str__(self):
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def message_language(self) -> str:
        """Their language where all of it is translated; half of one would mix two in a letter."""
        offered = {code.partition("-")[0]: code for code, _name in settings.LANGUAGES}
        return offered.get(self.language, settings.LANGUAGE_CODE)

    @property
    def reachable(self) -> bool:
        """Whether we can write to them: a working email address; or a phone, consent to texts and a gateway."""
        by_text = settings.CLINIC_SMS_URL and self.phone and self.sms_consent_at and not self.sms_stopped_at
        return bool(by_text or (self.email and not self.email_refused_at))


class PossibleMatch(models.Model):
    """A web booking never attaches itself to a known patient: the desk decides whether these two are one person."""

    class Decision(models.TextChoices):
        SAME = "same", _("the same person")
        DIFFERENT = "different", _("different people")

    patient = models.ForeignKey(
        Patient, on_delete=models.CASCADE, related_name="possible_matches", verbose_name=_("new entry")
    )
    known = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+", verbose_name=_("known patient"))
    reason = models.CharField(_("what they share"), max_length=80)
    created_at = models.DateTimeField(_("found"))
    decision = models.CharField(_("decision"), max_length=10, choices=Decision, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-created_at", "pk"]
        verbose_name = _("possible match")
        verbose_name_plural = _("possible matches")
        constraints = [
            models.UniqueConstraint(fields=["patient", "known"], name="possible_match_once"),
            models.CheckConstraint(condition=~Q(patient=F("known")), name="possible_match_of_two"),
        ]

    def __str__(self):
        return f"{self.patient} / {self.known}"


class CallbackRequest(models.Model):
    """Somebody asked us to call them: a worklist of the desk."""

    class Time(models.TextChoices):
        ANY = "any", _("any time")
        MORNING = "morning", _("in the morning")
        AFTERNOON = "afternoon", _("in the afternoon")

    name = models.CharField(_("name"), max_length=120)
    phone = PhoneNumberField(_("phone"))
    best_time = models.CharField(_("best time to call"), max_length=10, choices=Time, default=Time.ANY)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(_("note"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("asked"))
    done_at = models.DateTimeField(_("called"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["done_at", "created_at"]
        verbose_name = _("call to make")
        verbose_name_plural = _("calls to make")

    def __str__(self):
        return self.name
