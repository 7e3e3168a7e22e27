"""What patients may change themselves: how we reach them, what they agreed to, and the help they need."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from bookings import contacts
from bookings.forms.booking import AboutYouForm
from bookings.forms.text import PlainTextField
from bookings.models import Patient

ASKED = AboutYouForm.base_fields


def languages() -> list[tuple[str, str]]:
    """Return the languages of patients that this clinic writes in."""
    offered = {code.partition("-")[0] for code, _name in settings.LANGUAGES}
    return [(code, label) for code, label in Patient.Language.choices if code in offered]


class OwnDetailsForm(forms.Form):
    """`seen` stands for what the page showed: whoever is slower than somebody else looks again first."""

    email = ASKED["email"]
    phone = ASKED["phone"]
    texts = forms.BooleanField(
        label=ASKED["sms_consent"].label, required=False,
        help_text=_("This is up to you. Your phone plan may charge for messages. To stop them, answer STOP or call us."),
    )  # fmt: skip
    message_channel = forms.ChoiceField(
        label=_("How should we send you messages?"),
        choices=Patient.MessageChannel.choices,
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        error_messages={"required": _("Choose how we send you messages.")},
    )
    reminders = forms.BooleanField(
        label=_("Remind me of my visits by email."), required=False,
        help_text=_("We tell you by email when a visit is booked, moved or canceled, with or without this."),
    )  # fmt: skip
    language = forms.ChoiceField(label=_("Language of our messages"))
    access_needs = PlainTextField(
        label=_("Help you need at the visit (optional)"), max_length=300, required=False,
        help_text=_("Such as a wheelchair, an interpreter, or more time."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["language"].choices = languages()
        if len(languages()) < 2:
            del self.fields["language"]
        if not settings.CLINIC_SMS_URL:
            del self.fields["message_channel"]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True  # the template writes it
        self.helper.field_template = "bookings/book/field.html"
        self.helper.layout = Layout(*self.fields)

    def clean(self):
        cleaned = super().clean()
        failed = self.errors.keys() & {"email", "phone"}
        if not failed and not cleaned.get("email") and not cleaned.get("phone"):
            self.add_error("email", _("Enter an email address or a phone number: one of them is enough."))
        elif "phone" not in failed and cleaned.get("texts") and not cleaned.get("phone"):
            self.add_error("phone", _("Enter the phone number for text messages."))
        if cleaned.get("message_channel") == Patient.MessageChannel.SMS and not cleaned.get("texts"):
            self.add_error("texts", _("Tick this box if you want text messages, or choose email below."))
        return cleaned

    def details(self) -> dict[str, Any]:
        """Return what was told, as `contacts.change` takes it."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}

    def look_again(self, words, patient: Patient) -> None:
        """Keep all that was typed, say why nothing was saved, and take what stands now for seen."""
        self.data = self.data.copy()
        self.data["seen"] = contacts.fingerprint(patient)
        self.add_error(None, words)


def as_shown(patient: Patient) -> dict[str, Any]:
    """Return what the form shows before anything is typed."""
    written = {name: getattr(patient, name) for name in contacts.WRITTEN}
    phone = patient.phone.as_national if patient.phone else ""
    return written | contacts.agreed(patient) | {"phone": phone, "seen": contacts.fingerprint(patient)}
