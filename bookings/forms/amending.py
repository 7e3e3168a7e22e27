"""Correcting what was written down about a visit, and answering a request with another time."""

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.forms.desk import MoveForm, WithoutFormTag
from bookings.forms.text import PlainTextField
from bookings.models import Appointment
from treatments.models import BodyRegion


class AmendForm(WithoutFormTag, forms.Form):
    """Region, side and reason: what `scheduling.amend` may change."""

    region = forms.ModelChoiceField(label=_("Body region"), queryset=BodyRegion.objects.all(), required=False)
    side = forms.ChoiceField(
        label=_("Side, as the patient sees it"), choices=[("", "---------"), *Appointment.Side.choices], required=False
    )
    reason = PlainTextField(label=_("Reason, in the patient's words"), max_length=1000, required=False, lines=True)
    version = forms.IntegerField(widget=forms.HiddenInput)

    layout = Layout(Div("region", "side", css_class="desk-grid"), "reason", "version")

    @classmethod
    def initial_of(cls, visit: Appointment) -> dict:
        return {"region": visit.region_id, "side": visit.side, "reason": visit.reason, "version": visit.version}


class OfferForm(MoveForm):
    """Another time for a request. The patient is always asked."""

    layout = Layout(Div("location", "clinician", "when", css_class="desk-grid"), "version")

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        del self.fields["notify"]
