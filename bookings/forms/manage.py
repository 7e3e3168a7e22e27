"""What a patient fills in on the page behind the link of a message."""

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.scheduling import PATIENT_REASONS


class CancelForm(forms.Form):
    """Why, chosen from a list: programs that follow links in mails do not fill in forms."""

    reason = forms.ChoiceField(
        label=_("Why are you canceling?"),
        choices=list(PATIENT_REASONS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a reason."), "invalid_choice": _("Choose one of the reasons.")},
    )
    # What the page showed: if the desk has moved the visit since, the patient looks again before anything is cancelled.
    version = forms.IntegerField(widget=forms.HiddenInput)


class AcceptForm(forms.Form):
    """Yes to the time that was offered, as it stood on the page."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**6)
