"""What people type: any name there is, but nothing invisible that would travel into mails, calendars and printouts."""

import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Joiners are part of names in Persian and of emoji; line breaks are allowed where a field says so.
JOINERS = "\u200c\u200d"
LINE_BREAKS = "\n\r\t"


class PlainTextField(forms.CharField):
    """Text in Unicode's composed form (NFC). Control, bidirectional-override and private-use characters are refused."""

    def __init__(self, *, lines=False, **options):
        self.allowed = JOINERS + (LINE_BREAKS if lines else "")
        super().__init__(**options)
        if lines:
            self.widget = forms.Textarea(attrs=self.widget.attrs)

    def to_python(self, value):
        text = super().to_python(value)
        return unicodedata.normalize("NFC", text) if text else text

    def validate(self, value):
        super().validate(value)
        if any(_is_invisible(character) and character not in self.allowed for character in value or ""):
            raise ValidationError(_("Please use letters, numbers and ordinary signs only."), code="invisible")


def _is_invisible(character: str) -> bool:
    """Unicode's categories of control, format, surrogate, private use and unassigned: all that begin with C."""
    return unicodedata.category(character).startswith("C")
