"""Sending again, pausing, and what the messenger calls itself."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.forms.desk import WithoutFormTag
from bookings.forms.text import PlainTextField
from bookings.models import Messenger

MOST_REASON = 120
# The signs every phone shows without turning a text message of 160 characters into one of 70 (GSM 03.38, without its escapes).
GSM_7 = frozenset(
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# In a mail's sender these end the name.
BREAKS_A_SENDER = frozenset('<>",;:\\@')
# A name on a lock screen says who writes, never why. Whole words, and beginnings of words.
DISCLOSING = (
    *("pain", "spine", "spinal", "back", "nerve", "injection", "epidural", "steroid", "joint", "migraine", "headache"),
    *("sciatica", "arthritis", "opioid", "cancer", "surgery", "clinic of", "clinic for", "center for", "institute of"),
)
DISCLOSING_BEGINNINGS = (
    *("neuro", "orthop", "rheuma", "anesthe", "surgic", "surgeon", "therap", "rehab", "oncolog", "psych", "addict"),
    *("patholog", "radiolog"),
)
_DISCLOSES = re.compile(
    rf"\b(?:(?:{'|'.join(DISCLOSING)})s?\b|(?:{'|'.join(DISCLOSING_BEGINNINGS)})\w*)", re.IGNORECASE
)


class AgainForm(WithoutFormTag, forms.Form):
    """Why a message is sent again. `seen`: how often it had been by then, so that a second press writes nothing."""

    reason = PlainTextField(
        label=_("Why is it sent again?"),
        max_length=MOST_REASON,
        help_text=_("For colleagues, such as “says it never came”. The patient does not see it."),
        widget=forms.TextInput({"autofocus": True, "autocomplete": "off"}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31)


class PauseForm(WithoutFormTag, forms.Form):
    """Why nothing is sent for now."""

    reason = PlainTextField(
        label=_("Why is it paused?"),
        max_length=MOST_REASON,
        help_text=_("Everybody who looks at this page reads it."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )


class NameForm(WithoutFormTag, forms.ModelForm):
    """The neutral name of the sender. Empty: the one in the settings."""

    class Meta:
        model = Messenger
        fields = ["neutral_name"]
        field_classes = {"neutral_name": PlainTextField}

    def clean_neutral_name(self):
        name = self.cleaned_data["neutral_name"]
        strange = sorted({sign for sign in name if sign not in GSM_7 or sign in BREAKS_A_SENDER})
        if strange:
            words = _("Please leave out %(signs)s: not every phone or mail server takes it in a name.")
            raise forms.ValidationError(words, params={"signs": " ".join(strange)}, code="signs")
        disclosed = _DISCLOSES.search(name)
        if disclosed:
            words = _(
                "“%(word)s” tells whoever sees the phone what we treat. Choose a name that does not, such as the street's."
            )
            raise forms.ValidationError(words, params={"word": disclosed[0]}, code="discloses")
        return name
