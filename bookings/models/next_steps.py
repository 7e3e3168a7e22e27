"""What comes next: what a clinician wants done after a visit, and what they ask of the desk."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from bookings.models.appointments import Appointment
from bookings.models.desk import WorkDone
from treatments.models import Clinician, Treatment

MOST_WEEKS = 104
# The desk's list of them, where they are ticked off.
WORKLIST = "next"


def _visits_after(patient, treatment, since):
    """What counts as the next visit: of that patient, for that treatment, and it begins after it was wanted."""
    return Appointment.objects.keeping_time().filter(patient=patient, treatment=treatment, start__gt=since)


class NextStepQuerySet(models.QuerySet):
    def wanted(self):
        """Those that somebody must book, or has booked: not taken back, and no discharge."""
        return self.filter(withdrawn_at=None).exclude(kind="discharge")

    def waiting(self):
        """Those whose patient has no such visit yet that begins after it was wanted."""
        booked = _visits_after(OuterRef("appointment__patient"), OuterRef("treatment"), OuterRef("created_at"))
        return self.wanted().exclude(Exists(booked))

    def not_ticked(self):
        """Those that the desk has not ticked off."""
        return self.exclude(Exists(WorkDone.objects.filter(worklist=WORKLIST, row=OuterRef("pk"))))

    def open(self):
        """Those that still are to be booked, by the patient or by the desk."""
        return self.waiting().not_ticked()


class NextStep(models.Model):
    """What a clinician wanted after a visit that is done. Work for the desk until a time is booked or it is ticked off.

    Withdrawn when the visit's end is taken back; written once for each end.
    """

    class Kind(models.TextChoices):
        FOLLOW_UP = "follow_up", _("follow-up visit")
        TREATMENT = "treatment", _("a treatment")
        THERAPY = "therapy", _("physical therapy")
        DISCHARGE = "discharge", _("no further visit planned")

    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, related_name="next_steps", verbose_name=_("after the visit")
    )
    kind = models.CharField(_("what next"), max_length=10, choices=Kind)
    treatment = models.ForeignKey(
        Treatment, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("treatment")
    )
    weeks = models.PositiveSmallIntegerField(_("in how many weeks"), null=True, blank=True)
    due_on = models.DateField(_("wanted around"), null=True, blank=True)
    created_at = models.DateTimeField(_("asked"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    objects = NextStepQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        verbose_name = _("next step")
        verbose_name_plural = _("next steps")
        constraints = [
            models.UniqueConstraint(
                fields=["appointment"], condition=Q(withdrawn_at=None), name="next_step_once_per_visit"
            ),
            models.CheckConstraint(
                condition=Q(kind="discharge", treatment=None, weeks=None, due_on=None)
                | (~Q(kind="discharge") & Q(treatment__isnull=False, weeks__isnull=False, due_on__isnull=False)),
                name="next_step_says_what_and_when",
            ),
            models.CheckConstraint(condition=Q(weeks=None) | Q(weeks__lte=MOST_WEEKS), name="next_step_weeks"),
        ]
        indexes = [models.Index(fields=["due_on"], condition=Q(withdrawn_at=None), name="next_step_open")]

    def __str__(self):
        return f"{self.appointment}: {self.get_kind_display()}"

    def visit(self) -> Appointment | None:
        """Return the visit that is booked for it, or None; the appointment's own patient must be the one of now."""
        rows = _visits_after(self.appointment.patient_id, self.treatment_id, self.created_at)
        return rows.select_related("location", "treatment", "clinician").order_by("start", "pk").first()

    @property
    def earliest(self) -> dt.date | None:
        """From which date on a time suits it: a week before the wanted date, never for less than a day."""
        return None if self.due_on is None else self.due_on - dt.timedelta(days=min(7, 7 * (self.weeks or 0) // 2))


class DeskNote(models.Model):
    """A line from a clinician to the desk, about a visit or about their day. The desk ticks it off in its worklist."""

    clinician = models.ForeignKey(
        Clinician, on_delete=models.PROTECT, related_name="desk_notes", verbose_name=_("clinician")
    )
    appointment = models.ForeignKey(
        Appointment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="desk_notes",
        verbose_name=_("appointment"),
    )
    words = models.CharField(_("message"), max_length=300)
    created_at = models.DateTimeField(_("said"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # A form posted twice says it once.
    form_token = models.CharField(max_length=64, unique=True, editable=False)

    class Meta:
        ordering = ["created_at", "pk"]
        verbose_name = _("message to the desk")
        verbose_name_plural = _("messages to the desk")

    def __str__(self):
        return f"{self.clinician}: {self.created_at:%Y-%m-%d %H:%M}"
