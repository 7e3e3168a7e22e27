"""The desk's own views of an appointment. Each reads a form, calls one verb, and says a refusal in words."""

import datetime as dt

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from bookings import access, availability, scheduling
from bookings.forms.desk import BookForm, DeclineForm, MoveForm, OverbookForm, ReasonForm
from bookings.forms.walltime import wall_at
from bookings.models import Appointment
from treatments.models import Clinician, Location, Treatment

# Verbs of one press: POST alone changes something.
STEPS = {
    "approve": scheduling.approve,
    "confirm": scheduling.confirm,
    "check_in": scheduling.check_in,
    "room": scheduling.room,
    "start": scheduling.start,
    "finish": scheduling.finish,
    "miss": scheduling.miss,
    "undo": scheduling.undo,
}
STALE = -1  # no appointment has this version
NEAR_DAYS, NEAR_COUNT = 14, 4


class VisitViews:
    """Mixed into the appointment's admin."""

    # --- Adding ---------------------------------------------------------------------------------------------------

    def add_view(self, request, form_url="", extra_context=None):
        return self._booking(request, BookForm, scheduling.book, "bookings.add_appointment", _("New appointment"))

    def overbook_view(self, request):
        return self._booking(
            request, OverbookForm, scheduling.overbook, "bookings.overbook_appointment", _("Overbook on purpose")
        )

    def _booking(self, request, form_class, verb, permission, title):
        _require(request, permission)
        now = timezone.now()
        if request.method != "POST":
            form = form_class(initial=_asked_for(request.GET), now=now)
            return self._booking_page(request, form, title)
        if "look" in request.POST:
            return self._look(request, form_class, title, now)
        form = form_class(_with_pick(request.POST), now=now)
        if not form.is_valid():
            return self._booking_page(request, form, title)
        who = {"patient": form.get_patient(), "by": scheduling.By.staff(request.user), "now": now}
        try:
            visit = verb(form.slot, **who, **form.answers())
        except scheduling.Refused as refusal:
            form.add_error(_field_of(refusal), str(refusal.message))
            near = _near(form.slot, now=now) if form_class is BookForm else None
            return self._booking_page(request, form, title, near=near)
        messages.success(request, _("Booked: %(who)s, %(when)s.") % _said(visit))
        return redirect(_day_of(visit))

    def _look(self, request, form_class, title, now):
        """Find patients or free times for what is typed so far, without a word about what is still missing."""
        typed = {name: request.POST.get(name, "") for name in form_class.base_fields}
        form, near = form_class(initial=typed, now=now), None
        if request.POST["look"] == "times":
            asked = form_class(request.POST, now=now)
            asked.is_valid()
            near = _near_asked(asked.cleaned_data, now=now)
        return self._booking_page(request, form, title, near=near, looked=request.POST["look"])

    def _booking_page(self, request, form, title, **context):
        access.shows_patients(request, [patient.pk for patient in form.fields["patient"].queryset])
        return self._page(request, "admin/bookings/appointment/book.html", title=title, form=form, **context)

    # --- One press ------------------------------------------------------------------------------------------------

    def step_view(self, request, pk, verb):
        visit = self._visit(request, pk)
        if request.method != "POST":  # such as after signing in again: nothing is changed by a GET
            return redirect("admin:bookings_appointment_change", pk)
        try:
            visit = STEPS[verb](
                visit, by=scheduling.By.staff(request.user), now=timezone.now(), version=_version(request)
            )
        except scheduling.Refused as refusal:
            messages.error(request, f"{visit.patient}: {refusal.message}")
        else:
            messages.success(request, f"{visit.patient}: {visit.get_status_display()}.")
        return HttpResponseRedirect(_back(request, visit))  # an address, never the name of a view

    # --- With a page of its own -----------------------------------------------------------------------------------

    def move_view(self, request, pk):
        visit = self._visit(request, pk)
        now = timezone.now()
        initial = {"location": visit.location_id, "clinician": visit.clinician_id, "version": visit.version}
        initial["when"] = wall_at(visit.start, visit.location.zone)
        data = _with_pick(request.POST) if request.method == "POST" else None
        form = MoveForm(data, initial=initial, treatment=visit.treatment)
        near = None
        if data is not None and form.is_valid():
            moved = self._try(request, form, "move", visit, form.slot, version=form.cleaned_data["version"], now=now)
            if moved:
                messages.success(request, _("Moved: %(who)s, %(when)s.") % _said(moved))
                return redirect(_day_of(moved))
            near = _near(form.slot, now=now)
        return self._page(
            request, "admin/bookings/appointment/move.html", title=_("Move"), form=form, visit=visit, near=near
        )

    def cancel_view(self, request, pk):
        return self._with_reason(request, pk, "cancel", ReasonForm, _("Cancel this appointment"))

    def decline_view(self, request, pk):
        return self._with_reason(request, pk, "decline", DeclineForm, _("Decline this request"))

    def _with_reason(self, request, pk, verb, form_class, title):
        visit = self._visit(request, pk)
        form = form_class(request.POST if request.method == "POST" else None, initial={"version": visit.version})
        if request.method == "POST" and form.is_valid():
            ended = self._try(request, form, verb, visit, version=form.cleaned_data["version"], now=timezone.now())
            if ended:
                messages.success(request, _("Canceled: %(who)s, %(when)s.") % _said(ended))
                return redirect(_day_of(ended))
        return self._page(
            request, "admin/bookings/appointment/end.html", title=title, form=form, visit=visit, verb=verb
        )

    def _try(self, request, form, verb, *asked, now, **options):
        """Return what the verb made, or None with its refusal on the form."""
        options |= {name: form.cleaned_data[name] for name in ("reason", "notify") if name in form.cleaned_data}
        try:
            return getattr(scheduling, verb)(*asked, by=scheduling.By.staff(request.user), now=now, **options)
        except scheduling.Refused as refusal:
            form.add_error(_field_of(refusal) if verb == "move" else None, str(refusal.message))
            return None

    # --- Shared ---------------------------------------------------------------------------------------------------

    def _visit(self, request, pk) -> Appointment:
        _require(request, "bookings.change_appointment")
        rows = Appointment.objects.select_related("patient", "treatment", "clinician", "location")
        visit = get_object_or_404(rows, pk=pk)
        access.shows_patients(request, [visit.patient_id])
        return visit

    def _page(self, request, template, **context):
        return TemplateResponse(
            request, template, {**self.admin_site.each_context(request), "opts": self.opts, **context}
        )


def _require(request, permission):
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _version(request) -> int:
    typed = request.POST.get("version", "")
    return int(typed) if typed.isdecimal() and len(typed) < 10 else STALE


def _back(request, visit) -> str:
    """Return to the page the button stood on, when that is one of ours."""
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return target
    return reverse("admin:bookings_appointment_change", args=[visit.pk])


def _day_of(visit) -> str:
    return f"{reverse('admin:day', args=[visit.local_start.date()])}?location={visit.location.slug}"


def _field_of(refusal) -> str | None:
    """Return the field a refusal is said at: the time, or the form as a whole."""
    return "when" if isinstance(refusal, scheduling.Taken | scheduling.NotOffered) else None


def _said(visit) -> dict[str, str]:
    return {"who": str(visit.patient), "when": date_format(visit.local_start, "DATETIME_FORMAT")}


# --- Times near the one asked for -------------------------------------------------------------------------------------


def _near(slot: scheduling.Slot, *, now: dt.datetime) -> list[availability.FreeTime]:
    """Return a few free times near the slot's, from now on, in order of time. The desk knows no notice and no horizon."""
    wanted = max(slot.start, now)
    zone = slot.location.zone
    first = max(wanted.astimezone(zone).date() - dt.timedelta(days=2), now.astimezone(zone).date())
    where = {"clinician": slot.clinician, "location": slot.location, "by_staff": True}
    days = availability.free_times(slot.treatment, first=first, days=NEAR_DAYS, now=now, **where)
    times = {time.start_minute: time for day in days for time in reversed(day.times) if time.start >= now}
    closest = sorted(times.values(), key=lambda time: (abs(time.start - wanted), time.start_minute))
    return sorted(closest[:NEAR_COUNT], key=lambda time: time.start_minute)


def _near_asked(asked: dict, *, now: dt.datetime) -> list[availability.FreeTime] | None:
    """As `_near`, for a form filled in so far: from now on where no time is typed. None without treatment and location."""
    if not asked.get("treatment") or not asked.get("location"):
        return None
    return _near(
        scheduling.Slot(asked["treatment"], asked.get("start") or now, asked["location"], asked.get("clinician")),
        now=now,
    )


def _with_pick(data):
    """Return the posted data with the time of the button that was pressed, if it was one of the times offered."""
    parts = data.get("pick", "").split("|")
    if len(parts) != len(("when", "location", "clinician")):
        return data
    data = data.copy()
    data["when"], data["location"], data["clinician"] = parts
    return data


def _asked_for(query) -> dict:
    """Return what an address may fill in: a place and a clinician by their public names, a time, a patient by number."""
    place = _named(Location, query["location"]) if "location" in query else Location.objects.active().first()
    person = _named(Clinician, query.get("clinician", ""))
    treatment = _named(Treatment, query.get("treatment", ""))
    found = {"location": place, "clinician": person, "treatment": treatment}
    initial = {name: row.pk for name, row in found.items() if row is not None}
    return initial | {name: query[name] for name in ("when", "patient") if name in query}


def _named(model, slug: str):
    """Return the active row of a slug, or None. PostgreSQL cannot even be asked for a NUL."""
    return model.objects.active().filter(slug=slug.replace("\x00", "\ufffd")).first()
