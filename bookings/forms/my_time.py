"""What a clinician asks for about their own time: leave, hours on one day, a weekly session that changes.

Each form makes an unsaved TimeRequest by `wish()` after a successful clean. Times are wall times of the place.
"""

import datetime as dt

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.forms.text import PlainTextField
from bookings.forms.walltime import instant_at
from bookings.models import TimeRequest, WorkingHours
from bookings.models.resources import MIDNIGHT, minutes_of
from treatments.models import Clinician, Location

Kind = TimeRequest.Kind
LONGEST = dt.timedelta(days=366)
DAY = dt.timedelta(days=1)
FIRST, LAST = dt.date(2001, 1, 1), dt.date(2198, 1, 1)


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self):
        super().__init__(format="%Y-%m-%d")


class ClockInput(forms.TimeInput):
    input_type = "time"

    def __init__(self):
        super().__init__(format="%H:%M")


class DayField(forms.DateField):
    """A date that a diary can hold."""

    widget = DayInput

    def validate(self, value):
        super().validate(value)
        if value is not None and not FIRST <= value <= LAST:
            raise forms.ValidationError(_("Choose a date in the next years."), code="far")


class TimeForm(forms.Form):
    """What all of them share: whose time it is, a note, and the marks of a page that is sent twice."""

    note = PlainTextField(label=_("Note for the manager"), max_length=120, required=False)
    form_token = forms.CharField(max_length=64, widget=forms.HiddenInput)
    mark = forms.CharField(max_length=32, required=False, widget=forms.HiddenInput)

    def __init__(self, *args, clinician: Clinician, zone: dt.tzinfo, **options):
        super().__init__(*args, **options)
        self.clinician, self.zone = clinician, zone

    def wish(self) -> TimeRequest:
        """Return what was asked for, unsaved."""
        asked = self.cleaned_data
        return TimeRequest(
            clinician=self.clinician, note=asked["note"], form_token=asked["form_token"], **self._what(asked)
        )

    def _what(self, asked: dict) -> dict:
        raise NotImplementedError

    def _refuse_backwards(self, opens: dt.time | None, closes: dt.time | None) -> None:
        """Say at its field when the end is not after the start; midnight is the day's end."""
        if opens is not None and closes is not None and minutes_of(opens) >= minutes_of(closes, is_end=True):
            self.add_error("closes", _("The end must be after the start."))


class LeaveForm(TimeForm):
    """Away on whole days, or for a part of one day where times are given."""

    first = DayField(label=_("First day away"), error_messages={"required": _("Choose the first day.")})
    last = DayField(label=_("Last day away"), required=False, help_text=_("Empty: one day only."))
    opens = forms.TimeField(label=_("From"), required=False, widget=ClockInput)
    closes = forms.TimeField(label=_("Until"), required=False, widget=ClockInput)

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("first"), cleaned.get("last") or cleaned.get("first")
        if first and last and last < first:
            self.add_error("last", _("The last day must not be before the first."))
        elif first and last and last - first > LONGEST:
            self.add_error("last", _("Leave is a year long at most."))
        elif first and last:
            self._read_span(first, last)
        return self.cleaned_data

    def _read_span(self, first: dt.date, last: dt.date) -> None:
        """Turn days and times into instants; without times it is whole days, until midnight."""
        opens, closes = self.cleaned_data.get("opens"), self.cleaned_data.get("closes")
        if first == last:
            self._refuse_backwards(opens, closes)
        ends_on = last + DAY if closes in (None, MIDNIGHT) else last
        self._read("opens", "start", dt.datetime.combine(first, opens or MIDNIGHT))
        self._read("closes", "end", dt.datetime.combine(ends_on, closes or MIDNIGHT))

    def _read(self, field: str, name: str, wall: dt.datetime) -> None:
        try:
            self.cleaned_data[name] = instant_at(wall, self.zone)
        except forms.ValidationError as error:
            self.add_error(field, error)

    def _what(self, asked: dict) -> dict:
        return {"kind": Kind.LEAVE, "start": asked["start"], "end": asked["end"]}


class HoursForm(TimeForm):
    """Hours on one date, beside the weekly ones."""

    location = forms.ModelChoiceField(
        label=_("Where"),
        queryset=Location.objects.none(),
        to_field_name="slug",
        empty_label=_("Choose a place"),
        error_messages={"required": _("Choose where."), "invalid_choice": _("Choose one of these.")},
    )
    date = DayField(label=_("Date"), error_messages={"required": _("Choose the date.")})
    opens = forms.TimeField(label=_("From"), widget=ClockInput, error_messages={"required": _("Enter the time.")})
    closes = forms.TimeField(label=_("Until"), widget=ClockInput, error_messages={"required": _("Enter the time.")})

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["location"].queryset = Location.objects.active()

    def clean(self):
        cleaned = super().clean()
        self._refuse_backwards(cleaned.get("opens"), cleaned.get("closes"))
        return self.cleaned_data

    def _what(self, asked: dict) -> dict:
        return {"kind": Kind.EXTRA} | {name: asked[name] for name in ("location", "date", "opens", "closes")}


class SessionForm(TimeForm):
    """Other times for a weekly session from a date on, or its end."""

    CHANGE, END = "change", "end"

    what = forms.ChoiceField(
        label=_("What happens to it"),
        choices=[(CHANGE, _("It has other times")), (END, _("It ends"))],
        initial=CHANGE,
        widget=forms.RadioSelect,
    )
    date = DayField(label=_("From this date on"), error_messages={"required": _("Choose the date.")})
    opens = forms.TimeField(label=_("New times: from"), required=False, widget=ClockInput)
    closes = forms.TimeField(label=_("New times: until"), required=False, widget=ClockInput)

    def __init__(self, *args, session: WorkingHours, **options):
        super().__init__(*args, **options)
        self.session = session

    def clean(self):
        cleaned = super().clean()
        last, date = self.session.valid_until, cleaned.get("date")
        if last is not None and date is not None and date > last:
            self.add_error("date", _("This session ends before that date."))
        if cleaned.get("what") == self.CHANGE:
            self._clean_times(cleaned.get("opens"), cleaned.get("closes"))
        return self.cleaned_data

    def _clean_times(self, opens: dt.time | None, closes: dt.time | None) -> None:
        for name, time in (("opens", opens), ("closes", closes)):
            if time is None and name not in self.errors:
                self.add_error(name, _("Enter the time."))
        self._refuse_backwards(opens, closes)
        if (opens, closes) == (self.session.start, self.session.end):
            self.add_error("opens", _("These are the times it has now."))

    def _what(self, asked: dict) -> dict:
        changes = asked["what"] == self.CHANGE
        times = {name: asked[name] if changes else None for name in ("opens", "closes")}
        return {"kind": Kind.SESSION, "session": self.session, "date": asked["date"], **times}
