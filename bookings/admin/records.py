"""What the machine writes down, to read: holds, occupancy, events, counts, ticks, and who read what."""

from django.contrib import admin
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from bookings.admin.showing import DeskAdmin, ReadOnly
from bookings.intervals import from_minute
from bookings.models import (
    AccessEntry,
    AppointmentEvent,
    ColleagueLook,
    Hold,
    Occupancy,
    RateCount,
    Tick,
    TimeRequest,
    UrgentStop,
)


@admin.register(Hold)
class HoldAdmin(ReadOnly, DeskAdmin):
    list_display = ["start", "treatment", "clinician", "location", "expires_at", "extended"]
    list_select_related = ["treatment", "clinician", "location"]
    fields = ["start", "end", "treatment", "clinician", "location", "created_at", "expires_at", "extended"]
    ordering = ["start", "pk"]


@admin.register(Occupancy)
class OccupancyAdmin(ReadOnly, DeskAdmin):
    list_display = ["resource", "starts", "ends", "appointment", "hold", "overbooked"]
    list_filter = ["overbooked", "resource"]
    list_select_related = ["resource", "appointment", "hold__clinician"]
    fields = ["resource", "starts", "ends", "appointment", "hold", "overbooked"]
    ordering = ["-start", "pk"]

    @admin.display(description=_("from"), ordering="start")
    def starts(self, row):
        return from_minute(row.start)

    @admin.display(description=_("until"), ordering="end")
    def ends(self, row):
        return from_minute(row.end)


@admin.register(AppointmentEvent)
class AppointmentEventAdmin(ReadOnly, DeskAdmin):
    list_display = ["at", "appointment", "verb", "status_before", "status_after", "actor", "user"]
    list_filter = ["verb", "actor"]
    list_select_related = ["appointment", "user"]
    search_fields = ["appointment__reference"]
    search_help_text = _("Reference")
    fields = ["appointment", "verb", "at", "actor", "user", "status_before", "status_after", "revision", "detail"]
    ordering = ["-pk"]


@admin.register(AccessEntry)
class AccessEntryAdmin(ReadOnly, DeskAdmin):
    list_display = ["at", "user", "view", "how_many", "allowed"]
    list_filter = ["allowed", "user"]
    list_select_related = ["user"]
    date_hierarchy = "at"
    search_fields = ["view"]  # shows the search box; what it finds is a patient's number
    search_help_text = _("The number of a patient, as in the address of their page")
    fields = ["at", "user", "view", "patients", "allowed"]

    def get_search_results(self, request, queryset, search_term):
        """Find who read about one patient. Both databases keep the numbers as text such as `[12, 345]`."""
        number = search_term.strip()
        if not number:
            return queryset, False
        if not (number.isascii() and number.isdecimal()):
            return queryset.none(), False
        as_text = queryset.annotate(numbers=Cast("patients", TextField()))
        return as_text.filter(numbers__regex=rf"(^|[^0-9]){number}([^0-9]|$)"), False

    @admin.display(description=_("patients"))
    def how_many(self, row):
        return len(row.patients)


@admin.register(ColleagueLook)
class ColleagueLookAdmin(ReadOnly, DeskAdmin):
    list_display = ["at", "user", "clinician", "reason", "until"]
    list_filter = ["user", "clinician"]
    list_select_related = ["user", "clinician"]
    date_hierarchy = "at"
    fields = ["at", "user", "clinician", "reason", "until"]


@admin.register(TimeRequest)
class TimeRequestAdmin(ReadOnly, DeskAdmin):
    """Who asked for what and who decided; deciding is the manager's worklist."""

    list_display = ["asked_at", "clinician", "kind", "state", "decided_at", "decided_by"]
    list_filter = ["state", "kind", "clinician"]
    list_select_related = ["clinician", "decided_by"]
    date_hierarchy = "asked_at"
    fields = [
        *("clinician", "kind", "state", "start", "end", "date", "location", "session", "opens", "closes", "note"),
        *("asked_at", "asked_by", "decided_at", "decided_by", "answer", "time_off", "extra_hours"),
    ]


@admin.register(UrgentStop)
class UrgentStopAdmin(ReadOnly, DeskAdmin):
    list_display = ["date", "count"]


@admin.register(RateCount)
class RateCountAdmin(ReadOnly, DeskAdmin):
    list_display = ["scope", "window_start", "count"]
    fields = ["scope", "window_start", "count"]


@admin.register(Tick)
class TickAdmin(ReadOnly, DeskAdmin):
    list_display = ["name", "at"]
