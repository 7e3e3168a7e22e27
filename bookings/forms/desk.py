"""The front desk's forms: book, overbook, move, give a reason. What may be done, `scheduling` decides."""

import hashlib
import json
import secrets

from crispy_forms.bootstrap import StrictButton
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Fieldset, Layout
from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from bookings.forms.finding import find_patients
from bookings.forms.text import PlainTextField
from bookings.forms.walltime import WallTimeField, instant_at
from bookings.models import Appointment, Patient
from bookings.scheduling import CANCEL_REASONS, Slot
from treatments.models import Clinician, Location, Treatment

SHOW_TIMES = StrictButton(
    _("Show free times"), type="submit", name="look", value="times", css_class="desk-button desk-button--quiet"
)
DESK_SOURCES = [(Appointment.Source.PHONE, _("by phone")), (Appointment.Source.DESK, _("at the front desk"))]


def named_twice(patient: Patient) -> str:
    """Say a patient by two identifiers and the phone: the wrong patient is the worst mistake of a desk."""
    born = date_format(patient.date_of_birth, "DATE_FORMAT") if patient.date_of_birth else _("no date of birth")
    return ", ".join(
        filter(None, [str(patient), str(born), patient.phone.as_national if patient.phone else patient.email])
    )


class PatientChoice(forms.ModelChoiceField):
    def label_from_instance(self, patient):
        return named_twice(patient)


class WithoutFormTag:
    """Crispy lays out the fields; the template writes the form tag, the token and the buttons."""

    layout: Layout | None = None

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        if self.layout is not None:
            helper.layout = self.layout
        return helper


class SlotForm(WithoutFormTag, forms.Form):
    """Where, with whom and when. `slot` after a successful clean."""

    treatment = forms.ModelChoiceField(label=_("Treatment"), queryset=Treatment.objects.active())
    location = forms.ModelChoiceField(label=_("Location"), queryset=Location.objects.active())
    clinician = forms.ModelChoiceField(
        label=_("Clinician"), queryset=Clinician.objects.active(), required=False, empty_label=_("Whoever is free")
    )
    when = WallTimeField(label=_("Date and time"), help_text=_("The time on the clock at the location."))

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("when") and cleaned.get("location"):
            try:
                cleaned["start"] = instant_at(cleaned["when"], cleaned["location"].zone)
            except forms.ValidationError as error:
                self.add_error("when", error)
        return cleaned

    @property
    def slot(self) -> Slot | None:
        """The time asked for; None while a part of it is missing."""
        asked = getattr(self, "cleaned_data", {})
        if not all(asked.get(name) for name in ("treatment", "start", "location")):
            return None
        return Slot(asked["treatment"], asked["start"], asked["location"], asked.get("clinician"))


class BookForm(SlotForm):
    """A booking at the desk: somebody we know, found by what was typed, or somebody new."""

    find = forms.CharField(
        label=_("Find a patient"),
        required=False,
        max_length=80,
        help_text=_("Name, phone or date of birth; three letters at least."),
    )
    patient = PatientChoice(
        label=_("Patients found"), queryset=Patient.objects.none(), required=False, widget=forms.RadioSelect
    )
    first_name = PlainTextField(label=_("First name"), max_length=80, required=False)
    last_name = PlainTextField(label=_("Last name"), max_length=80, required=False)
    date_of_birth = forms.DateField(
        label=_("Date of birth"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    phone = PhoneNumberField(label=_("Phone"), required=False)
    email = forms.EmailField(label=_("Email"), required=False)
    sms_consent = forms.BooleanField(label=_("Agreed to text messages"), required=False)
    reason = PlainTextField(label=_("Reason, in the patient's words"), max_length=1000, required=False, lines=True)
    source = forms.ChoiceField(label=_("Asked"), choices=DESK_SOURCES, initial=Appointment.Source.PHONE)
    notify = forms.BooleanField(label=_("Send them the confirmation"), required=False, initial=True)
    form_token = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    TIME = ("treatment", "location", "clinician", "when")
    NEW_PATIENT = ("first_name", "last_name", "date_of_birth", "phone", "email", "sms_consent")

    def __init__(self, *args, now, **options):
        super().__init__(*args, **options)
        self.now = now
        self.initial.setdefault("form_token", secrets.token_urlsafe(24))
        self.matches = find_patients(self._typed("find"))
        chosen = self._typed("patient")
        pks = [patient.pk for patient in self.matches] + (
            [int(chosen)] if chosen.isdecimal() and len(chosen) < 18 else []
        )
        self.fields["patient"].queryset = Patient.objects.filter(pk__in=pks)
        self.fields["patient"].empty_label = None
        if len(self.matches) == 1 and not self.is_bound:
            self.initial["patient"] = self.matches[0].pk
        self.fields["reason"].widget.attrs["rows"] = 2
        self.fields["date_of_birth"].widget.attrs["max"] = str(now.date())

    def _typed(self, name: str) -> str:
        return str((self.data if self.is_bound else self.initial).get(name) or "").strip()

    @property
    def layout(self):
        found = ["patient"] if self.fields["patient"].queryset.exists() else []
        return Layout(
            Fieldset(_("Who"), *found, Div(*self.NEW_PATIENT, css_class="desk-grid")),
            Fieldset(
                _("What, where and when"), Div(*self.TIME, css_class="desk-grid"), SHOW_TIMES, *self.overbook_fields()
            ),
            Fieldset(_("About the booking"), "reason", Div("source", "notify", css_class="desk-grid"), "form_token"),
        )

    def overbook_fields(self) -> list[str]:
        return []

    def clean_date_of_birth(self):
        born = self.cleaned_data["date_of_birth"]
        if born and born > self.now.date():
            raise forms.ValidationError(_("The date of birth must be in the past."))
        return born

    def clean(self):
        cleaned = super().clean()
        known, new = cleaned.get("patient"), cleaned.get("first_name")
        if known and (new or cleaned.get("last_name")):
            self.add_error("first_name", _("Choose somebody found, or write down somebody new: not both."))
        elif not known and not new and not {"patient", "first_name"} & self.errors.keys():
            self.add_error("find" if not self.matches else "patient", self._who_is_missing())
        return cleaned

    def _who_is_missing(self):
        if self.matches:
            return _("Choose the patient, or write down a new one.")
        if self._typed("find"):
            return _("Nobody found. Write them down as a new patient.")
        return _("Find the patient, or write down a new one.")

    def get_patient(self) -> Patient:
        """Return the patient that was chosen, or a new one, not yet saved."""
        if self.cleaned_data["patient"]:
            return self.cleaned_data["patient"]
        fields = {name: self.cleaned_data[name] or "" for name in ("first_name", "last_name", "phone", "email")}
        consent = self.now if self.cleaned_data["sms_consent"] and self.cleaned_data["phone"] else None
        return Patient(**fields, date_of_birth=self.cleaned_data["date_of_birth"], sms_consent_at=consent)

    def answers(self) -> dict:
        """Return what `scheduling.book` is told besides slot and patient; a form sent twice books once."""
        told = {name: self.cleaned_data[name] for name in ("reason", "source", "notify")}
        return told | {"form_token": self.cleaned_data["form_token"] or None, "form_digest": self._digest()}

    def _digest(self) -> str:
        said = {name: str(value) for name, value in self.cleaned_data.items() if name != "form_token"}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


class OverbookForm(BookForm):
    """A booking on purpose where the clinician is taken already: by name, and with a reason."""

    overbook_reason = PlainTextField(label=_("Why this time is overbooked"), max_length=200)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["clinician"].required = True
        self.fields["clinician"].empty_label = _("Choose who is overbooked")

    def overbook_fields(self):
        return ["overbook_reason"]

    def answers(self):
        return super().answers() | {"overbook_reason": self.cleaned_data["overbook_reason"]}


class MoveForm(SlotForm):
    """Another time, clinician or place for the same treatment."""

    notify = forms.BooleanField(label=_("Tell the patient"), required=False, initial=True)
    version = forms.IntegerField(widget=forms.HiddenInput)

    layout = Layout(Div("location", "clinician", "when", css_class="desk-grid"), "notify", "version")

    def __init__(self, *args, treatment: Treatment, **options):
        super().__init__(*args, **options)
        del self.fields["treatment"]
        self.treatment = treatment

    def clean(self):
        return super().clean() | {"treatment": self.treatment}


class ReasonForm(WithoutFormTag, forms.Form):
    """Why an appointment is cancelled."""

    reason = forms.ChoiceField(label=_("Why"), choices=[("", _("Choose a reason")), *CANCEL_REASONS.items()])
    notify = forms.BooleanField(label=_("Tell the patient"), required=False, initial=True)
    version = forms.IntegerField(widget=forms.HiddenInput)


class DeclineForm(WithoutFormTag, forms.Form):
    """Why a request is declined. The patient is always told."""

    OTHER_REASONS = ("declined", "duplicate", "no_contact")

    reason = forms.ChoiceField(label=_("Why"), choices=[(code, CANCEL_REASONS[code]) for code in OTHER_REASONS])
    version = forms.IntegerField(widget=forms.HiddenInput)
