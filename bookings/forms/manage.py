"""What a patient fills in on the page behind the link of a message."""

import datetime as dt

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.forms.birth import BirthDateField
from bookings.scheduling import PATIENT_REASONS


class SeenForm(forms.Form):
    """One press, about the visit as it stood on the page: if it has changed since, the patient looks again first."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**6)


class CancelForm(SeenForm):
    """Why, chosen from a list: programs that follow links in mails do not fill in forms."""

    reason = forms.ChoiceField(
        label=_("Why are you canceling?"),
        choices=list(PATIENT_REASONS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a reason."), "invalid_choice": _("Choose one of the reasons.")},
    )


class BirthForm(forms.Form):
    """The date of birth, as proof that the person of a visit is here."""

    date_of_birth = BirthDateField(label=_("Date of birth"))

    def __init__(self, *args, today: dt.date, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["date_of_birth"].today = today


class NextForm(forms.Form):
    """A time for the next visit: a `ChosenTime` as text, and what tells one sending of the page from another."""

    slot = forms.CharField(max_length=200)
    token = forms.CharField(max_length=64)


class MoveForm(SeenForm):
    """Another time for the same visit: a `ChosenTime` as text."""

    slot = forms.CharField(max_length=200)
