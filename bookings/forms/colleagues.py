"""Whose day somebody must see who is not that clinician, and why."""

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from bookings.forms.text import PlainTextField
from bookings.models import ColleagueLook
from treatments.models import Clinician

LEAST_REASON = 5


class LookForm(forms.Form):
    """Never filled in beforehand: the reason is this one's, now."""

    whose = forms.ModelChoiceField(
        label=_("Whose day"),
        queryset=Clinician.objects.none(),
        to_field_name="slug",
        empty_label=_("Choose a colleague"),
        error_messages={"required": _("Choose whose day it is."), "invalid_choice": _("Choose one of these.")},
    )
    reason = PlainTextField(
        label=_("Why you must see it"),
        min_length=LEAST_REASON,
        max_length=ColleagueLook._meta.get_field("reason").max_length,
        error_messages={
            "required": _("Write why you must see this day."),
            "min_length": _("Write the reason in a few words."),
        },
    )

    def __init__(self, *args, colleagues: QuerySet[Clinician], **options):
        super().__init__(*args, **options)
        self.fields["whose"].queryset = colleagues
        self.fields["reason"].widget.attrs["autocomplete"] = "off"
