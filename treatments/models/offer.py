"""Treatments: what can be booked, how long it takes, what it needs, and how it may be booked."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Capability(models.Model):
    """What a resource can do or be: “procedure room”, “C-arm”, “recovery bay”, “clinician”."""

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=80)

    CLINICIAN = "clinician"

    class Meta:
        ordering = ["name"]
        verbose_name = _("capability")
        verbose_name_plural = _("capabilities")

    def __str__(self):
        return self.name


class TreatmentQuerySet(models.QuerySet):
    def active(self):
        return self.filter(active=True)


class Treatment(models.Model):
    class Policy(models.TextChoices):
        OPEN = "open", _("open: booked at once")
        REQUEST = "request", _("request: the time is kept, the desk decides")
        CONSULTATION = "consultation", _("consultation first")

    class Role(models.TextChoices):
        """Which part a treatment plays for the others; at most one active consultation."""

        CONSULTATION = "consultation", _("the consultation others begin with")
        FOLLOW_UP = "follow-up", _("follow-up visit")
        PROCEDURE = "procedure", _("procedure")
        THERAPY = "therapy", _("therapy")

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    role = models.CharField(_("role"), max_length=12, choices=Role)
    summary = models.CharField(_("summary"), max_length=300)
    body = models.TextField(_("about it (Markdown)"))
    what_to_expect = models.TextField(_("what to expect (Markdown)"), blank=True)
    preparation = models.TextField(_("how to prepare (Markdown)"), blank=True)
    aftercare = models.TextField(_("after-care (Markdown)"), blank=True)
    minutes = models.PositiveSmallIntegerField(
        _("length in minutes"), validators=[MinValueValidator(5), MaxValueValidator(480)]
    )
    start_every = models.PositiveSmallIntegerField(
        _("starts every … minutes"),
        default=15,
        validators=[MinValueValidator(5), MaxValueValidator(240)],
        help_text=_("The grid of possible starts, counted from local midnight."),
    )
    notice_hours = models.PositiveSmallIntegerField(
        _("notice in hours"),
        default=2,
        help_text=_("The soonest a patient may book. Exactly this many hours ahead is allowed."),
    )
    horizon_days = models.PositiveSmallIntegerField(
        _("horizon in days"),
        default=90,
        help_text=_("The last local date offered is this many days from today, included."),
    )
    cancel_cutoff_hours = models.PositiveSmallIntegerField(_("cancel cut-off in hours"), default=24)
    arrive_early_minutes = models.PositiveSmallIntegerField(
        _("arrive early, in minutes"), default=10, validators=[MaxValueValidator(180)]
    )
    policy = models.CharField(_("booking policy"), max_length=12, choices=Policy, default=Policy.OPEN)
    decide_within_hours = models.PositiveSmallIntegerField(
        _("approval: decide within … hours"), default=24, help_text=_("For requests: the desk's due time.")
    )
    asks_side = models.BooleanField(_("has a region and a side"), default=False)
    uses_xray = models.BooleanField(_("uses X-ray"), default=False)
    price_from = models.PositiveIntegerField(_("price from, in whole dollars"), null=True, blank=True)
    price_to = models.PositiveIntegerField(_("price to, in whole dollars"), null=True, blank=True)
    plans_text = models.TextField(_("insurance plans (Markdown)"), blank=True)
    referral_text = models.TextField(_("referral (Markdown)"), blank=True)
    regions = models.ManyToManyField(
        "treatments.BodyRegion", verbose_name=_("body regions"), blank=True, related_name="treatments"
    )
    active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = TreatmentQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("treatment")
        verbose_name_plural = _("treatments")
        constraints = [
            models.CheckConstraint(condition=models.Q(minutes__range=(5, 480)), name="treatment_minutes"),
            models.CheckConstraint(condition=models.Q(start_every__range=(5, 240)), name="treatment_start_every"),
            models.CheckConstraint(
                condition=models.Q(price_from=None)
                | models.Q(price_to=None)
                | models.Q(price_to__gte=models.F("price_from")),
                name="treatment_price_range",
            ),
            models.UniqueConstraint(
                fields=["role"],
                condition=models.Q(role="consultation", active=True),
                name="treatment_one_consultation",
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("treatment", args=[self.slug])


class Need(models.Model):
    """One thing a treatment needs, and for how long around the visit itself.

    A need of the capability “clinician” is met by a clinician who offers the treatment; every other by a room, device or
    support person of the location that has the capability.
    """

    treatment = models.ForeignKey(Treatment, on_delete=models.CASCADE, related_name="needs")
    capability = models.ForeignKey(Capability, on_delete=models.PROTECT, related_name="needs")
    minutes_before = models.PositiveSmallIntegerField(
        _("minutes before"), default=0, validators=[MaxValueValidator(240)]
    )
    minutes_after = models.PositiveSmallIntegerField(_("minutes after"), default=0, validators=[MaxValueValidator(240)])

    class Meta:
        ordering = ["pk"]
        verbose_name = _("need")
        verbose_name_plural = _("needs")
        constraints = [
            models.UniqueConstraint(fields=["treatment", "capability"], name="need_once_per_treatment"),
            models.CheckConstraint(
                condition=models.Q(minutes_before__lte=240, minutes_after__lte=240), name="need_extra_minutes"
            ),
        ]

    def __str__(self):
        return f"{self.treatment}: {self.capability}"


class PreparationStep(models.Model):
    """One thing to do before a visit, dated back from it."""

    treatment = models.ForeignKey(Treatment, on_delete=models.CASCADE, related_name="preparation_steps")
    days_before = models.PositiveSmallIntegerField(
        _("days before the visit"),
        validators=[MaxValueValidator(60)],
        help_text=_("0 is the day of the visit."),
    )
    text = models.CharField(_("what to do"), max_length=200, help_text=_("One sentence, in plain words."))

    class Meta:
        ordering = ["-days_before", "pk"]
        verbose_name = _("preparation step")
        verbose_name_plural = _("preparation steps")
        constraints = [
            models.CheckConstraint(condition=models.Q(days_before__lte=60), name="preparation_step_days"),
        ]

    def __str__(self):
        return self.text
