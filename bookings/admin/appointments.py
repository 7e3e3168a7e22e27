"""Appointments in the admin: found, filtered, read; changed only by the desk's own views (`visits`)."""

import datetime as dt

from django.contrib import admin
from django.db.models import Q
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings import scheduling
from bookings.admin.bulk import BulkActions
from bookings.admin.showing import (
    DeskAdmin,
    ReadOnly,
    RowsToRead,
    ShowsPatients,
    local_time,
    patient_link,
    status_chip,
)
from bookings.admin.visits import STEPS, VisitViews
from bookings.desk.letters import letters_about
from bookings.models import Appointment, AppointmentEvent
from bookings.worklists.moves import PAGES, moves_of
from treatments.templatetags.hours import plain_date

A_WEEK = 7


class DayFilter(admin.SimpleListFilter):
    """Days as the wall clock of each location has them."""

    title = _("day")
    parameter_name = "day"

    def lookups(self, request, model_admin):
        return [
            ("today", _("today")),
            ("tomorrow", _("tomorrow")),
            ("week", _("the next seven days")),
            ("past", _("before today")),
        ]

    def queryset(self, request, queryset):
        today = timezone.localdate()
        if self.value() == "past":
            return queryset.filter(start__lt=timezone.now()).exclude(Q(pk__in=queryset.on_dates(today).values("pk")))
        first, days = {"today": (0, 1), "tomorrow": (1, 1), "week": (0, A_WEEK)}.get(self.value(), (0, 0))
        return queryset.on_dates(today + dt.timedelta(days=first), days) if days else queryset


class EventsInline(RowsToRead):
    model = AppointmentEvent
    verbose_name_plural = _("What happened")
    fields = readonly_fields = ["at", "verb", "status_before", "status_after", "actor", "user"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("user")


@admin.register(Appointment)
class AppointmentAdmin(BulkActions, VisitViews, ShowsPatients, ReadOnly, DeskAdmin):
    list_display = ["starts", "person", "born", "treatment", "with_whom", "location", "chip"]
    list_filter = [DayFilter, "status", "clinician", "location"]
    list_select_related = ["patient", "treatment", "clinician", "location"]
    list_display_links = ["starts"]
    search_fields = []  # the search of the header posts: no name stands in an address
    ordering = ["-start", "-pk"]
    change_form_template = "admin/bookings/appointment/detail.html"
    fieldsets = [
        (None, {"fields": ["chip", "when", "arrive", "person", "born", "phone", "alert"]}),
        (
            _("Visit"),
            {"fields": ["treatment", "clinician", "location", "region", "side", "treatment_wanted", "reason"]},
        ),
        (_("How it came"), {"fields": ["source", "article", "created_at", "decide_by", "confirmed_at", "to_phone"]}),
        (_("How it ended"), {"fields": ["cancel_reason_in_words", "outcome"]}),
        (_("For the technician"), {"fields": ["reference", "status_at", "revision", "version"]}),
    ]
    readonly_fields = [
        *("chip", "when", "arrive", "person", "born", "phone", "alert", "to_phone"),
        *("cancel_reason_in_words", "reference"),
    ]
    inlines = [EventsInline]

    def has_add_permission(self, request):
        return request.user.has_perm("bookings.add_appointment")

    def get_urls(self):
        view = self.admin_site.admin_view
        own = [path("overbook/", view(self.overbook_view), name="bookings_appointment_overbook")]
        for verb in STEPS:
            name = f"bookings_appointment_{verb}"
            own.append(path(f"<int:pk>/{verb.replace('_', '-')}/", view(self.step_view), {"verb": verb}, name=name))
        for verb in PAGES:
            page = view(getattr(self, f"{verb}_view"))
            own.append(path(f"<int:pk>/{verb}/", page, name=f"bookings_appointment_{verb}"))
        return own + super().get_urls()

    def get_queryset(self, request):
        return super().get_queryset(request).select_related(*self.list_select_related)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        visit = self.get_object(request, object_id)
        may = visit is not None and request.user.has_perm("bookings.change_appointment")
        more = {"visit": visit, "moves": moves_of(visit, now=timezone.now()) if may else []}
        if visit is not None and request.user.has_perm("bookings.view_message"):
            more["letters"] = letters_about(visit)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

    @admin.display(description=_("when"), ordering="start")
    def starts(self, visit):
        return local_time(visit.start, visit.location)

    @admin.display(description=_("when"))
    def when(self, visit):
        return local_time(visit.start, visit.location)

    @admin.display(description=_("clinician"), ordering="clinician__name")
    def with_whom(self, visit):
        return visit.clinician.name

    @admin.display(description=_("arrive at"))
    def arrive(self, visit):
        return local_time(visit.arrive_at, visit.location)

    @admin.display(description=_("patient"), ordering="patient__last_name")
    def person(self, visit):
        return patient_link(visit.patient)

    @admin.display(description=_("alert"))
    def alert(self, visit):
        return visit.patient.alert

    @admin.display(description=_("date of birth"), ordering="patient__date_of_birth")
    def born(self, visit):
        return plain_date(visit.patient.date_of_birth)

    @admin.display(description=_("phone"))
    def phone(self, visit):
        return visit.patient.phone.as_national if visit.patient.phone else ""

    @admin.display(description=_("phone to confirm"))
    def to_phone(self, visit):
        return _("yes: no message can reach them") if visit.phone_to_confirm else _("no")

    @admin.display(description=_("status"), ordering="status")
    def chip(self, visit):
        return status_chip(visit)

    @admin.display(description=_("why it was canceled"))
    def cancel_reason_in_words(self, visit):
        return scheduling.CANCEL_REASONS.get(visit.cancel_reason, visit.cancel_reason)
