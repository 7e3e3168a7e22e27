"""Two quiet traps for programs that fill in forms. People who fall in are asked to send once more, and lose nothing."""

import datetime as dt

from django import forms
from django.conf import settings
from django.core import signing
from django.utils.translation import gettext_lazy as _

SALT = "bookings.forms.asked"


class TrapForm(forms.Form):
    """A field nobody sees, and the signed moment at which the form was shown."""

    website = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    asked = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, now: dt.datetime, shown_at: int | None = None, **options):
        """`shown_at`: the second at which the session was shown the form, for an answer that lost the hidden field."""
        super().__init__(*args, **options)
        self.now = now
        self.shown_at = shown_at
        self.fields["asked"].initial = stamp(now)

    def clean(self):
        cleaned = super().clean()
        if self.errors:
            return cleaned
        if self.cleaned_data.get("website") or not self._slow_enough():
            self._let_them_try_again()
            self.add_error(None, _("We could not take that in. Nothing is lost: please send it once more."))
        return cleaned

    def _slow_enough(self) -> bool:
        shown = _signed_moment(self.cleaned_data.get("asked", ""))
        shown = self.shown_at if shown is None else shown
        return shown is not None and self.now.timestamp() - shown >= settings.CLINIC_FORM_SECONDS

    def _let_them_try_again(self):
        """The page that comes back has an empty trap and a valid moment: the first one, if it was ours."""
        self.data = self.data.copy()
        self.data[self.add_prefix("website")] = ""
        if _signed_moment(self.data.get(self.add_prefix("asked"), "")) is None:
            self.data[self.add_prefix("asked")] = stamp(self.now)


def stamp(now: dt.datetime) -> str:
    """Return `now`, signed, for a hidden field."""
    return signing.dumps(int(now.timestamp()), salt=SALT)


def _signed_moment(text: str) -> int | None:
    try:
        return signing.loads(text, salt=SALT)
    except signing.BadSignature:
        return None
