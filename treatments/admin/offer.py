"""Treatments, clinicians and locations."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from treatments.admin.fields import PLAIN_FIELDS, FoundBySearch
from treatments.models import (
    Capability,
    Clinician,
    ClinicianTreatment,
    Location,
    Need,
    OpeningHours,
    PreparationStep,
    Treatment,
)
from treatments.remembering import HistoryAdmin


class NeedInline(admin.StackedInline):
    model = Need
    extra = 0
    fields = [("capability", "minutes_before", "minutes_after")]


class PreparationStepInline(admin.StackedInline):
    model = PreparationStep
    extra = 0
    fields = ["days_before", "text"]


@admin.register(Treatment)
class TreatmentAdmin(FoundBySearch, HistoryAdmin):
    list_display = ["name", "role", "policy", "minutes", "active"]
    list_filter = ["active", "policy", "role"]
    search_fields = ["name", "summary"]
    prepopulated_fields = {"slug": ["name"]}
    formfield_overrides = PLAIN_FIELDS
    inlines = [NeedInline, PreparationStepInline]
    fieldsets = [
        (None, {"fields": ["name", "slug", "role", "summary", "active", "position"]}),
        (
            _("Booking"),
            {"fields": ["policy", "minutes", "start_every", "notice_hours", "horizon_days", "cancel_cutoff_hours"]},
        ),
        (
            _("The visit"),
            {"fields": ["arrive_early_minutes", "decide_within_hours", "asks_side", "uses_xray", "regions"]},
        ),
        (_("Words"), {"fields": ["body", "what_to_expect", "preparation", "aftercare"]}),
        (_("Cost"), {"fields": ["price_from", "price_to", "plans_text", "referral_text"]}),
    ]


class OfferInline(admin.StackedInline):
    model = ClinicianTreatment
    extra = 0
    fields = [("treatment", "minutes")]


@admin.register(Clinician)
class ClinicianAdmin(FoundBySearch, admin.ModelAdmin):
    list_display = ["name", "credentials", "job", "active"]
    list_filter = ["active"]
    search_fields = ["name", "credentials", "job"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [OfferInline]


class OpeningHoursInline(admin.StackedInline):
    model = OpeningHours
    extra = 0
    formfield_overrides = PLAIN_FIELDS
    fields = [("weekday", "opens", "closes")]


@admin.register(Location)
class LocationAdmin(admin.ModelAdmin):
    list_display = ["name", "city", "phone", "time_zone", "active"]
    search_fields = ["name", "city"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [OpeningHoursInline]


@admin.register(Capability)
class CapabilityAdmin(admin.ModelAdmin):
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}
