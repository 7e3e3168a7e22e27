"""A date of birth as three short fields; nobody pages a calendar back to the year they were born."""

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

OLDEST_YEARS = 125


class BirthDateWidget(forms.MultiWidget):
    """Month, day and year: `name_0`, `name_1`, `name_2`. A whole ISO date under `name` itself is read, too."""

    template_name = "bookings/book/birth_date.html"
    use_fieldset = True

    def __init__(self, attrs=None):
        short = {
            "class": "form-control w-auto",
            "inputmode": "numeric",
            "autocomplete": "bday-month",
            "maxlength": 2,
            "size": 3,
        }
        parts = [
            forms.TextInput(short),
            forms.TextInput(short | {"autocomplete": "bday-day"}),
            forms.TextInput(short | {"autocomplete": "bday-year", "maxlength": 4, "size": 5}),
        ]
        super().__init__(parts, attrs)

    def decompress(self, value):
        return [value.month, value.day, value.year] if value else ["", "", ""]

    def value_from_datadict(self, data, files, name):
        parts = super().value_from_datadict(data, files, name)
        whole = str(data.get(name) or "")
        if whole and not any(parts):
            year, _dash, rest = whole.partition("-")
            month, _dash, day = rest.partition("-")
            return [month, day, year]
        return parts

    def value_omitted_from_data(self, data, files, name):
        return name not in data and super().value_omitted_from_data(data, files, name)

    def id_for_label(self, id_):
        return f"{id_}_0" if id_ else id_


class BirthDateField(forms.Field):
    """A real date, not after `today` and not older than people grow. Set `today` before cleaning."""

    widget = BirthDateWidget
    today: dt.date = dt.date.max
    default_error_messages = {
        "required": _("Enter your date of birth."),
        "invalid": _("Enter a real date of birth, such as 8 27 1961."),
        "year": _("Enter all four digits of the year you were born."),
        "future": _("The date of birth must be in the past."),
    }

    def clean(self, value):
        parts = [str(part or "").strip() for part in value or []]
        if not any(parts):
            if self.required:
                raise self._error("required")
            return None
        return self._in_range(self._date(parts))

    def _date(self, parts: list[str]) -> dt.date:
        if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
            raise self._error("invalid")
        month, day, year = map(int, parts)
        if len(parts[2]) != 4:
            raise self._error("year")
        try:
            return dt.date(year, month, day)
        except ValueError:
            raise self._error("invalid") from None

    def _in_range(self, date: dt.date) -> dt.date:
        if date > self.today:
            raise self._error("future")
        if date.year < self.today.year - OLDEST_YEARS:
            raise self._error("invalid")
        return date

    def _error(self, code: str) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code)
