"""Yes or no to what a clinician asks for about their time."""

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.forms.text import PlainTextField


class DecisionForm(forms.Form):
    """`mark` is what the page said of the visits it showed; `answer` goes back to the clinician."""

    YES, NO = "approve", "decline"

    press = forms.ChoiceField(choices=[(YES, _("Approve")), (NO, _("Decline"))])
    answer = PlainTextField(label=_("Answer to the clinician"), max_length=120, required=False)
    mark = forms.CharField(max_length=32, required=False)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("press") == self.NO and not cleaned.get("answer") and "answer" not in self.errors:
            self.add_error("answer", _("Say why in a few words: the clinician reads it."))
        return cleaned
