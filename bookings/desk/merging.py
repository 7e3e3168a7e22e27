"""Two entries of one person become one, and nothing is lost."""

from typing import Any, NamedTuple

from django.contrib import admin, messages
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from bookings import access, scheduling
from bookings.models import Appointment, Patient, PossibleMatch
from bookings.scheduling.merging import BOTH, CHOSEN, OTHER, TEXTS, overlaps
from treatments.templatetags.hours import plain_date

SIDES = (
    "known",
    "patient",
)  # as the page shows them: the known entry first, and it stays unless somebody says otherwise

MOST_VISITS = 8
# Goes with another field, and is no choice of its own.
TOLD = (
    *("sms_consent_at", "sms_stopped_at", "message_channel", "reminders_off_at"),
    *("privacy_notice_at", "email_refused_at", "created_at"),
)


class Line(NamedTuple):
    """A field of both entries. `picked`: the side that is chosen, or "both"; empty where there is no choice."""

    name: str
    label: Any
    known: str
    patient: str
    picked: str
    may_be_both: bool

    @property
    def is_different(self) -> bool:
        return self.known != self.patient


class Entry(NamedTuple):
    """One side of the page."""

    side: str
    title: Any
    patient: Patient
    stays: bool
    visits: list[Appointment]
    more: int


@require_http_methods(["GET", "HEAD", "POST"])
def merge(request, pk: int):
    """Show both entries side by side, or merge them as chosen."""
    if not request.user.has_perm("bookings.merge_patient"):
        raise PermissionDenied
    match = get_object_or_404(PossibleMatch.objects.select_related("patient", "known"), pk=pk)
    access.shows_patients(request, [match.patient_id, match.known_id])
    if request.method != "POST":
        return _page(request, match)
    return _merged(request, match)


def _merged(request, match: PossibleMatch):
    stays = request.POST.get("keep")
    if stays not in SIDES:
        return _page(request, match, refused=_("Choose which of the two entries stays."))
    goes = _other(stays)
    old, kept = getattr(match, goes), getattr(match, stays)
    by, take = scheduling.By.staff(request.user), _taken(request.POST, goes)
    try:
        kept = scheduling.merge(old, kept, by=by, now=timezone.now(), take=take)
    except scheduling.Refused as refusal:
        match.refresh_from_db()
        return _page(request, match, refused=refusal.message)
    messages.success(request, _("One entry now: %(name)s. The other one can still be read.") % {"name": kept})
    return redirect("admin:patient", kept.pk)


def _taken(data, goes: str) -> dict[str, str]:
    """Return what the verb takes from elsewhere than the entry that stays."""
    picked = {name: data.get(f"pick_{name}", "") for name in CHOSEN}
    found = {name: OTHER for name, side in picked.items() if side == goes}
    return found | {name: BOTH for name, side in picked.items() if side == BOTH and name in TEXTS}


def _page(request, match: PossibleMatch, *, refused=""):
    stays = request.POST.get("keep") if request.POST.get("keep") in SIDES else "known"
    context = {
        "title": _("One person, or two?"),
        "match": match,
        "entries": [_entry(match, side, stays=stays) for side in SIDES],
        "lines": [_line(match, name, request.POST) for name in CHOSEN],
        "told": [_line(match, name, {}) for name in TOLD],
        "overlaps": overlaps(match.patient, match.known),
        "is_merged": bool(match.patient.merged_into_id or match.known.merged_into_id),
        "refused": refused,
    }
    return TemplateResponse(request, "admin/merge.html", admin.site.each_context(request) | context)


def _entry(match: PossibleMatch, side: str, *, stays: str) -> Entry:
    patient = getattr(match, side)
    rows = patient.appointments.select_related("treatment", "clinician", "location").order_by("-start", "-pk")
    visits = list(rows[: MOST_VISITS + 1])
    more = rows.count() - MOST_VISITS if len(visits) > MOST_VISITS else 0
    title = _("New entry") if side == "patient" else _("Known patient")
    return Entry(side, title, patient, stays == side, visits[:MOST_VISITS], more)


def _line(match: PossibleMatch, name: str, data) -> Line:
    said = {side: _said(getattr(match, side), name) for side in SIDES}
    label = label_for_field(name, Patient)
    may_be_both = name in TEXTS
    picked = ""
    if said["known"] != said["patient"] and all(said.values()):
        picked = data.get(f"pick_{name}") or (BOTH if may_be_both else "known")
    return Line(name, label, said["known"], said["patient"], picked, may_be_both)


def _said(patient: Patient, name: str) -> str:
    value = getattr(patient, name)
    if name == "phone":
        return value.as_national if value else ""
    if name == "date_of_birth":
        return plain_date(value)
    if name.endswith("_at"):
        return plain_date(timezone.localtime(value)) if value else ""
    shown = getattr(patient, f"get_{name}_display", None)
    return str(shown() if shown else value)


def _other(side: str) -> str:
    return SIDES[1 - SIDES.index(side)]
