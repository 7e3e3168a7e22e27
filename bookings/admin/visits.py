"""The desk's own views of an appointment. Each reads a form, calls one verb, and says a refusal in words."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from bookings import access, outbox, scheduling
from bookings.desk import offering, phone, readying
from bookings.forms.amending import AmendForm, OfferForm
from bookings.forms.desk import DeclineForm, MoveForm, ReasonForm
from bookings.forms.walltime import wall_at
from bookings.models import Appointment
from treatments.templatetags.hours import clock, long_day

# Verbs of one press: POST alone changes something.
STEPS = {
    "approve": scheduling.approve,
    "accept": scheduling.accept,
    "confirm": scheduling.confirm,
    "check_in": scheduling.check_in,
    "room": scheduling.room,
    "start": scheduling.start,
    "finish": scheduling.finish,
    "miss": scheduling.miss,
    "undo": scheduling.undo,
}
STALE = -1  # no appointment has this version


class VisitViews:
    """Mixed into the appointment's admin."""

    # --- Adding ---------------------------------------------------------------------------------------------------

    def add_view(self, request, form_url="", extra_context=None):
        return self._booking(request, "bookings.add_appointment", _("New appointment"))

    def overbook_view(self, request):
        title = _("Overbook on purpose")
        return self._booking(request, "bookings.overbook_appointment", title, always_overbooks=True)

    def _booking(self, request, permission, title, **options):
        """The booking panel's form as a page of the admin, which leads back to the day when it has booked."""
        _require(request, permission)
        now = timezone.now()
        filled = phone.read(request, now=now, **options)
        if filled.visit is not None:
            messages.success(request, _("Booked: %(who)s, %(when)s.") % _said(filled.visit))
            return redirect(_day_of(filled.visit))
        context = phone.shown(request, filled, now=now) | {"action": request.path, "alone": True}
        return self._page(request, "admin/bookings/appointment/book.html", title=title, **context)

    # --- One press ------------------------------------------------------------------------------------------------

    def step_view(self, request, pk, verb):
        visit = self._visit(request, pk)
        if request.method != "POST":  # such as after signing in again: nothing is changed by a GET
            return redirect("admin:bookings_appointment_change", pk)
        try:
            visit = STEPS[verb](
                visit, by=scheduling.By.staff(request.user), now=timezone.now(), version=_version(request)
            )
        except scheduling.SideMissing:
            return readying.ask_where(request, visit)
        except scheduling.Refused as refusal:
            messages.error(request, f"{visit.patient}: {refusal.message}")
        else:
            messages.success(request, f"{visit.patient}: {visit.get_status_display()}.")
        return HttpResponseRedirect(_back(request, visit))  # an address, never the name of a view

    # --- With a page of its own -----------------------------------------------------------------------------------

    def move_view(self, request, pk):
        return self._at_another_time(request, pk, "move", MoveForm, title=_("Move"), action=_("Move to"))

    def offer_view(self, request, pk):
        """Answer a request with another time."""
        title, action = _("Offer another time"), _("Offer")
        return self._at_another_time(request, pk, "offer", OfferForm, title=title, action=action)

    def _at_another_time(self, request, pk, verb, form_class, **words):
        visit = self._visit(request, pk)
        now = timezone.now()
        initial = {"location": visit.location_id, "clinician": visit.clinician_id, "version": visit.version}
        initial["when"] = wall_at(visit.start, visit.location.zone)
        data = _with_pick(request.POST) if request.method == "POST" else None
        form = form_class(data, initial=initial, treatment=visit.treatment)
        near = None
        if data is not None and form.is_valid():
            moved = self._try(request, form, verb, visit, form.slot, now=now)
            if moved:
                said = _("Offered: %(who)s, %(when)s.") if verb == "offer" else _("Moved: %(who)s, %(when)s.")
                return self._done(request, moved, said, form, now=now)
            near = offering.near(form.slot, now=now)
        return self._form_page(request, "move.html", form=form, visit=visit, near=near, **words)

    def cancel_view(self, request, pk):
        return self._with_reason(request, pk, "cancel", ReasonForm, _("Cancel this appointment"))

    def decline_view(self, request, pk):
        return self._with_reason(request, pk, "decline", DeclineForm, _("Decline this request"))

    def _with_reason(self, request, pk, verb, form_class, title):
        visit = self._visit(request, pk)
        now = timezone.now()
        form = form_class(request.POST if request.method == "POST" else None, initial={"version": visit.version})
        if request.method == "POST" and form.is_valid():
            ended = self._try(request, form, verb, visit, now=now)
            if ended:
                return self._done(request, ended, _("Canceled: %(who)s, %(when)s."), form, now=now)
        return self._form_page(request, "end.html", title=title, form=form, visit=visit)

    def amend_view(self, request, pk):
        """Correct region, side and reason. Nobody is told."""
        visit = self._visit(request, pk)
        posted = request.method == "POST"
        form = AmendForm(request.POST) if posted else AmendForm(initial=AmendForm.initial_of(visit))
        if posted and form.is_valid():
            details = {name: form.cleaned_data[name] for name in ("region", "side", "reason")}
            amended = self._try(request, form, "amend", visit, now=timezone.now(), **details)
            if amended:
                messages.success(request, _("Saved: %(who)s, %(when)s.") % _said(amended))
                return redirect("admin:bookings_appointment_change", pk)
        return self._form_page(request, "amend.html", title=_("Change details"), form=form, visit=visit)

    def _try(self, request, form, verb, *asked, now, **options):
        """Return what the verb made, or None with its refusal on the form.

        Whoever was slower is told who was quicker; what they typed stays, and their next press is about the visit as it is now.
        """
        options |= {
            name: form.cleaned_data[name] for name in ("reason", "notify", "version") if name in form.cleaned_data
        }
        try:
            return getattr(scheduling, verb)(*asked, by=scheduling.By.staff(request.user), now=now, **options)
        except scheduling.Changed as refusal:
            form.add_error(None, str(refusal.message))
            asked[0].refresh_from_db()
            form.data = form.data.copy()
            form.data["version"] = str(asked[0].version)
        except scheduling.Refused as refusal:
            form.add_error(phone.field_of(refusal) if verb in ("move", "offer") else None, str(refusal.message))
        return None

    def _done(self, request, visit, said, form, *, now):
        """Say what was done, and until when it can be taken back unheard."""
        words = [said % _said(visit)]
        if form.cleaned_data.get("notify", True):
            until = outbox.notice_due(now).astimezone(visit.location.zone)
            words.append(
                _("They hear of it at %(time)s; until then “Undo” takes it back unheard.") % {"time": clock(until)}
            )
        messages.success(request, " ".join(map(str, words)))
        return redirect(_day_of(visit))

    # --- Shared ---------------------------------------------------------------------------------------------------

    def _visit(self, request, pk) -> Appointment:
        _require(request, "bookings.change_appointment")
        rows = Appointment.objects.select_related("patient", "treatment", "clinician", "location")
        visit = get_object_or_404(rows, pk=pk)
        access.shows_patients(request, [visit.patient_id])
        return visit

    def _form_page(self, request, template, **context):
        return self._page(request, f"admin/bookings/appointment/{template}", **context)

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


def _said(visit) -> dict[str, str]:
    return {"who": str(visit.patient), "when": f"{long_day(visit.local_start)}, {clock(visit.local_start)}"}


# --- The time of a button ---------------------------------------------------------------------------------------------


def _with_pick(data):
    """Return the posted data with the time of the button that was pressed, if it was one of the times offered."""
    parts = data.get("pick", "").split("|")
    if len(parts) != len(("when", "location", "clinician")):
        return data
    data = data.copy()
    data["when"], data["location"], data["clinician"] = parts
    return data
