"""What staff write down about a patient: all of it in the admin, the part that changes often on the patient's page."""

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.forms.desk import WithoutFormTag
from bookings.forms.text import PlainTextField
from bookings.models import Patient


class PatientForm(forms.ModelForm):
    """Consent is a box to tick; when it was ticked is stamped, not typed."""

    sms_consent = forms.BooleanField(label=_("Agreed to text messages"), required=False)

    class Meta:
        model = Patient
        fields = ["first_name", "last_name", "date_of_birth", "phone", "email", "language", "access_needs", "coverage"]
        field_classes = dict.fromkeys(["first_name", "last_name", "access_needs", "alert"], PlainTextField)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.initial.setdefault("sms_consent", self.instance.sms_consent_at is not None)

    def stamp(self, *, now):
        """Write when things were agreed: consent from now on, or taken back; a new address has not been refused yet."""
        patient = self.instance
        if self.cleaned_data["sms_consent"] != (patient.sms_consent_at is not None):
            patient.sms_consent_at = now if self.cleaned_data["sms_consent"] else None
        if "email" in self.changed_data:
            patient.email_refused_at = None
        patient.created_at = patient.created_at or now


class QuickEditForm(WithoutFormTag, PatientForm):
    """What is said on the phone. `seen`: the number of the history row that was the newest when the form was shown."""

    EDITED = ("phone", "sms_consent", "email", "language", "coverage", "access_needs", "alert")

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**53)

    layout = Layout(
        Div("phone", "email", "language", "coverage", css_class="desk-grid"),
        "sms_consent",
        "access_needs",
        "alert",
        "seen",
    )

    class Meta(PatientForm.Meta):
        fields = ["phone", "email", "language", "coverage", "access_needs", "alert"]
        help_texts = {"alert": _("Shown wherever staff see this patient. Not for diagnoses.")}
