"""What clinicians ask for about their own time. Approved, it becomes time off or hours, through `bookings.scheduling`."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bookings.models.resources import MIDNIGHT, ExtraHours, TimeOff, WorkingHours
from treatments.models import Clinician, Location


class TimeRequest(models.Model):
    """Leave from `start` to `end`; hours on one date; or a weekly session that changes, or ends, from `date` on.

    Wall times are the location's. Only what `kind` needs is filled; the database sees to it.
    """

    class Kind(models.TextChoices):
        LEAVE = "leave", _("leave")
        EXTRA = "extra", _("hours on one day")
        SESSION = "session", _("a weekly session that changes")

    class State(models.TextChoices):
        ASKED = "asked", _("waiting for an answer")
        APPROVED = "approved", _("approved")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("taken back")

    clinician = models.ForeignKey(
        Clinician, on_delete=models.PROTECT, related_name="time_requests", verbose_name=_("clinician")
    )
    kind = models.CharField(_("what"), max_length=8, choices=Kind)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ASKED)
    start = models.DateTimeField(_("from"), null=True, blank=True)
    end = models.DateTimeField(_("until"), null=True, blank=True)
    date = models.DateField(_("date"), null=True, blank=True)
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("location")
    )
    session = models.ForeignKey(
        WorkingHours, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("session")
    )
    opens = models.TimeField(_("from"), null=True, blank=True)
    closes = models.TimeField(
        _("until"), null=True, blank=True, help_text=_("00:00 is midnight at the end of the day.")
    )
    note = models.CharField(_("note for the manager"), max_length=120, blank=True)
    asked_at = models.DateTimeField(_("asked"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answer = models.CharField(_("answer"), max_length=120, blank=True)
    # What an approval made.
    time_off = models.ForeignKey(TimeOff, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    extra_hours = models.ForeignKey(ExtraHours, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    form_token = models.CharField(max_length=64, unique=True, editable=False)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = _("time request")
        verbose_name_plural = _("time requests")
        permissions = [("decide_timerequest", _("Can approve and decline what clinicians ask about their time"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="leave", start__isnull=False, end__gt=F("start"), date=None, session=None)
                | Q(kind="extra", date__isnull=False, location__isnull=False, opens__isnull=False, closes__isnull=False)
                | Q(kind="session", date__isnull=False),
                name="time_request_says_what",
            ),
            models.CheckConstraint(
                condition=Q(opens=None, closes=None) | Q(closes__gt=F("opens")) | Q(closes=MIDNIGHT),
                name="time_request_end_after_start",
            ),
        ]
        indexes = [models.Index(fields=["asked_at"], condition=Q(state="asked"), name="time_request_asked")]

    def __str__(self):
        return f"{self.clinician}: {self.get_kind_display()}"
