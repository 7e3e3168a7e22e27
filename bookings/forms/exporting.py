"""Which appointments go into a file."""

import datetime as dt

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from bookings.forms.desk import WithoutFormTag
from bookings.models.appointments import Status
from treatments.models import Location

MOST_DAYS = 366


def _date(label, **options) -> forms.DateField:
    """Years that a calendar of ours can have: the ends of all time have no day beside them."""
    return forms.DateField(
        label=label,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        validators=[MinValueValidator(dt.date(2000, 1, 2)), MaxValueValidator(dt.date(2199, 12, 30))],
        error_messages={"invalid": _("Enter a date, like 2026-03-02.")},
        **options,
    )


class ExportForm(WithoutFormTag, forms.Form):
    first = _date(_("From"))
    last = _date(_("To"), help_text=_("This day is included, by the clock of each location."))
    location = forms.ModelChoiceField(
        label=_("Location"), queryset=Location.objects.all(), required=False, empty_label=_("Every location")
    )
    status = forms.ChoiceField(label=_("Status"), choices=[("", _("Every status")), *Status.choices], required=False)
    names = forms.BooleanField(label=_("With patients' names, dates of birth and phones"), required=False)

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("This is before the first day."))
        elif first and last and (last - first).days >= MOST_DAYS:
            self.add_error("last", _("A file holds a year at most."))
        return cleaned
