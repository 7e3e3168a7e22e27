"""Patients, two entries that may be one person, and people who asked us to call."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from bookings.admin.showing import (
    DeskAdmin,
    OneControl,
    Remembers,
    RowsToRead,
    ShowsPatients,
    local_time,
    patient_link,
    status_chip,
)
from bookings.desk.entries import kept_entry
from bookings.forms.patients import PatientForm
from bookings.models import Appointment, CallbackRequest, Patient, PossibleMatch


class EntriesFilter(admin.SimpleListFilter):
    """One entry a person, unless somebody asks for those that were merged."""

    title = _("entries")
    parameter_name = "entries"

    def lookups(self, request, model_admin):
        return [("merged", _("merged into another")), ("all", _("all"))]

    def choices(self, changelist):
        first, *rest = super().choices(changelist)
        return [first | {"display": _("one a person")}, *rest]

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset
        return queryset.exclude(merged_into=None) if self.value() == "merged" else queryset.current()


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
    list_display = ["person", "date_of_birth", "phone", "email", "alert"]
    list_display_links = None  # the name leads to the patient's page
    search_fields = []  # the search of the header posts: no name stands in an address
    list_filter = [EntriesFilter]
    list_select_related = ["merged_into__merged_into"]
    readonly_fields = ["privacy_notice_at", "email_refused_at", "sms_stopped_at", "created_at"]
    fieldsets = [
        (None, {"fields": ["first_name", "last_name", "date_of_birth", "alert"]}),
        (
            _("How to reach them"),
            {"fields": ["phone", "sms_consent", "sms_stopped_at", "email", "email_refused_at", "reminders_off"]},
        ),
        (_("How we write"), {"fields": ["message_channel", "language"]}),
        (_("What they told us"), {"fields": ["access_needs", "coverage", "privacy_notice_at", "created_at"]}),
    ]
    inlines = [VisitsOfPatient]

    def patients_of(self, row):
        return {row.pk, kept_entry(row).pk}

    @admin.display(description=_("name"), ordering="last_name")
    def person(self, patient):
        link = patient_link(patient)
        if patient.merged_into is None:
            return link
        return format_html("{}<br>{} {}", link, _("the same person as"), patient_link(kept_entry(patient)))

    def has_change_permission(self, request, obj=None):
        """A merged entry is kept as it was."""
        merged = obj is not None and obj.merged_into_id is not None
        return not merged and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        """Somebody with appointments stays: the diary points at them. So do entries that were merged, and the kept ones."""
        free = obj is None or not (obj.appointments.exists() or obj.merged_into_id or obj.merged.exists())
        return free and super().has_delete_permission(request, obj)

    def get_actions(self, request):
        return {}

    def save_model(self, request, obj, form, change):
        """How a known patient is reached is changed in one place, where messages that wait follow; a new one is stamped."""
        if change:
            form.rewrite(now=timezone.now())
            return
        form.stamp(now=timezone.now())
        super().save_model(request, obj, form, change)


@admin.register(PossibleMatch)
class PossibleMatchAdmin(ShowsPatients, DeskAdmin):
    """The desk decides whether two entries are one person: `merge` makes them one, and “different” is remembered."""

    list_display = ["created_at", "patient", "new_born", "known", "known_born", "reason", "decision"]
    list_filter = [("decision", admin.ChoicesFieldListFilter)]
    list_select_related = ["patient", "known"]
    fields = ["new_entry", "known_entry", "reason", "created_at", "compare", "decision", "decided_at", "decided_by"]
    readonly_fields = ["new_entry", "known_entry", "reason", "created_at", "compare", "decided_at", "decided_by"]
    radio_fields = {"decision": admin.VERTICAL}
    actions = None

    def get_urls(self):
        view = self.admin_site.admin_view(self.different)
        return [path("<int:pk>/different/", view, name="bookings_possiblematch_different"), *super().get_urls()]

    def different(self, request, pk):
        """Remember that these are two people; a GET changes nothing."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        match = get_object_or_404(PossibleMatch, pk=pk)
        if request.method != "POST":
            return redirect("admin:bookings_possiblematch_change", pk)
        decided = {"decision": PossibleMatch.Decision.DIFFERENT, "decided_at": timezone.now()}
        if PossibleMatch.objects.filter(pk=match.pk, decision="").update(**decided, decided_by=request.user):
            messages.success(request, _("Different people: that is remembered."))
        return redirect("admin:worklist", "matches")

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

    @admin.display(description=_("side by side"))
    def compare(self, match):
        return format_html('<a href="{}">{}</a>', reverse("admin:merge", args=[match.pk]), _("Compare and merge"))

    def get_readonly_fields(self, request, obj=None):
        """What was merged stays merged."""
        is_one = obj is not None and obj.decision == PossibleMatch.Decision.SAME
        return [*self.readonly_fields, "decision"] if is_one else self.readonly_fields

    def formfield_for_choice_field(self, db_field, request, **options):
        """Offer what a form can decide: two entries become one on the page that compares them."""
        different = PossibleMatch.Decision.DIFFERENT
        choices = [("", _("not decided")), (different.value, different.label)]
        return super().formfield_for_choice_field(db_field, request, choices=choices, **options)

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
