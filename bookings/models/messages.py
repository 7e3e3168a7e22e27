"""The outbox: at most one row per intent, and how each ended. Bodies are rendered when sent and not kept."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bookings.models.appointments import Appointment
from bookings.models.patients import Patient


class MessageQuerySet(models.QuerySet):
    def due(self, *, now):
        """Rows to send at `now`: due, not waiting for a retry, oldest first."""
        rested = Q(lease_until=None) | Q(lease_until__lte=now)
        return self.filter(rested, state=Message.State.DUE, due_at__lte=now).order_by("due_at", "pk")

    def unsent(self):
        return self.filter(state__in=[Message.State.DUE, Message.State.SENDING])

    def waiting(self, *, now):
        """Return those that should have gone by `now` as two querysets: each state has an index of its own."""
        return [self.filter(state=state, due_at__lte=now) for state in (Message.State.DUE, Message.State.SENDING)]


class Message(models.Model):
    class Kind(models.TextChoices):
        CONFIRMATION = "confirmation", _("confirmation")
        REQUEST_RECEIVED = "request", _("request received")
        APPROVED = "approved", _("approved")
        DECLINED = "declined", _("declined")
        MOVED = "moved", _("moved")
        CANCELLED = "cancelled", _("canceled by the patient")
        CANCELLED_BY_CLINIC = "cancelled_by_clinic", _("canceled by the clinic")
        REMINDER = "reminder", _("reminder")
        OFFERED = "offered", _("another time offered")
        DELAYED = "delayed", _("running late")
        PREPARATION = "preparation", _("how to prepare")
        MISSED = "missed", _("missed visit")
        AFTERCARE = "aftercare", _("the day after")
        INVITATION = "invitation", _("please book your next visit")
        LINK = "link", _("link sent again")
        DIGEST = "digest", _("tomorrow's day, to a clinician")

    class Channel(models.TextChoices):
        EMAIL = "email", _("email")
        SMS = "sms", _("text message")

    class State(models.TextChoices):
        DUE = "due", _("due")
        SENDING = "sending", _("sending")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        DEAD = "dead", _("given up")
        VOID = "void", _("no longer needed")

    intent = models.CharField(_("intent"), max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    appointment = models.ForeignKey(
        Appointment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="messages",
        verbose_name=_("appointment"),
    )
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="messages", verbose_name=_("patient")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    revision = models.PositiveIntegerField(_("revision"), default=0)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.DUE)
    created_at = models.DateTimeField(_("written"))
    due_at = models.DateTimeField(_("due"))
    useful_until = models.DateTimeField(_("useful until"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # Until then nobody takes this row: a sender has it, or it rests between two tries.
    lease_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=120, blank=True)
    failed_at = models.DateTimeField(_("given up"), null=True, blank=True)
    # Stable for every attempt, so that duplicates collapse in the reader's mailbox.
    message_id = models.UUIDField(_("Message-ID"), default=uuid.uuid4, unique=True, editable=False)
    # What the carrier calls it, and what it said later: a receipt for a text, a bounce for a mail.
    provider_id = models.CharField(_("carrier's number"), max_length=64, blank=True, db_index=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    again_reason = models.CharField(_("why it was sent again"), max_length=120, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-due_at", "-pk"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="due"), name="message_due"),
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="message_sending"),
            models.Index(fields=["sent_at"], condition=Q(state="sent"), name="message_sent"),
        ]

    def __str__(self):
        return self.intent


class ManageLink(models.Model):
    """A link that opens one appointment. 32 random bytes, minted for each attempt to send; only the hash is kept."""

    class Purpose(models.TextChoices):
        """What a link is good for; a link for one thing opens no other."""

        MANAGE = "manage", _("see and change the appointment")
        UNSUBSCRIBE = "unsubscribe", _("stop reminders by email")

    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose, default=Purpose.MANAGE)
    token_hash = models.CharField(max_length=64, unique=True)
    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="manage_links")
    created_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("manage link")
        verbose_name_plural = _("manage links")

    def __str__(self):
        return f"{self.appointment}"


class Tick(models.Model):
    """When a periodic task last finished: the only honest proof that the worker works."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("tick")
        verbose_name_plural = _("ticks")

    def __str__(self):
        return f"{self.name}: {self.at:%Y-%m-%d %H:%M:%S}"
