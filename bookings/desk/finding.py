"""One search over patients and appointments, from every page of the admin."""

from itertools import islice
from typing import NamedTuple

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings import access
from bookings.desk.entries import kept_entry
from bookings.forms.finding import FindForm, patients_like
from bookings.models import Appointment, Patient

MOST_SHOWN = 25
MOST_READ = 50  # entries: a person can have more than one


class Person(NamedTuple):
    """A patient among the results. `other_names`: how the entries that were merged into this one call them."""

    patient: Patient
    other_names: list[str]
    next_visit: Appointment | None


class Findings(NamedTuple):
    people: list[Person]
    visits: list[Appointment]
    more_people: bool
    more_visits: bool

    @property
    def patients(self) -> set[int]:
        """The numbers of all who are shown."""
        return {person.patient.pk for person in self.people} | {visit.patient_id for visit in self.visits}


@require_http_methods(["GET", "POST", "HEAD"])
def find(request):
    """Show who and what fits what was posted; the only one there is, at once. A GET shows the empty box."""
    if not request.user.has_perm("bookings.change_appointment"):
        raise PermissionDenied
    form = FindForm(request.POST if request.method == "POST" else None)
    findings = None
    if form.is_valid():
        findings = found(form.cleaned_data["find"], now=timezone.now())
        if len(findings.patients) == 1:
            return _straight_there(request, findings)
        access.shows_patients(request, findings.patients)
    context = {"title": _("Find"), "find_form": form, "findings": findings, "most": MOST_SHOWN}
    return TemplateResponse(request, "admin/find.html", admin.site.each_context(request) | context)


def found(text: str, *, now) -> Findings:
    """Return the first patients by name, and their appointments or the one of a reference: those ahead first."""
    entries = list(
        Patient.objects.filter(patients_like(text)).select_related("merged_into__merged_into")[: MOST_READ + 1]
    )
    kept = _by_kept_entry(entries[:MOST_READ])
    visits = _visits(Q(patient__in=entries[:MOST_READ]) | Q(reference=text.strip().upper()), now=now)
    next_visits = _next_visits(list(kept)[:MOST_SHOWN], now=now)
    people = [Person(patient, names, next_visits.get(patient.pk)) for patient, names in kept.items()]
    more = len(people) > MOST_SHOWN or len(entries) > MOST_READ
    return Findings(people[:MOST_SHOWN], visits[:MOST_SHOWN], more, len(visits) > MOST_SHOWN)


def _by_kept_entry(entries) -> dict[Patient, list[str]]:
    """Return each person once, with the names of their other entries that were found."""
    kept: dict[Patient, list[str]] = {}
    for entry in entries:
        names = kept.setdefault(kept_entry(entry), [])
        if entry.merged_into:
            names.append(str(entry))
    return kept


def _visits(condition: Q, *, now) -> list[Appointment]:
    rows = Appointment.objects.filter(condition).select_related("patient", "treatment", "clinician", "location")
    ahead = list(rows.filter(end__gt=now).order_by("start", "pk")[: MOST_SHOWN + 1])
    over = rows.filter(end__lte=now).order_by("-start", "-pk")[: MOST_SHOWN + 1 - len(ahead)]
    return [*ahead, *over]


def _next_visits(patients: list[Patient], *, now) -> dict[int, Appointment]:
    """Return the next visit of each patient (pk) who has one ahead."""
    ahead = Appointment.objects.expected().filter(patient__in=patients, end__gt=now).order_by("-start", "-pk")
    return {visit.patient_id: visit for visit in ahead.select_related("treatment", "clinician", "location")}


def _straight_there(request, findings: Findings):
    """Go to the page of the only person found; to their visit on it, when a reference was typed."""
    (pk,) = findings.patients
    for name in islice((name for person in findings.people for name in person.other_names), 1):
        messages.info(request, _("“%(name)s” is another entry of this person.") % {"name": name})
    address = reverse("admin:patient", args=[pk])
    return redirect(address if findings.people else f"{address}#visit-{findings.visits[0].pk}")
