"""The front desk's forms: book, overbook, move, give a reason. What may be done, `scheduling` decides."""

import hashlib
import json
import secrets

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.forms.text import PlainTextField
from bookings.forms.walltime import WallTimeField, instant_at
from bookings.forms.who import WhoForm
from bookings.models import Appointment, NextStep
from bookings.scheduling import CANCEL_REASONS, Slot
from treatments.models import BodyRegion, Clinician, Location, Treatment

DESK_SOURCES = [
    (Appointment.Source.PHONE, _("by phone")),
    (Appointment.Source.DESK, _("at the front desk")),
    (Appointment.Source.WALK_IN, _("walked in")),
]


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


class WantedForm(SlotForm):
    """What is typed of a time so far: anything may be missing, and what makes no sense is left out."""

    day = forms.DateField(label=_("From the day"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.required = False

    def wanted(self) -> dict:
        self.is_valid()
        return self.cleaned_data


class PickField(forms.CharField):
    """One of the times that were offered: `2026-03-04T10:00|3|7`, the wall time, the place and the clinician by number.

    Cleans to (naive wall time, place, clinician), or None. A press of a button says it as well as a choice.
    """

    widget = forms.HiddenInput

    def to_python(self, value):
        parts = str(value or "").split("|")
        if len(parts) != len(("when", "location", "clinician")):
            return None
        asked = WantedForm(dict(zip(("when", "location", "clinician"), parts, strict=True))).wanted()
        if not all(asked.get(name) for name in ("when", "location", "clinician")):
            raise forms.ValidationError(_("Choose one of the times."), code="pick")
        return asked["when"], asked["location"], asked["clinician"]


class BookForm(WhoForm, WantedForm):
    """A booking at the desk: who, what, and one of the times offered or one that was typed; on purpose, where it is taken."""

    region = forms.ModelChoiceField(label=_("Body region"), queryset=BodyRegion.objects.all(), required=False)
    side = forms.ChoiceField(
        label=_("Side"), choices=[("", _("Not said yet")), *Appointment.Side.choices], required=False
    )
    pick = PickField(required=False)
    overbook = forms.BooleanField(label=_("Overbook on purpose"), required=False)
    overbook_reason = PlainTextField(label=_("Why this time is overbooked"), max_length=200, required=False)
    reason = PlainTextField(label=_("Reason, in the patient's words"), max_length=1000, required=False, lines=True)
    source = forms.ChoiceField(label=_("Asked"), choices=DESK_SOURCES, initial=Appointment.Source.PHONE)
    notify = forms.BooleanField(label=_("Send them the confirmation"), required=False, initial=True)
    # What a clinician wanted after an earlier visit, by number.
    next_step = forms.IntegerField(required=False, min_value=1, max_value=10**12, widget=forms.HiddenInput)

    # What says nothing about the booking itself.
    NO_ANSWERS = ("form_token", "guessed_from", "somebody_else", "day", "next_step")

    def __init__(self, *args, always_overbooks=False, **options):
        super().__init__(*args, **options)
        self.always_overbooks = always_overbooks
        self.initial.setdefault("form_token", secrets.token_urlsafe(24))
        for name in ("treatment", "location"):
            self.fields[name].required = True
        self.fields["when"].help_text = ""
        self.fields["treatment"].empty_label = _("Choose the treatment")
        self.fields["treatment"].widget.attrs["data-key"] = "v"  # past the fields of somebody new, by one key
        self.fields["region"].empty_label = _("Not said yet")
        self.fields["reason"].widget.attrs["rows"] = 2

    @property
    def overbooks(self) -> bool:
        return self.always_overbooks or bool(self.cleaned_data.get("overbook"))

    @property
    def slot(self) -> Slot | None:
        """The time picked, else the one typed."""
        asked = self.cleaned_data
        if not asked.get("pick"):
            return super().slot
        _wall, place, clinician = asked["pick"]
        treatment, start = asked.get("treatment"), asked.get("picked_start")
        return Slot(treatment, start, place, clinician) if treatment and start else None

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("pick"):
            self._clean_pick(cleaned)
        elif not cleaned.get("when") and not {"when", "pick"} & self.errors.keys():
            self.add_error("when", _("Choose a time."))
        if self.overbooks:
            self._clean_overbooking(cleaned)
        if cleaned.get("treatment") and not cleaned["treatment"].asks_side:
            cleaned |= {"region": None, "side": ""}
        return cleaned

    def _clean_pick(self, cleaned) -> None:
        self.errors.pop("when", None)  # another time typed earlier counts no more
        wall, place, _clinician = cleaned["pick"]
        try:
            cleaned["picked_start"] = instant_at(wall, place.zone)
        except forms.ValidationError as error:
            self.add_error("pick", error)

    def _clean_overbooking(self, cleaned) -> None:
        if not cleaned.get("clinician") and not cleaned.get("pick"):
            self.add_error("clinician", _("Choose who is overbooked."))
        if not cleaned.get("overbook_reason") and "overbook_reason" not in self.errors:
            self.add_error("overbook_reason", _("Say why this time is overbooked."))

    def answers(self) -> dict:
        """Return what a verb is told besides slot and patient; a form sent twice books once."""
        told = {name: self.cleaned_data[name] for name in ("reason", "source", "notify", "region", "side")}
        if self.overbooks:
            told["overbook_reason"] = self.cleaned_data["overbook_reason"]
        wish = self._wish()
        told |= {"wish": wish} if wish else {}
        return told | {"form_token": self.cleaned_data["form_token"] or None, "form_digest": self._digest()}

    def _wish(self) -> NextStep | None:
        """Return what a clinician wanted, if this is its booking still: that patient, that treatment."""
        pk, patient = self.cleaned_data.get("next_step"), self.cleaned_data.get("patient")
        if not pk or patient is None:
            return None
        same = {"treatment": self.cleaned_data["treatment"], "appointment__patient": patient}
        return NextStep.objects.wanted().filter(pk=pk, **same).select_related("appointment").first()

    def _digest(self) -> str:
        said = {name: str(self.cleaned_data.get(name)) for name in self.fields if name not in self.NO_ANSWERS}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


class MoveForm(SlotForm):
    """Another time, clinician or place for the same treatment."""

    notify = forms.BooleanField(label=_("Tell the patient"), required=False, initial=True)
    version = forms.IntegerField(widget=forms.HiddenInput)

    layout = Layout(Div("location", "clinician", "when", css_class="desk-grid"), "notify", "version")

    def __init__(self, *args, treatment: Treatment, **options):
        super().__init__(*args, **options)
        del self.fields["treatment"]
        self.fields["when"].widget.attrs["autofocus"] = True  # place and clinician mostly stay
        self.treatment = treatment

    def clean(self):
        return super().clean() | {"treatment": self.treatment}


class ReasonForm(WithoutFormTag, forms.Form):
    """Why an appointment is cancelled."""

    reason = forms.ChoiceField(
        label=_("Why"),
        choices=[("", _("Choose a reason")), *CANCEL_REASONS.items()],
        widget=forms.Select({"autofocus": True}),
    )
    notify = forms.BooleanField(label=_("Tell the patient"), required=False, initial=True)
    version = forms.IntegerField(widget=forms.HiddenInput)


class DeclineForm(WithoutFormTag, forms.Form):
    """Why a request is declined. The patient is always told."""

    OTHER_REASONS = ("declined", "duplicate", "no_contact")

    reason = forms.ChoiceField(
        label=_("Why"),
        choices=[(code, CANCEL_REASONS[code]) for code in OTHER_REASONS],
        widget=forms.Select({"autofocus": True}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
