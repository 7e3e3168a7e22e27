"""The messenger as a whole: what it calls itself, whether it is paused, whether the mail server has shut us out."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from bookings.models.appointments import Appointment
from bookings.models.patients import Patient

# The identity of every practice copy. No diary gets it by chance, and a backup of a copy has it too.
COPY = uuid.UUID("4e07408b-0000-4000-8000-00007265686e")


class Messenger(models.Model):
    """One row. `identity` names this diary, so that a machine can tell a restored copy of it from a new one."""

    ONLY = 1

    identity = models.UUIDField(default=uuid.uuid4, editable=False)
    neutral_name = models.CharField(
        _("name in messages"),
        max_length=30,
        blank=True,
        help_text=_("Shown as the sender, and on lock screens. Leave out words that say what we treat."),
    )
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True, editable=False)
    pause_reason = models.CharField(_("why"), max_length=120, blank=True, editable=False)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    # Everything is refused, whoever it is for: nobody is asked again before then.
    shut_until = models.DateTimeField(_("mail server shut until"), null=True, blank=True, editable=False)
    shut_reason = models.CharField(_("what it said"), max_length=120, blank=True, editable=False)
    shut_times = models.PositiveSmallIntegerField(_("times in a row"), default=0, editable=False)

    class Meta:
        verbose_name = _("messenger")
        verbose_name_plural = _("messenger")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="messenger_only_one")]

    def __str__(self):
        return str(_("messenger"))

    @classmethod
    def current(cls) -> "Messenger":
        """Return the one row; a clinic that never changed anything has its defaults."""
        return cls.objects.filter(pk=cls.ONLY).first() or cls(pk=cls.ONLY)

    @classmethod
    def kept(cls) -> "Messenger":
        """Return the one row, written if it was not there."""
        row, _is_new = cls.objects.get_or_create(pk=cls.ONLY)
        return row

    @classmethod
    def locked(cls) -> "Messenger":
        """Return the one row, which nobody else gets this way before the caller's transaction ends."""
        rows = cls.objects.select_for_update().filter(pk=cls.ONLY)
        return rows.first() or (cls.kept() and rows.get())

    @property
    def is_copy(self) -> bool:
        """Whether this diary was copied to practise on."""
        return self.identity == COPY

    @property
    def is_rehearsing(self) -> bool:
        """Whether nothing may ever be sent: the settings are those of a rehearsal, or the diary is a copy made for one."""
        return settings.CLINIC_REHEARSAL or self.is_copy

    @property
    def name(self) -> str:
        """What messages call us."""
        return self.neutral_name or settings.CLINIC_NEUTRAL_NAME


class TextReply(models.Model):
    """A text message that came in. Its words are kept only where a person must read them."""

    class Meaning(models.TextChoices):
        CONFIRM = "confirm", _("will come")
        STOP = "stop", _("no more text messages")
        START = "start", _("text messages again")
        HELP = "help", _("asked for help")
        OTHER = "other", _("something else")

    provider_id = models.CharField(_("carrier's number"), max_length=64, unique=True)
    at = models.DateTimeField(_("came in"))
    meaning = models.CharField(_("meaning"), max_length=8, choices=Meaning)
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="text_replies", verbose_name=_("patient")
    )
    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("appointment")
    )
    # Whom to call back where the phone is nobody's, or several people's. Forgotten with the words.
    phone = PhoneNumberField(_("phone"), blank=True)
    words = models.CharField(_("what it says"), max_length=320, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("text reply")
        verbose_name_plural = _("text replies")

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M}"
