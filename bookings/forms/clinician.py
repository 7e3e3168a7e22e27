"""What a clinician fills in between two patients: where it is, how it went and what comes next, a line to the desk, a delay."""

import secrets

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from bookings.forms.manage import SeenForm
from bookings.forms.text import PlainTextField
from bookings.models import Appointment, NextStep
from bookings.models.next_steps import MOST_WEEKS
from bookings.scheduling import Next
from bookings.scheduling.lateness import MOST_MINUTES
from bookings.scheduling.notes import MOST_WORDS
from bookings.scheduling.treating import MOST_OUTCOME
from treatments.models import BodyRegion, Location, Treatment

Kind = NextStep.Kind
STALE = -1  # no appointment has this version
# As staff say them; the model's own words are for patients ("your left").
SIDES = [("left", _("Left")), ("right", _("Right")), ("both", _("Both sides")), ("middle", _("Middle"))]
USUAL_WEEKS = (2, 4, 6, 8, 12)
USUAL_MINUTES = (10, 15, 20, 30, 45, 60)


class LinesField(PlainTextField):
    """A few lines of plain text. A line break counts as one character, as it does in the browser."""

    def __init__(self, **options):
        super().__init__(lines=True, **options)
        self.widget.attrs |= {"rows": "2", "maxlength": str(self.max_length)}

    def to_python(self, value):
        text = super().to_python(value)
        return text.replace("\r\n", "\n").replace("\r", "\n") if text else text


def version_in(posted) -> int:
    """Return the version of the visit that the page showed; one that no visit has when the form does not say."""
    form = SeenForm(posted)
    return form.cleaned_data["version"] if form.is_valid() else STALE


def regions_for(treatment: Treatment) -> QuerySet[BodyRegion]:
    """Return where a treatment is given: its own regions, or all of them when none are named."""
    own = treatment.regions.all()
    return own if own.exists() else BodyRegion.objects.all()


class WhereForm(forms.Form):
    """Region and side, each a press of its own: what is not sent stays as it is."""

    region = forms.ModelChoiceField(
        queryset=BodyRegion.objects.none(), required=False, to_field_name="slug", widget=forms.RadioSelect
    )
    side = forms.ChoiceField(choices=SIDES, required=False, widget=forms.RadioSelect)

    def __init__(self, *args, regions: QuerySet[BodyRegion], **options):
        super().__init__(*args, **options)
        self.fields["region"].queryset = regions

    def said(self) -> dict:
        return {name: value for name, value in self.cleaned_data.items() if value}


class SideForm(WhereForm):
    """Region and side together, asked once before a procedure begins."""

    def __init__(self, *args, visit: Appointment, **options):
        super().__init__(*args, regions=regions_for(visit.treatment), **options)
        for name, missing in (("region", _("Choose where it is.")), ("side", _("Choose which side."))):
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = missing


class AnswerForm(forms.Form):
    """One readiness question, answered by one press. Which questions and choices there are, `readiness` knows."""

    question = forms.CharField(max_length=30)
    choice = forms.CharField(max_length=30)
    words = PlainTextField(max_length=120, required=False)


class PreparedForm(forms.Form):
    """A step of the preparation, ticked off or not."""

    step = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    done = forms.BooleanField(required=False)


class FinishForm(forms.Form):
    """How it went, and what comes next. Of the fields below `then` only those of the chosen one count."""

    # Which fields belong to which choice.
    DETAILS = {
        Kind.FOLLOW_UP: ("weeks",),
        Kind.TREATMENT: ("treatment", "treatment_weeks"),
        Kind.THERAPY: ("therapy", "therapy_weeks"),
    }

    outcome = LinesField(label=_("How it went, in two lines"), max_length=MOST_OUTCOME, required=False)
    then = forms.ChoiceField(
        label=_("What next"),
        required=False,
        choices=[
            ("", _("Nothing to say yet")),
            *((f"{Kind.FOLLOW_UP}-{weeks}", str(weeks)) for weeks in USUAL_WEEKS),
            *((kind, kind.label) for kind in Kind),
        ],
        error_messages={"invalid_choice": _("Choose one of these.")},
    )
    weeks = forms.IntegerField(label=_("In how many weeks"), required=False, min_value=0, max_value=MOST_WEEKS)
    treatment = forms.ModelChoiceField(
        label=_("Which treatment"), queryset=Treatment.objects.none(), required=False, to_field_name="slug"
    )
    treatment_weeks = forms.IntegerField(
        label=_("In how many weeks"), required=False, min_value=0, max_value=MOST_WEEKS
    )
    therapy = forms.ModelChoiceField(
        label=_("Which therapy"), queryset=Treatment.objects.none(), required=False, to_field_name="slug"
    )
    therapy_weeks = forms.IntegerField(label=_("In how many weeks"), required=False, min_value=0, max_value=MOST_WEEKS)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for name, role in (("treatment", Treatment.Role.PROCEDURE), ("therapy", Treatment.Role.THERAPY)):
            self.fields[name].queryset = Treatment.objects.active().filter(role=role)
            self.fields[name].empty_label = _("Choose")
        for name in ("weeks", "treatment_weeks", "therapy_weeks"):
            self.fields[name].widget.attrs |= {"inputmode": "numeric"}

    @classmethod
    def initial_of(cls, visit: Appointment, wanted: NextStep | None) -> dict:
        """Return what was said of a visit that is done already, as the form says it."""
        said = {"outcome": visit.outcome, "then": "", "treatment_weeks": 2, "therapy_weeks": 1}
        if wanted is None:
            return said
        if wanted.kind == Kind.FOLLOW_UP and wanted.weeks in USUAL_WEEKS:
            return said | {"then": f"{Kind.FOLLOW_UP}-{wanted.weeks}"}
        *which, weeks = cls.DETAILS.get(Kind(wanted.kind), [None])
        details = dict.fromkeys(which, wanted.treatment and wanted.treatment.slug)
        return said | details | {"then": wanted.kind, weeks: wanted.weeks}

    def clean(self):
        cleaned = super().clean()
        kind = cleaned.get("then", "")
        for choice, names in self.DETAILS.items():
            for name in names:
                self._check(name, is_needed=choice == kind)
        return cleaned

    def _check(self, name: str, *, is_needed: bool) -> None:
        """What was typed beside another choice is no mistake."""
        if not is_needed:
            self.errors.pop(name, None)
        elif name not in self.errors and self.cleaned_data.get(name) is None:
            is_number = name.endswith("weeks")
            self.add_error(name, _("Say in how many weeks.") if is_number else _("Choose which one."))

    def wanted(self) -> Next | None:
        """Return what comes next; None when nothing was said."""
        said = self.cleaned_data
        kind, _dash, weeks = said["then"].partition("-")
        if weeks:
            return Next(kind, int(weeks))
        match kind:
            case Kind.FOLLOW_UP:
                return Next(kind, said["weeks"])
            case Kind.TREATMENT | Kind.THERAPY:
                return Next(kind, said[f"{kind}_weeks"], said[kind])
        return Next(kind) if kind else None


class NoteForm(forms.Form):
    """A line to the desk, and what tells one sending of the page from another."""

    words = LinesField(
        label=_("Message to the desk"),
        max_length=MOST_WORDS,
        error_messages={"required": _("Write what the desk should know.")},
    )
    form_token = forms.CharField(max_length=64)

    @staticmethod
    def new_token() -> str:
        return secrets.token_urlsafe(24)


class LateForm(forms.Form):
    """How late, where, and whether patients hear of it. 0 minutes: on time again."""

    minutes = forms.IntegerField(
        min_value=0, max_value=MOST_MINUTES, error_messages={"required": _("Press how many minutes late you are.")}
    )
    location = forms.ModelChoiceField(
        label=_("Where"),
        queryset=Location.objects.none(),
        to_field_name="slug",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose where you are."), "invalid_choice": _("You are not there today.")},
    )
    notify = forms.BooleanField(required=False)

    def __init__(self, *args, places: QuerySet[Location], **options):
        super().__init__(*args, **options)
        self.fields["location"].queryset = places
