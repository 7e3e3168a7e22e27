"""What we offer, as editors and managers keep it.

Lists are short here, so that plain fields do: the admin's own pickers, split boxes and tables of fields have no labels,
and some write inline styles, which our Content-Security-Policy refuses.
"""

from django import forms
from django.contrib import admin
from django.db import models
from django.utils.translation import gettext_lazy as _

from treatments.models import (
    Article,
    ArticleChange,
    BodyRegion,
    Capability,
    Clinician,
    ClinicianTreatment,
    Location,
    Muscle,
    Need,
    OpeningHours,
    Treatment,
)
from treatments.remembering import HistoryAdmin

PLAIN_FIELDS = {
    models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple},
    models.DateField: {"widget": forms.DateInput({"type": "date"}, "%Y-%m-%d")},
    models.DateTimeField: {
        "form_class": forms.DateTimeField,
        "widget": forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M"),
    },
    models.TimeField: {"widget": forms.TimeInput({"type": "time"}, "%H:%M")},
}


class NeedInline(admin.StackedInline):
    model = Need
    extra = 0
    fields = [("capability", "minutes_before", "minutes_after")]


@admin.register(Treatment)
class TreatmentAdmin(HistoryAdmin):
    list_display = ["name", "role", "policy", "minutes", "active"]
    list_filter = ["active", "policy", "role"]
    search_fields = ["name", "summary"]
    prepopulated_fields = {"slug": ["name"]}
    formfield_overrides = PLAIN_FIELDS
    inlines = [NeedInline]
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
class ClinicianAdmin(admin.ModelAdmin):
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


class ArticleChangeInline(admin.StackedInline):
    model = ArticleChange
    extra = 0


@admin.register(Article)
class ArticleAdmin(admin.ModelAdmin):
    list_display = ["title", "status", "author", "reviewer", "updated_on", "next_review_on"]
    list_filter = ["status", "next_review_on"]
    list_select_related = ["author__clinician", "reviewer__clinician"]
    search_fields = ["title", "subtitle", "summary"]
    prepopulated_fields = {"slug": ["title"]}
    formfield_overrides = PLAIN_FIELDS
    inlines = [ArticleChangeInline]
    fieldsets = [
        (None, {"fields": ["title", "slug", "subtitle", "summary", "body"]}),
        (_("Publishing"), {"fields": ["status", "published_at", "updated_on"]}),
        (_("People"), {"fields": ["author", "reviewer", "reviewed_on", "next_review_on"]}),
        (
            _("At a glance"),
            {"fields": ["pain_location", "problems", "further_reading", "regions", "muscles", "treatments"]},
        ),
        (_("Evidence"), {"fields": ["evidence_note", "references"]}),
    ]


@admin.register(BodyRegion)
class BodyRegionAdmin(admin.ModelAdmin):
    list_display = ["name", "view", "has_sides", "position"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Muscle)
class MuscleAdmin(admin.ModelAdmin):
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Capability)
class CapabilityAdmin(admin.ModelAdmin):
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}
