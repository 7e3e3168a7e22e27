"""Ask us to call you."""

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from bookings.forms.text import PlainTextField
from bookings.forms.traps import TrapForm
from bookings.models import CallbackRequest
from treatments.models import Location


class CallbackForm(TrapForm):
    name = PlainTextField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your name.")},
    )  # fmt: skip
    phone = PhoneNumberField(
        label=_("Phone number"),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
        error_messages={
            "required": _("Enter the phone number we should call."),
            "invalid": _("Enter a phone number with its area code, such as (212) 555-0123."),
        },
    )
    best_time = forms.ChoiceField(
        label=_("When is a good time?"), choices=CallbackRequest.Time.choices, initial=CallbackRequest.Time.ANY,
        required=False, widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )  # fmt: skip
    location = forms.ModelChoiceField(
        label=_("Which place?"),
        queryset=Location.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label=_("Any place"),
    )
    note = PlainTextField(
        label=_("What is it about? (optional)"), max_length=300, required=False,
        help_text=_("A few words are enough. Please leave out medical details."),
    )  # fmt: skip

    def __init__(self, *args, **options):
        super().__init__(*args, auto_id="call_%s", **options)
        self.fields["location"].queryset = Location.objects.active()
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True  # the template writes it
        self.helper.field_template = "bookings/book/field.html"

    def request(self) -> CallbackRequest:
        """Return the row of the desk's list, not yet saved."""
        told = self.cleaned_data
        return CallbackRequest(
            name=told["name"],
            phone=told["phone"],
            best_time=told["best_time"] or CallbackRequest.Time.ANY,
            location=told["location"],
            note=told["note"],
            created_at=self.now,
        )
