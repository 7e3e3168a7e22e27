"""Patients, two entries that may be one person, and people who asked us to call."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.admin.showing import DeskAdmin, OneControl, Remembers, RowsToRead, ShowsPatients, local_time, status_chip
from bookings.forms.finding import patients_like
from bookings.models import Appointment, CallbackRequest, Patient, PossibleMatch


class PatientForm(forms.ModelForm):
    sms_consent = forms.BooleanField(label=_("Agreed to text messages"), required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.initial["sms_consent"] = self.instance.sms_consent_at is not None

    def stamp(self, *, now):
        """Write when things were agreed: consent from now on, or taken back; a new address has not been refused yet."""
        patient = self.instance
        if self.cleaned_data["sms_consent"] != (patient.sms_consent_at is not None):
            patient.sms_consent_at = now if self.cleaned_data["sms_consent"] else None
        if "email" in self.changed_data:
            patient.email_refused_at = None
        patient.created_at = patient.created_at or now


class VisitsOfPatient(RowsToRead):
    model = Appointment
    verbose_name_plural = _("Appointments")
    fields = readonly_fields = ["when", "treatment", "clinician", "location", "chip"]
    ordering = ["-start", "-pk"]
    show_change_link = True

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("treatment", "clinician", "location")

    @admin.display(description=_("when"))
    def when(self, visit):
        return local_time(visit.start, visit.location)

    @admin.display(description=_("status"))
    def chip(self, visit):
        return status_chip(visit)


@admin.register(Patient)
class PatientAdmin(ShowsPatients, OneControl, Remembers, DeskAdmin):
    form = PatientForm
    list_display = ["last_name", "first_name", "date_of_birth", "phone", "email"]
    list_display_links = ["last_name", "first_name"]
    search_fields = ["last_name"]  # shows the search box; what it finds is `patients_like`
    search_help_text = _("Name, phone or date of birth (1980-05-17 or 5/17/1980); three characters at least.")
    readonly_fields = ["privacy_notice_at", "email_refused_at", "created_at"]
    fieldsets = [
        (None, {"fields": ["first_name", "last_name", "date_of_birth"]}),
        (_("How to reach them"), {"fields": ["phone", "sms_consent", "email", "email_refused_at", "language"]}),
        (_("What they told us"), {"fields": ["access_needs", "coverage", "privacy_notice_at", "created_at"]}),
    ]
    inlines = [VisitsOfPatient]

    def patients_of(self, row):
        return {row.pk}

    def get_search_results(self, request, queryset, search_term):
        return (queryset.filter(patients_like(search_term)) if search_term.strip() else queryset), False

    def has_delete_permission(self, request, obj=None):
        """Somebody with appointments stays: the diary points at them."""
        free = obj is None or not obj.appointments.exists()
        return free and super().has_delete_permission(request, obj)

    def get_actions(self, request):
        return {}

    def save_model(self, request, obj, form, change):
        form.stamp(now=timezone.now())
        super().save_model(request, obj, form, change)


@admin.register(PossibleMatch)
class PossibleMatchAdmin(ShowsPatients, DeskAdmin):
    """The desk decides whether two entries are one person. Both entries stay; the decision is written down."""

    list_display = ["created_at", "patient", "new_born", "known", "known_born", "reason", "decision"]
    list_filter = [("decision", admin.ChoicesFieldListFilter)]
    list_select_related = ["patient", "known"]
    fields = ["new_entry", "known_entry", "reason", "created_at", "decision", "decided_at", "decided_by"]
    readonly_fields = ["new_entry", "known_entry", "reason", "created_at", "decided_at", "decided_by"]
    radio_fields = {"decision": admin.VERTICAL}
    actions = None

    def patients_of(self, row):
        return {row.patient_id, row.known_id}

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=_("born"))
    def new_born(self, match):
        return match.patient.date_of_birth

    @admin.display(description=_("born"))
    def known_born(self, match):
        return match.known.date_of_birth

    @admin.display(description=_("new entry"))
    def new_entry(self, match):
        return _facts(match.patient)

    @admin.display(description=_("known patient"))
    def known_entry(self, match):
        return _facts(match.known)

    def save_model(self, request, obj, form, change):
        decided = bool(obj.decision)
        obj.decided_at = timezone.now() if decided else None
        obj.decided_by = request.user if decided else None
        super().save_model(request, obj, form, change)


def _facts(patient: Patient) -> str:
    phone = patient.phone.as_national if patient.phone else ""
    return ", ".join(filter(None, [str(patient), str(patient.date_of_birth or ""), phone, patient.email]))


@admin.register(CallbackRequest)
class CallbackRequestAdmin(DeskAdmin):
    list_display = ["created_at", "name", "phone", "best_time", "location", "note", "done_at", "done_by"]
    list_display_links = ["created_at", "name"]
    list_filter = [("done_at", admin.EmptyFieldListFilter), "best_time"]
    list_select_related = ["location", "done_by"]
    fields = ["name", "phone", "best_time", "location", "note", "created_at", "done_at", "done_by"]
    readonly_fields = ["created_at", "done_at", "done_by"]
    actions = None

    def get_urls(self):
        called = path(
            "<int:pk>/called/", self.admin_site.admin_view(self.called), name="bookings_callbackrequest_called"
        )
        return [called, *super().get_urls()]

    def called(self, request, pk):
        """Mark as called, once; a GET changes nothing."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        call = get_object_or_404(CallbackRequest, pk=pk)
        if request.method != "POST":
            return redirect("admin:bookings_callbackrequest_change", pk)
        rows = CallbackRequest.objects.filter(pk=call.pk, done_at=None)
        if rows.update(done_at=timezone.now(), done_by=request.user):
            messages.success(request, _("Called: %(name)s.") % {"name": call.name})
        return redirect(reverse("admin:worklist", args=["calls"]))

    def save_model(self, request, obj, form, change):
        obj.created_at = obj.created_at or timezone.now()
        super().save_model(request, obj, form, change)
