"""The clinic's locations. Each keeps its own time zone: hours are wall time there."""

from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from holidays import list_supported_countries
from phonenumber_field.modelfields import PhoneNumberField

WEEKDAYS = [
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
]


def validate_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(
            _("“%(name)s” is not a time zone; write one like America/New_York."), params={"name": name}
        )


def validate_holiday_region(region: str) -> None:
    country, _dash, part = region.partition("-")
    known = list_supported_countries()
    if country not in known or (part and part not in known[country]):
        raise ValidationError(
            _("No public holidays are known for “%(region)s”; write a country like US, or a part of it like US-NY."),
            params={"region": region},
        )


class LocationQuerySet(models.QuerySet):
    def active(self):
        return self.filter(active=True)


class Location(models.Model):
    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    street = models.CharField(_("street"), max_length=120)
    city = models.CharField(_("city"), max_length=80)
    state = models.CharField(_("state"), max_length=40)
    postal_code = models.CharField(_("postal code"), max_length=12)
    directions = models.TextField(
        _("how to get here"), blank=True, help_text=_("Parking, entrance, step-free way, bus.")
    )
    phone = PhoneNumberField(_("phone"))
    emergency_number = models.CharField(_("emergency number"), max_length=12, default="911")
    time_zone = models.CharField(
        _("time zone"), max_length=40, validators=[validate_time_zone], default="America/New_York"
    )
    holiday_region = models.CharField(
        _("region of public holidays"),
        max_length=10,
        validators=[validate_holiday_region],
        default="US",
        help_text=_(
            "A country, or a country and its part: US or US-NY. Each holiday can be edited once it is in the diary."
        ),
    )
    active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = LocationQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("location")
        verbose_name_plural = _("locations")

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return f"{reverse('contact')}#{self.slug}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def address(self) -> str:
        """The postal address on one line."""
        return f"{self.street}, {self.city}, {self.state} {self.postal_code}"


class OpeningHours(models.Model):
    """When the doors are open, for people to read; nobody is booked by these (see `bookings.WorkingHours`)."""

    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=WEEKDAYS)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))

    class Meta:
        ordering = ["weekday", "opens"]
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closes__gt=models.F("opens")), name="opening_hours_close_after_opening"
            ),
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="opening_hours_weekday"),
        ]

    def __str__(self):
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"
