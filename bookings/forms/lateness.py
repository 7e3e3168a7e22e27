"""Running late: who, where, and by how many minutes."""

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.forms.desk import WithoutFormTag
from bookings.scheduling.lateness import MOST_MINUTES
from treatments.models import Clinician, Location


class LateForm(WithoutFormTag, forms.Form):
    """What `scheduling.run_late` is asked with. 0 minutes: on time again."""

    clinician = forms.ModelChoiceField(
        label=_("Who runs late"), queryset=Clinician.objects.active(), to_field_name="slug"
    )
    location = forms.ModelChoiceField(label=_("Where"), queryset=Location.objects.active(), to_field_name="slug")
    minutes = forms.IntegerField(
        label=_("Minutes late"),
        min_value=0,
        max_value=MOST_MINUTES,
        help_text=_("0 says that they are on time again."),
        widget=forms.NumberInput({"inputmode": "numeric", "autofocus": True}),
    )
    notify = forms.BooleanField(label=_("Tell those who are still to come"), required=False, initial=True)
