"""What staff write down about a patient: all of it in the admin, the part that changes often on the patient's page."""

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from bookings import contacts
from bookings.forms.desk import WithoutFormTag
from bookings.forms.text import PlainTextField
from bookings.models import Patient


class PatientForm(forms.ModelForm):
    """Consents are boxes to tick; when they were ticked is stamped, not typed. STOP ends the consent to text messages."""

    sms_consent = forms.BooleanField(
        label=_("Agreed to text messages"),
        required=False,
        help_text=_("After STOP: tick only when they have agreed anew. That is stamped with today's date."),
    )
    reminders_off = forms.BooleanField(
        label=_("No reminders by email"),
        required=False,
        help_text=_("They still hear of what is booked, moved or canceled."),
    )

    class Meta:
        model = Patient
        fields = [
            *("first_name", "last_name", "date_of_birth", "phone", "email", "message_channel", "language"),
            *("access_needs", "coverage"),
        ]
        field_classes = dict.fromkeys(["first_name", "last_name", "access_needs", "alert"], PlainTextField)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        agreed = contacts.agreed(self.instance)
        self.initial.setdefault("sms_consent", agreed["texts"] and bool(self.instance.phone))
        self.initial.setdefault("reminders_off", not agreed["reminders"])

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("sms_consent") and "phone" not in self.errors and not cleaned.get("phone"):
            self.add_error("sms_consent", _("Write down the phone number they agreed to."))
        return cleaned

    def stamp(self, *, now):
        """Write on a new entry when things were agreed."""
        patient = self.instance
        patient.sms_consent_at = now if self.cleaned_data["sms_consent"] else None
        patient.reminders_off_at = now if self.cleaned_data["reminders_off"] else None
        patient.created_at = now

    def rewrite(self, *, now):
        """Write a known entry: how they are reached by `contacts`, which lets their messages follow; one row of history."""
        row, cleaned = Patient.objects.get(pk=self.instance.pk), self.cleaned_data
        reached = {name: cleaned[name] for name in contacts.WRITTEN if name in cleaned}
        others = {name: said for name, said in cleaned.items() if hasattr(row, name) and name not in reached}
        changed = {name: value for name, value in others.items() if value != getattr(row, name)}
        Patient.objects.filter(pk=row.pk).update(**changed)
        before = contacts.fingerprint(row)
        agreed = {"texts": cleaned["sms_consent"], "reminders": not cleaned["reminders_off"]}
        current = contacts.change(row, now=now, by_patient=False, **reached, **agreed)
        if changed and contacts.fingerprint(current) == before:
            current.save(update_fields=list(changed))  # nothing of how they are reached: nobody has written the history


class QuickEditForm(WithoutFormTag, PatientForm):
    """What is said on the phone. `seen`: the number of the history row that was the newest when the form was shown."""

    EDITED = (
        *("phone", "sms_consent", "email", "message_channel", "reminders_off", "language", "coverage"),
        *("access_needs", "alert"),
    )

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**53)

    layout = Layout(
        Div("phone", "email", "message_channel", "language", "coverage", css_class="desk-grid"),
        "sms_consent",
        "reminders_off",
        "access_needs",
        "alert",
        "seen",
    )

    class Meta(PatientForm.Meta):
        fields = ["phone", "email", "message_channel", "language", "coverage", "access_needs", "alert"]
        help_texts = {"alert": _("Shown wherever staff see this patient. Not for diagnoses.")}
