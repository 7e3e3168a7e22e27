"""One press that writes down what the patient has just said: an answer, region or side, a step of the preparation."""

from django.contrib import messages
from django.utils.translation import gettext as _

from bookings import preparation, readiness, scheduling
from bookings.forms.clinician import AnswerForm, PreparedForm, WhereForm, regions_for
from bookings.models import Appointment
from bookings.models.appointments import FREES_THE_TIME
from bookings.views.clinician_deeds import about_own_visit, how, press, refused, to_day, to_visit
from bookings.views.clinician_visit import visit_page


def open_visit(view):
    """For a press under `about_own_visit`: nothing more is written about a visit that was canceled or missed."""

    def checked(request, visit, *, now):
        if visit.status in FREES_THE_TIME:
            return _not_answered(request, visit, _("This visit was canceled or missed."), now=now)
        return view(request, visit, now=now)

    return checked


def _not_answered(request, visit: Appointment, why, *, now):
    """Say why nothing was written down. Words that were typed stay: on the page, for an address or a flash is no place for them."""
    typed = {name: request.POST.get(name, "") for name in ("question", "words")}
    messages.warning(request, str(why))
    return visit_page(request, visit, now=now, typed=typed) if typed["words"] else to_visit(visit)


def _back(request, visit: Appointment, *, now):
    """Lead back to the page of the visit, where the next question is; to the day, where that was pressed."""
    return to_day(visit, now=now) if request.POST.get("back") == "day" else to_visit(visit, part="#readiness")


@about_own_visit
@press
@open_visit
def answer(request, visit, *, now):
    """Write an answer to a readiness question down. The same press twice is the same answer."""
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _not_answered(request, visit, _wrong(form), now=now)
    said = form.cleaned_data
    try:
        readiness.answer(visit, said["question"], said["choice"], words=said["words"], user=request.user, now=now)
    except readiness.NotOfVisit as refusal:
        visit.refresh_from_db(fields=("status", "version"))
        return _not_answered(request, visit, refusal.message, now=now)
    return _back(request, visit, now=now)


@about_own_visit
@press
@open_visit
def where(request, visit, *, now):
    """Write region or side down, each by a press of its own."""
    form = WhereForm(request.POST, regions=regions_for(visit.treatment))
    if not form.is_valid() or not form.said():
        return refused(request, visit, scheduling.NotAllowed(_("Choose one of these.")))
    try:
        scheduling.amend(visit, **how(request, now=now), **form.said())
    except scheduling.Refused as refusal:
        visit.refresh_from_db(fields=("region", "side"))
        if any(getattr(visit, name) != value for name, value in form.said().items()):
            return refused(request, visit, refusal)
    return _back(request, visit, now=now)


@about_own_visit
@press
@open_visit
def prepared(request, visit, *, now):
    """Tick a step of the preparation off, or take the tick back."""
    form = PreparedForm(request.POST)
    step = form.cleaned_data["step"] if form.is_valid() else 0
    try:
        preparation.tick(visit, step, done=bool(form.cleaned_data.get("done")), user=request.user, now=now)
    except preparation.NotOfVisit as refusal:
        messages.warning(request, str(refusal.message))
    return to_visit(visit)


def _wrong(form) -> str:
    """Say what is wrong with the words typed beside an answer; the rest of the form is not typed by anybody."""
    errors = form.errors.get("words")
    return errors[0] if errors else _("Choose one of these.")
