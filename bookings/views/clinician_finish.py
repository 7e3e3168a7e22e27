"""The end of a visit: how it went in two lines, and what comes next."""

from django.contrib import messages
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bookings import scheduling
from bookings.forms.clinician import USUAL_WEEKS, FinishForm
from bookings.models import Appointment, NextStep
from bookings.models.appointments import Status
from bookings.scheduling.refusals import diary_transaction
from bookings.views.clinician_acts import acts_of
from bookings.views.clinician_deeds import about_own_visit, how, to_day, to_visit
from bookings.views.clinician_pages import page

Kind = NextStep.Kind
# What the choices are called on the page.
WORDS = {
    "nothing": _("Nothing to say yet"),
    "unit": _("weeks"),
    "another": _("Other"),
    "treatment": _("A treatment"),
    "therapy": _("Physical therapy"),
    "discharge": _("Discharge: no further visit planned"),
}


@about_own_visit
def finish(request, visit, *, now):
    """End a visit, or say anew how one ended that is done: what was typed is kept until it is written down."""
    if request.method != "POST":
        if not _may_end(visit, now=now):
            return to_visit(visit)
        form = FinishForm(initial=FinishForm.initial_of(visit, next_of(visit)))
        return _page(request, visit, form, now=now)
    form = FinishForm(request.POST)
    if not form.is_valid():
        return _page(request, visit, form, now=now)
    said = {"outcome": form.cleaned_data["outcome"], "then": form.wanted()}
    try:
        if not is_said(visit, **said):
            _end(visit, **how(request, now=now), **said)
            messages.success(request, gettext("The visit is done."))
            return to_day(visit, now=now)
    except scheduling.Refused as refusal:
        visit.refresh_from_db(fields=("status", "status_at", "outcome", "version", "undo_until"))
        if not is_said(visit, **said):
            form.add_error(None, str(refusal.message))
            return _page(request, visit, form, now=now)
    messages.info(request, gettext("The visit is done already."))
    return to_day(visit, now=now)


def _may_end(visit: Appointment, *, now) -> bool:
    """Whether a visit can end now, be begun first, or be ended anew."""
    acts = acts_of(visit, now=now)
    return bool(acts.main) or (visit.status == Status.DONE and acts.may_undo)


def next_of(visit: Appointment) -> NextStep | None:
    """Return what was to come after a visit that is done."""
    return visit.next_steps.filter(withdrawn_at=None).select_related("treatment").first()


def is_said(visit: Appointment, *, outcome: str, then: scheduling.Next | None) -> bool:
    """Whether a visit is done and says just this: a form sent twice has nothing left to do."""
    if visit.status != Status.DONE or visit.outcome != outcome:
        return False
    made = next_of(visit)
    if made is None or then is None:
        return made is None and then is None
    same_treatment = then.treatment is None or then.treatment == made.treatment
    return (made.kind, made.weeks) == (then.kind, then.weeks) and same_treatment


def _end(visit: Appointment, *, by, now, version, **said) -> None:
    """End a visit. One that is done already, such as by the desk, is ended anew: its first end is taken back in the same step."""
    with diary_transaction():
        if visit.status == Status.DONE:
            visit = scheduling.undo(visit, by=by, now=now, version=version)
            version = visit.version
        scheduling.finish(visit, by=by, now=now, version=version, **said)


def _page(request, visit, form, *, now):
    usual = [(f"{Kind.FOLLOW_UP}-{weeks}", weeks) for weeks in USUAL_WEEKS]
    return page(request, "finish", visit, form=form, usual=usual, words=WORDS, now=now)
