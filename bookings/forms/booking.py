"""The booking flow's questions."""

import datetime as dt

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from bookings.forms.birth import BirthDateField
from bookings.forms.text import PlainTextField
from bookings.forms.traps import TrapForm
from bookings.models import Patient

NOT_SURE = "not-sure"


class UrgentSignsForm(forms.Form):
    """None of the urgent signs, or some. Which one is never asked."""

    NONE, SOME = "none", "some"
    urgent = forms.ChoiceField(
        choices=[(NONE, _("None of these")), (SOME, _("One or more of these"))],
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Tell us whether you have any of these signs."),
            "invalid_choice": _("Tell us whether you have any of these signs."),
        },
    )


class WhatForForm(forms.Form):
    """One treatment, by slug, or “not sure”."""

    treatment = forms.ChoiceField(widget=forms.RadioSelect)

    def __init__(self, *args, treatments, **options):
        super().__init__(*args, **options)
        self.fields["treatment"].choices = [(each.slug, each.name) for each in treatments] + [
            (NOT_SURE, _("I am not sure"))
        ]
        choose = _("Choose what you would like to come for.")
        self.fields["treatment"].error_messages |= {"required": choose, "invalid_choice": choose}


class AboutYouForm(TrapForm):
    first_name = PlainTextField(
        label=_("First name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        error_messages={"required": _("Enter your first name.")},
    )  # fmt: skip
    last_name = PlainTextField(
        label=_("Last name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
        error_messages={"required": _("Enter your last name.")},
    )  # fmt: skip
    date_of_birth = BirthDateField(label=_("Date of birth"), help_text=_("Month, day and year, such as 8 27 1961."))
    email = forms.EmailField(
        label=_("Email"), max_length=254, required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={"invalid": _("Enter an email address like name@example.com.")},
    )  # fmt: skip
    phone = PhoneNumberField(
        label=_("Phone"),
        required=False,
        help_text=_("A cell phone or a phone at home."),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
        error_messages={"invalid": _("Enter a phone number with its area code, such as (212) 555-0123.")},
    )
    sms_consent = forms.BooleanField(
        label=_("You may also send me text messages about my appointment."), required=False,
        help_text=_("This is up to you. Your phone plan may charge for messages. To stop them, call us."),
    )  # fmt: skip
    reason = PlainTextField(
        label=_("What brings you to us? (optional)"), lines=True, max_length=1000, required=False,
        help_text=_("A sentence or two is enough. Tell us here, too, if you need an interpreter or other help."),
        widget=forms.TextInput(attrs={"rows": 4}),
    )  # fmt: skip
    coverage = forms.ChoiceField(
        label=_("How will your visit be paid? (optional)"), choices=Patient.Coverage.choices, required=False,
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )  # fmt: skip
    privacy = forms.BooleanField(
        label=_("I have read how the clinic uses what I tell it."),
        error_messages={"required": _("Tick the box to say that you have read how we use it.")},
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["date_of_birth"].today = self.now.date()
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True  # the template writes it
        self.helper.field_template = "bookings/book/field.html"
        self.helper.layout = Layout(
            "first_name", "last_name", "date_of_birth", "email", "phone", "sms_consent", "reason", "coverage",
            "privacy", "website", "asked",
        )  # fmt: skip

    def clean(self):
        told = self.cleaned_data
        failed = self.errors.keys() & {"email", "phone"}
        if not failed and not told.get("email") and not told.get("phone"):
            self.add_error("email", _("Enter an email address or a phone number: one of them is enough."))
        return super().clean()

    def answers(self) -> dict:
        """Return what was told as plain JSON, for the session."""
        told = self.cleaned_data
        texts = {name: told[name] for name in ("first_name", "last_name", "email", "reason", "coverage")}
        return texts | {
            "date_of_birth": told["date_of_birth"].isoformat(),
            "phone": told["phone"].as_e164 if told["phone"] else "",
            "sms_consent": bool(told["sms_consent"] and told["phone"]),
            "privacy": True,
        }


def as_initial(answers: dict) -> dict:
    """Turn kept answers into what a fresh form shows. A date not yet checked is kept as its three parts."""
    born = answers.get("date_of_birth")
    return answers | ({"date_of_birth": dt.date.fromisoformat(born)} if isinstance(born, str) else {})


def as_patient(answers: dict, *, now: dt.datetime, language: str) -> Patient:
    """Return the person these answers describe, unsaved: `scheduling.book` saves them with the visit."""
    return Patient(
        **{name: answers[name] for name in ("first_name", "last_name", "email", "phone", "coverage")},
        date_of_birth=dt.date.fromisoformat(answers["date_of_birth"]),
        sms_consent_at=now if answers["sms_consent"] else None,
        privacy_notice_at=now,
        language=language,
        created_at=now,
    )
