"""One patient on one page: who they are, what was agreed, their visits and messages, and a quick edit."""

import datetime as dt
from typing import Any, NamedTuple

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings import access
from bookings.desk.entries import agreed, entries_of, kept_entry, newest, said
from bookings.desk.letters import Letter, letter_of
from bookings.forms.patients import QuickEditForm
from bookings.models import Message, NextStep, Patient, PossibleMatch
from bookings.models.appointments import FREES_THE_TIME
from bookings.worklists.clinicians import with_invitation

MOST_VISITS = 50
MOST_MESSAGES = 15
MOST_ENTRIES = 20


class Conflict(NamedTuple):
    """A field that somebody else has changed meanwhile. `typed` is None where this user has not touched it."""

    label: str
    before: str
    theirs: str
    typed: str | None


class Stale(NamedTuple):
    who: str
    at: dt.datetime
    conflicts: list[Conflict]


@require_http_methods(["GET", "POST", "HEAD"])
def patient(request, pk):
    """Show one patient; a POST is the quick edit. A merged entry is shown to be read, and leads to the one that is kept."""
    if not request.user.has_perm("bookings.change_appointment"):
        raise PermissionDenied
    now = timezone.now()
    shown = get_object_or_404(Patient.objects.select_related("merged_into__merged_into"), pk=pk)
    access.shows_patients(request, [shown.pk])
    may_edit = request.user.has_perm("bookings.change_patient") and shown.merged_into is None
    if request.method != "POST":
        form = _fresh_form(shown) if may_edit else None
        return _page(request, shown, form, now=now)
    if not may_edit:
        raise PermissionDenied
    form, stale = _save(shown, request.POST, now=now)
    if form.is_bound and form.is_valid():
        messages.success(request, _("Saved."))
        return redirect("admin:patient", shown.pk)
    return _page(request, shown, form, now=now, stale=stale)


# --- The quick edit -------------------------------------------------------------------------------------------------


def _fresh_form(shown: Patient) -> QuickEditForm:
    return QuickEditForm(instance=shown, initial={"seen": newest(shown)})


@transaction.atomic
def _save(shown: Patient, data, *, now: dt.datetime) -> tuple[QuickEditForm, Stale | None]:
    """Save what was typed, unless somebody was quicker: then return a form that holds what both have said."""
    current = Patient.objects.select_for_update().get(pk=shown.pk)
    theirs = agreed(current, QuickEditForm.EDITED)
    form = QuickEditForm(data, instance=current)
    if not form.is_valid():
        return form, None
    before = _as_seen(current, form.cleaned_data["seen"], theirs)
    if theirs == before:
        form.rewrite(now=now)
        return form, None
    current.refresh_from_db()  # cleaning has written what was typed onto the row
    typed = {name: form.cleaned_data[name] for name in QuickEditForm.EDITED}
    return _joined(current, before, theirs, typed), _stale(current, before, theirs, typed)


def _as_seen(current: Patient, seen: int | None, theirs: dict[str, Any]) -> dict[str, Any]:
    """Return what the entry said when the form was shown; nothing for a number that is none of its history.

    An imported patient has no history before the first change.
    """
    if newest(current) == (seen or 0):
        return theirs
    row = current.history.filter(history_id=seen).first() if seen else None
    return agreed(row, QuickEditForm.EDITED) if row else {}


def _joined(current: Patient, before: dict, theirs: dict, typed: dict) -> QuickEditForm:
    """Return the form with all this user has touched, and the newest values of all they have not."""
    touched = {name: value for name, value in typed.items() if value != before.get(name, ...)}
    return QuickEditForm(instance=current, initial=theirs | touched | {"seen": newest(current)})


def _stale(current: Patient, before: dict, theirs: dict, typed: dict) -> Stale:
    """Say who was quicker, and each field they have changed."""
    conflicts = [
        Conflict(
            label=QuickEditForm.base_fields[name].label,
            before=_in_words(name, before.get(name)),
            theirs=_in_words(name, theirs[name]),
            typed=None if typed[name] in (before.get(name, ...), theirs[name]) else _in_words(name, typed[name]),
        )
        for name in typed
        if theirs[name] != before.get(name, ...)
    ]
    last = current.history.select_related("history_user").first()
    who = str(last.history_user) if last and last.history_user else _("Somebody outside the desk")
    return Stale(who, last.history_date if last else current.created_at, conflicts)


def _in_words(name: str, value: Any) -> str:
    choices = dict(getattr(QuickEditForm.base_fields[name], "choices", ()))
    return said(choices.get(value, value))


# --- The page -------------------------------------------------------------------------------------------------------


def _page(request, shown: Patient, form, *, now: dt.datetime, stale: Stale | None = None):
    kept, others, matches = kept_entry(shown), list(shown.merged.all()), _matches(shown)
    access.shows_patients(request, [kept.pk, *(other.pk for other in others)])
    access.shows_patients(request, {pk for match in matches for pk in (match.patient_id, match.known_id)})
    ahead, past = _visits(shown, now=now)
    context = {
        "title": _("Patient"),
        "patient": shown,
        "kept": kept,
        "form": form,
        "stale": stale,
        "ahead": ahead,
        "past": past[:MOST_VISITS],
        "more_past": len(past) > MOST_VISITS,
        "letters": _letters(shown),
        "next_steps": list(with_invitation(NextStep.objects.open().filter(appointment__patient=shown))),
        "entries": entries_of(shown, most=MOST_ENTRIES),
        "others": others,
        "matches": matches,
        "now": now,
    }
    return TemplateResponse(request, "admin/patient.html", admin.site.each_context(request) | context)


def _visits(shown: Patient, *, now: dt.datetime):
    """Return the visits ahead, the next first, and those over, canceled or missed, the last first."""
    rows = shown.appointments.select_related("treatment", "clinician", "location")
    ahead = rows.keeping_time().filter(end__gt=now).order_by("start", "pk")
    past = rows.filter(Q(end__lte=now) | Q(status__in=FREES_THE_TIME)).order_by("-start", "-pk")
    return list(ahead[:MOST_VISITS]), list(past[: MOST_VISITS + 1])


def _letters(shown: Patient) -> list[Letter]:
    rows = Message.objects.filter(Q(patient=shown) | Q(appointment__patient=shown))
    found = rows.select_related("appointment__location", "asked_by")[:MOST_MESSAGES]
    return [letter_of(row) for row in found]


def _matches(shown: Patient) -> list[PossibleMatch]:
    """Return the open questions whether this is somebody else we know."""
    asked = Q(patient=shown) | Q(known=shown)
    return list(PossibleMatch.objects.filter(asked, decision="").select_related("patient", "known"))
