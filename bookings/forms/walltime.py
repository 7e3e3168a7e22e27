"""Dates in addresses, and one labelled control for a time.

A time is read as wall time at a location: never in two boxes, never in the browser's zone.
"""

import datetime as dt

from django import forms
from django.urls import register_converter
from django.utils.translation import gettext_lazy as _

FORMAT = "%Y-%m-%dT%H:%M"

ISO_DATE = "isodate"


class IsoDateConverter:
    """A date in an address, such as 2026-03-02; anything else is no page (404), nor are the first and the last of all.

    A page of a day leads to the days beside it, and these need an address, too.
    """

    regex = r"2[01]\d\d-\d\d-\d\d"

    def to_python(self, value: str) -> dt.date:
        date = dt.date.fromisoformat(value)
        if not dt.date(2000, 1, 1) < date < dt.date(2199, 12, 31):
            raise ValueError(value)
        return date

    def to_url(self, value: dt.date) -> str:
        return str(value)


register_converter(IsoDateConverter, ISO_DATE)


class WallTimeInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, attrs=None):
        super().__init__(attrs=attrs, format=FORMAT)


class WallTimeField(forms.Field):
    """Cleans to a naive datetime, because only the form knows the place; `instant_at` turns it into an instant."""

    widget = WallTimeInput
    default_error_messages = {"invalid": _("Enter a date and a time, like 2026-03-02 14:30.")}

    def to_python(self, value):
        if value in self.empty_values:
            return None
        try:
            wall = dt.datetime.fromisoformat(str(value).strip())
        except ValueError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None
        if wall.tzinfo is not None or not 2001 <= wall.year <= 2198:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return wall.replace(second=0, microsecond=0)


def instant_at(wall: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """Return the aware instant at which the clock of `zone` shows `wall` (naive). ValidationError when it never does, or twice."""
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != wall:
        raise forms.ValidationError(
            _("The clocks go forward and skip that time on that day. Choose another time."), code="gap"
        )
    if first.utcoffset() != second.utcoffset():
        raise forms.ValidationError(
            _("The clocks go back and show that time twice on that day. Choose a time outside that hour."),
            code="ambiguous",
        )
    return first


def wall_at(instant: dt.datetime, zone: dt.tzinfo) -> str:
    """Return what the control shows for an instant."""
    return instant.astimezone(zone).strftime(FORMAT)
