"""What articles are tied to: spots of the atlas, series, regions and muscles."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from treatments.admin.fields import PLAIN_FIELDS, AliasInline, FoundBySearch
from treatments.models import BodyRegion, Muscle, Series, Spot


@admin.register(Spot)
class SpotAdmin(FoundBySearch, admin.ModelAdmin):
    list_display = ["number", "name", "problems"]
    list_display_links = ["number", "name"]
    search_fields = ["name", "problems", "pain_felt_in"]
    prepopulated_fields = {"slug": ["name"]}
    formfield_overrides = PLAIN_FIELDS
    inlines = [AliasInline]
    fieldsets = [
        (None, {"fields": ["number", "name", "slug", "problems", "pain_felt_in"]}),
        (_("Words"), {"fields": ["location", "how_to_find", "how_to_press", "how_it_feels", "red_flags", "self_care"]}),
        (_("Where"), {"fields": ["regions", "felt_in", "muscles", "treatments"]}),
        (_("On the body chart"), {"fields": ["chart_view", "chart_x", "chart_y", "both_sides"]}),
    ]


@admin.register(Series)
class SeriesAdmin(admin.ModelAdmin):
    search_fields = ["title"]
    prepopulated_fields = {"slug": ["title"]}


@admin.register(BodyRegion)
class BodyRegionAdmin(admin.ModelAdmin):
    list_display = ["name", "view", "has_sides", "position"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Muscle)
class MuscleAdmin(admin.ModelAdmin):
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}
