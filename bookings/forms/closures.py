"""Time off: who or what is away, and from when until when on the clock of the place."""

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.forms.desk import WithoutFormTag
from bookings.forms.walltime import WallTimeField, instant_at, wall_at
from bookings.models import Resource, TimeOff
from treatments.models import Location


def zone_of(resource: Resource | None, location: Location | None):
    """Return the zone whose clock counts: the place's; for people, who have no one place, the clinic's."""
    place = location or (resource.location if resource else None)
    return place.zone if place else timezone.get_default_timezone()


def read_span(form, zone) -> None:
    """Turn `start` and `end` from wall times into instants; what is wrong is said at its field."""
    for name in ("start", "end"):
        if form.cleaned_data.get(name):
            try:
                form.cleaned_data[name] = instant_at(form.cleaned_data[name], zone)
            except forms.ValidationError as error:
                form.add_error(name, error)
    start, end = form.cleaned_data.get("start"), form.cleaned_data.get("end")
    if start and end and end <= start:
        form.add_error("end", _("The end must be after the start."))


class BlockForm(WithoutFormTag, forms.Form):
    """What `scheduling.block` is asked with."""

    resource = forms.ModelChoiceField(
        label=_("Person, room or device"), queryset=Resource.objects.active().select_related("location"), required=False
    )
    location = forms.ModelChoiceField(
        label=_("Or a whole location"), queryset=Location.objects.active(), required=False
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=TimeOff.Kind)
    start = WallTimeField(label=_("From"))
    end = WallTimeField(label=_("Until"))
    note = forms.CharField(label=_("Note for staff"), max_length=120, required=False)

    layout = Layout(Div("resource", "location", "kind", "note", "start", "end", css_class="desk-grid"))

    def clean(self):
        cleaned = super().clean()
        if bool(cleaned.get("resource")) == bool(cleaned.get("location")):
            self.add_error("resource", _("Choose a person, room or device, or a whole location."))
        read_span(self, zone_of(cleaned.get("resource"), cleaned.get("location")))
        return self.cleaned_data


class TimeOffForm(forms.ModelForm):
    """To change a time off that stands: who or what it is about stays."""

    start = WallTimeField(label=_("From"))
    end = WallTimeField(label=_("Until"))

    class Meta:
        model = TimeOff
        fields = ["kind", "start", "end", "note"]

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.zone = zone_of(self.instance.resource, self.instance.location)
        for name in ("start", "end"):
            if getattr(self.instance, name):
                self.initial[name] = wall_at(getattr(self.instance, name), self.zone)

    def clean(self):
        super().clean()
        read_span(self, self.zone)
        return self.cleaned_data
