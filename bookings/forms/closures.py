"""Time off: who or what is away, and from when until when on the clock of the place."""

import datetime as dt
from zoneinfo import ZoneInfo

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.forms.desk import WithoutFormTag
from bookings.forms.text import PlainTextField
from bookings.forms.walltime import WallTimeField, instant_at, wall_at
from bookings.models import Resource, TimeOff
from treatments.models import Location


def zone_of(resource: Resource | None, location: Location | None):
    """Return the zone whose clock counts: the place's; for people, who have no one place, the clinic's."""
    place = location or (resource.location if resource else None)
    return place.zone if place else timezone.get_default_timezone()


def zone_where_they_work(person: Resource) -> dt.tzinfo:
    """Return the zone of the place a person works at, for a day of theirs; the clinic's when they work in several."""
    zones = set(person.working_hours.values_list("location__time_zone", flat=True))
    return ZoneInfo(zones.pop()) if len(zones) == 1 else timezone.get_default_timezone()


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


class AwayForm(WithoutFormTag, forms.Form):
    """Somebody is off, or something is closed: now, today, or on some dates. Read `span()` after a successful clean."""

    WHEN = [("today", _("All of today")), ("rest", _("The rest of today")), ("dates", _("These dates"))]
    PEOPLE = (Resource.Kind.CLINICIAN, Resource.Kind.STAFF)
    LONGEST = dt.timedelta(days=366)

    who = forms.ChoiceField(label=_("Who or what is away"))
    when = forms.ChoiceField(label=_("When"), choices=WHEN, initial="today", widget=forms.RadioSelect)
    first = forms.DateField(label=_("First day"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    last = forms.DateField(label=_("Last day"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    kind = forms.ChoiceField(label=_("Kind"), choices=TimeOff.Kind, initial=TimeOff.Kind.SICK)
    note = PlainTextField(label=_("Note for staff"), max_length=120, required=False)

    layout = Layout(
        Div("who", "kind", css_class="desk-grid"), "when", Div("first", "last", css_class="desk-grid"), "note"
    )

    def __init__(self, *args, now: dt.datetime, **options):
        super().__init__(*args, **options)
        self.now = now
        resources = Resource.objects.active().select_related("location", "clinician").order_by("name", "pk")
        locations = list(Location.objects.active())
        self.known = {_name_of(one): one for one in [*resources, *locations]}
        self.fields["who"].choices = [("", _("Choose")), *_groups(self.known)]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("when") == "dates":
            self._clean_dates(cleaned.get("first"), cleaned.get("last"))
        if cleaned.get("who"):
            cleaned["kind"] = self._fitting(cleaned.get("kind"), self.known[cleaned["who"]])
        return cleaned

    def _clean_dates(self, first: dt.date | None, last: dt.date | None) -> None:
        if first is None:
            if "first" not in self.errors:
                self.add_error("first", _("Enter the first day."))
        elif last is not None and last < first:
            self.add_error("last", _("The last day must not be before the first."))
        elif not dt.date(2001, 1, 1) <= first <= dt.date(2198, 1, 1) or (last or first) - first > self.LONGEST:
            self.add_error("last", _("A time off is a year long at most."))

    def _fitting(self, kind: str | None, who: Resource | Location) -> str | None:
        """Rooms are not sick, and a place takes no leave: those words mean what they can mean."""
        if kind not in (TimeOff.Kind.SICK, TimeOff.Kind.LEAVE):
            return kind
        if isinstance(who, Location):
            return TimeOff.Kind.CLOSURE
        return kind if who.kind in self.PEOPLE else TimeOff.Kind.MAINTENANCE

    def span(self) -> dict:
        """Return what `scheduling.block` is asked with: whole local days, or from this minute until midnight."""
        asked, who = self.cleaned_data, self.known[self.cleaned_data["who"]]
        resource, location = (None, who) if isinstance(who, Location) else (who, None)
        zone = zone_where_they_work(resource) if resource and not resource.location else zone_of(resource, location)
        today = self.now.astimezone(zone).date()
        first, last = today, today
        if asked["when"] == "dates":
            first, last = asked["first"], asked["last"] or asked["first"]
        start, end = (
            dt.datetime.combine(date, dt.time(0), tzinfo=zone) for date in (first, last + dt.timedelta(days=1))
        )
        if asked["when"] == "rest":
            start = self.now.replace(second=0, microsecond=0)
        times = {"start": start, "end": end, "kind": asked["kind"], "note": asked["note"]}
        return {"resource": resource, "location": location, **times}


def _name_of(one: Resource | Location) -> str:
    """Name a choice as an address may: clinicians and locations by their public names."""
    if isinstance(one, Location):
        return f"location={one.slug}"
    return f"clinician={one.clinician.slug}" if one.clinician else f"resource={one.pk}"


def _groups(known: dict[str, Resource | Location]) -> list[tuple]:
    """Return the choices, people first, then rooms and devices with their place, then whole locations."""
    groups: dict = {kind: [] for kind in Resource.Kind}
    for name, one in known.items():
        if isinstance(one, Resource):
            groups[Resource.Kind(one.kind)].append((name, f"{one}, {one.location}" if one.location else str(one)))
    places = [(name, str(one)) for name, one in known.items() if isinstance(one, Location)]
    labeled = [(kind.label.capitalize(), choices) for kind, choices in groups.items() if choices]
    return [*labeled, (_("Whole location"), places)]


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


class HolidaysAskedForm(forms.Form):
    """Which year and which locations to show; anything else asked for means this year, or all of them."""

    YEARS_AHEAD = 2

    year = forms.TypedChoiceField(label=_("Year"), coerce=int, required=False)
    location = forms.ModelMultipleChoiceField(
        label=_("Locations"),
        queryset=Location.objects.active(),
        to_field_name="slug",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, today: dt.date, **options):
        super().__init__(*args, **options)
        self.this_year = today.year
        self.fields["year"].choices = [(year, year) for year in range(today.year, today.year + self.YEARS_AHEAD + 1)]
        self.is_valid()

    @property
    def year_asked(self) -> int:
        return self.cleaned_data.get("year") or self.this_year

    @property
    def locations(self) -> list[Location]:
        return list(self.cleaned_data.get("location") or self.fields["location"].queryset)
