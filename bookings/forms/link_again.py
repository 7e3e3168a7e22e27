"""Send my link again: an email address or a phone number, in one field."""

from typing import NamedTuple

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _
from phonenumber_field.phonenumber import to_python

from bookings.forms.traps import TrapForm

LONGEST_EMAIL = 254


class Contact(NamedTuple):
    """How somebody can be reached: one of the two, the other is empty. `phone` is in E.164."""

    email: str
    phone: str


class ContactField(forms.CharField):
    """An email address when there is an @ in it, else a phone number."""

    def clean(self, value):
        text = super().clean(value)
        return Contact(self._email(text), "") if "@" in text else Contact("", self._phone(text))

    def _email(self, text: str) -> str:
        try:
            validate_email(text)
        except ValidationError as error:
            raise ValidationError(_("Enter an email address like name@example.com.")) from error
        return text.lower()

    def _phone(self, text: str) -> str:
        phone = to_python(text)
        if not phone or not phone.is_valid():
            raise ValidationError(_("Enter an email address, or a phone number with its area code."))
        return phone.as_e164


class LinkAgainForm(TrapForm):
    contact = ContactField(
        label=_("Your email address or phone number"),
        help_text=_("The one you gave us when you booked."),
        max_length=LONGEST_EMAIL,
        widget=forms.TextInput(attrs={"autocomplete": "email", "spellcheck": "false", "autocapitalize": "none"}),
        error_messages={"required": _("Enter the email address or phone number you gave us.")},
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True  # the template writes it
        self.helper.field_template = "bookings/book/field.html"
