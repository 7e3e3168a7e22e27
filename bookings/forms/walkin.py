"""Somebody stands at the counter: a name is enough, the rest can wait."""

import datetime as dt
import hashlib
import json
import secrets

from django import forms
from django.utils.translation import gettext_lazy as _
from phonenumber_field.phonenumber import to_python

from bookings.forms.text import PlainTextField
from bookings.forms.who import LONGEST_SEARCH, FindForm, guess
from bookings.models import Appointment, Patient
from treatments.models import Clinician, Location, Treatment


class WalkInForm(FindForm):
    """A name, and what is there already: the consultation, this place, whoever is free. Known people are a choice."""

    find = PlainTextField(label=_("Name"), max_length=LONGEST_SEARCH, required=False)
    treatment = forms.ModelChoiceField(label=_("Treatment"), queryset=Treatment.objects.active(), empty_label=None)
    location = forms.ModelChoiceField(label=_("Location"), queryset=Location.objects.active(), empty_label=None)
    clinician = forms.ModelChoiceField(
        label=_("Clinician"), queryset=Clinician.objects.active(), required=False, empty_label=_("Whoever is free")
    )
    new_first = True
    nothing_free = False  # said by the door, after it has asked

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.initial.setdefault("form_token", secrets.token_urlsafe(24))
        self.fields["treatment"].widget.attrs["data-key"] = "v"

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("patient") and not {"find", "patient"} & self.errors.keys() and not self._first_name():
            self.add_error("find", _("Enter a name."))
        return cleaned

    def _first_name(self) -> str:
        return guess(self.cleaned_data.get("find") or "")["first_name"]

    def get_patient(self) -> Patient:
        """Return the one that was chosen, or a new one with what was typed: a name, perhaps a birth date or a phone."""
        if self.cleaned_data["patient"]:
            return self.cleaned_data["patient"]
        typed = guess(self.cleaned_data["find"])
        born = dt.date.fromisoformat(typed["date_of_birth"]) if typed["date_of_birth"] else None
        phone = to_python(typed["phone"]) if typed["phone"] else None
        return Patient(
            first_name=self._first_name(),
            last_name=typed["last_name"],
            date_of_birth=born if born and born <= self.now.date() else None,
            phone=phone if phone and phone.is_valid() else "",
        )

    def made_before(self) -> Appointment | None:
        """Return what this form made when it was sent before: the last free time of a day is gone after the first sending."""
        sent = self.answers()
        return Appointment.objects.filter(**sent).first() if sent["form_token"] else None

    def answers(self) -> dict:
        """Return what makes a form sent twice find what it made."""
        said = [str(self.cleaned_data.get(name)) for name in ("find", "patient", "treatment", "location", "clinician")]
        digest = hashlib.sha256(json.dumps(said).encode()).hexdigest()
        return {"form_token": self.cleaned_data["form_token"] or None, "form_digest": digest}
