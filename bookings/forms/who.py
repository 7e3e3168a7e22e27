"""Who the booking is for: somebody we know, found by what was typed, or somebody new, written down on the spot."""

import datetime as dt
import re

from django import forms
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from bookings import matching
from bookings.forms.finding import find_patients, patients_like, take_birth_date
from bookings.forms.text import PlainTextField
from bookings.models import Patient

NEW = "new"
LONGEST_SEARCH = 80
NEW_PATIENT = ("first_name", "last_name", "date_of_birth", "phone", "email", "sms_consent")
PHONE_IN_TEXT = re.compile(r"\+?[\d(][\d\s().-]{5,}\d")


def guess(text: str) -> dict[str, str]:
    """Read what was typed to find somebody as the beginning of a new entry: names, a phone, a birth date, an email.

    The last word is the last name, as is what stands before a comma.
    """
    rest, born = take_birth_date(text)
    phone = PHONE_IN_TEXT.search(rest)
    rest = rest.replace(phone.group(), " ") if phone else rest
    words = rest.replace(",", ", ").split()
    email = next((word for word in words if "@" in word), "")
    first, last = _names(" ".join(word for word in words if word != email))
    return {
        "first_name": first,
        "last_name": last,
        "date_of_birth": born.isoformat() if born else "",
        "phone": phone.group().strip() if phone else "",
        "email": email,
    }


def _names(text: str) -> tuple[str, str]:
    text = " ".join(word.capitalize() for word in text.split()) if text.islower() else text
    last, comma, first = text.partition(",")
    if not comma:
        first, _space, last = text.rpartition(" ")
        first, last = (first, last) if first else (last, "")
    return first.strip(" ,"), last.strip(" ,")


class PatientChoice(forms.ModelChoiceField):
    """Somebody known, by number; `new` is nobody yet."""

    def to_python(self, value):
        return None if value == NEW else super().to_python(value)


class FindForm(forms.Form):
    """What was typed to find somebody, who fits it, and who of them was chosen. The form of a walk-in is no more."""

    find = forms.CharField(
        label=_("Find a patient"),
        required=False,
        max_length=LONGEST_SEARCH,
        help_text=_("Name, phone or date of birth; three letters at least."),
    )
    patient = PatientChoice(label=_("Patients found"), queryset=Patient.objects.current(), required=False)
    form_token = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
    new_first = False  # whether somebody new is the likelier one

    def __init__(self, *args, now: dt.datetime, **options):
        # A board, too, may have a field called “find”.
        super().__init__(*args, **{"auto_id": "book-%s"} | options)
        self.now = now
        self.fields["find"].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}
        found = self.typed("find")
        self.matches = find_patients(found) if len(found) <= LONGEST_SEARCH else []

    def typed(self, name: str) -> str:
        return str((self.data if self.is_bound else self.initial).get(name) or "").strip()

    @property
    def chosen(self) -> str:
        """The choice that is shown as made: the one that was, else the only one there is."""
        made = self.typed("patient")
        if made == NEW or made in {str(patient.pk) for patient in self.people}:
            return made
        if self.typed("find") and (self.new_first or not self.people):
            return NEW
        return str(self.matches[0].pk) if len(self.matches) == 1 else ""

    @property
    def people(self) -> list[Patient]:
        """Who can be chosen: those that fit; without a search, whoever came along with the address."""
        if self.matches or self.typed("find"):
            return self.matches
        if not hasattr(self, "_came_along"):
            made = self.typed("patient")
            known = Patient.objects.current().filter(pk=made) if made.isdecimal() and len(made) < 18 else []
            self._came_along = list(known)
        return self._came_along

    def clean(self):
        cleaned = super().clean()
        known, found = cleaned.get("patient"), cleaned.get("find")
        # The choice may be older than the search: what was typed last says who is meant.
        if known and found and not Patient.objects.filter(patients_like(found), pk=known.pk).exists():
            self.add_error("patient", _("The patient chosen is not the one you typed. Choose again."))
        return cleaned


class WhoForm(FindForm):
    """As `FindForm`, with an entry for somebody new, and a word of warning where that one may be known already."""

    first_name = PlainTextField(label=_("First name"), max_length=80, required=False)
    last_name = PlainTextField(label=_("Last name"), max_length=80, required=False)
    date_of_birth = forms.DateField(
        label=_("Date of birth"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    phone = PhoneNumberField(label=_("Phone"), required=False)
    email = forms.EmailField(label=_("Email"), required=False)
    sms_consent = forms.BooleanField(label=_("Agreed to text messages"), required=False)
    # What the fields of a new patient were filled in from, so that a longer search fills them in again, and never over
    # something typed by hand.
    guessed_from = forms.CharField(widget=forms.HiddenInput, required=False, max_length=LONGEST_SEARCH)
    # The known patients (numbers) somebody new was said to be different from.
    somebody_else = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.alike: list[matching.Alike] = []
        self.fields["date_of_birth"].widget.attrs["max"] = str(self.now.date())
        if not self.is_bound:
            self.initial |= self.guessed()

    def guessed(self) -> dict[str, str]:
        """Return what the entry of somebody new says: what was typed by hand, else what the search suggests."""
        before, after = guess(self.typed("guessed_from")[:LONGEST_SEARCH]), guess(self.typed("find")[:LONGEST_SEARCH])
        kept = {name: self.typed(name) for name in before}
        now = {name: after[name] if kept[name] in ("", before[name]) else kept[name] for name in before}
        return now | {"guessed_from": self.typed("find")[:LONGEST_SEARCH]}

    def fill_in(self) -> None:
        """Show the suggestions in a form that came back with errors, too; what was cleaned stays as it was."""
        if self.is_bound:
            self.data = self.data.copy()
            for name, value in self.guessed().items():
                self.data[name] = value

    def clean_date_of_birth(self):
        born = self.cleaned_data["date_of_birth"]
        if born and born > self.now.date():
            raise forms.ValidationError(_("The date of birth must be in the past."))
        return born

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("patient"):
            if self._written_by_hand():
                self.add_error("first_name", _("Choose somebody found, or write down somebody new: not both."))
        elif not {"patient", "first_name"} & self.errors.keys():
            self._clean_somebody_new(cleaned)
        return cleaned

    def _written_by_hand(self) -> bool:
        suggested = guess(self.typed("guessed_from")[:LONGEST_SEARCH])
        return any(self.typed(name) not in ("", suggested[name]) for name in ("first_name", "last_name"))

    def _clean_somebody_new(self, cleaned) -> None:
        if self.matches and self.typed("patient") != NEW and not self._written_by_hand():
            self.add_error("patient", _("Choose the patient, or write down a new one."))
        elif not cleaned.get("first_name"):
            self.add_error("first_name" if self.typed("patient") == NEW else "find", self._who_is_missing())
        elif not self.errors:
            self._warn_of_alike()

    def _who_is_missing(self):
        if self.typed("patient") == NEW:
            return _("Enter at least the first name.")
        if self.typed("find"):
            return _("Nobody found. Write them down as a new patient.")
        return _("Find the patient, or write down a new one.")

    def _warn_of_alike(self) -> None:
        """Somebody new who shares a birth date and last name, a phone or an email with a known patient is asked about once."""
        asked_about = set(self.cleaned_data.get("somebody_else", "").split(","))
        alike = matching.look_alikes(self.get_patient())
        if any(str(each.patient.pk) not in asked_about for each in alike):
            self.alike = alike
            self.add_error("patient", _("We may know this person already."))

    def get_patient(self) -> Patient:
        """Return the patient that was chosen, or a new one, not yet saved."""
        if self.cleaned_data.get("patient"):
            return self.cleaned_data["patient"]
        fields = {name: self.cleaned_data[name] or "" for name in ("first_name", "last_name", "phone", "email")}
        consent = self.now if self.cleaned_data["sms_consent"] and self.cleaned_data["phone"] else None
        return Patient(**fields, date_of_birth=self.cleaned_data["date_of_birth"], sms_consent_at=consent)
