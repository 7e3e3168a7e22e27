"""What the diary's admin pages share: read-only where only verbs may write, and a record of who was shown whom."""

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.forms import DateInput, TimeInput
from django.urls import reverse
from django.utils.html import format_html

from bookings import access
from bookings.models.appointments import Status
from treatments.remembering import HistoryAdmin
from treatments.templatetags.hours import clock, plain_date


class OneControl:
    """Dates and times by the browser's own labelled control: the admin's split boxes have no labels and break the CSP."""

    formfield_overrides = {
        models.DateField: {"widget": DateInput({"type": "date"}, "%Y-%m-%d")},
        models.TimeField: {"widget": TimeInput({"type": "time"}, "%H:%M")},
    }


class ReadOnly:
    """No add, no change, no delete, whoever asks: not even an owner edits the diary's rows by hand."""

    actions = None

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ShowsPatients:
    """Note the patients of a list or of one row for the access log."""

    def patients_of(self, row) -> set[int | None]:
        return {row.patient_id}

    def changelist_view(self, request, extra_context=None):
        response = super().changelist_view(request, extra_context)
        changelist = getattr(response, "context_data", {}).get("cl")
        if changelist is not None:
            for row in changelist.result_list:
                access.shows_patients(request, self.patients_of(row))
        return response

    def get_object(self, request, object_id, from_field=None):
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            access.shows_patients(request, self.patients_of(row))
        return row

    def history_view(self, request, object_id, extra_context=None):
        self.get_object(request, unquote(object_id))  # notes whose history is shown
        return super().history_view(request, object_id, extra_context)


class Remembers(HistoryAdmin):
    """What a row said before is there to read. To make it so again, change the row on its page, under its form's rules."""

    def revert_disabled(self, request, obj=None):
        return True

    def history_form_view(self, request, object_id, version_id, extra_context=None):
        if request.method != "GET":
            raise PermissionDenied
        self.get_object(request, unquote(object_id))
        return super().history_form_view(request, object_id, version_id, extra_context)


class RowsToRead(ReadOnly, admin.TabularInline):
    """Rows of another model under one of this, as a table to read."""

    template = "admin/bookings/rows.html"
    extra = 0


class DeskAdmin(admin.ModelAdmin):
    """The look of the desk's own pages, on the admin's lists too."""

    show_full_result_count = False
    list_per_page = 50

    class Media:
        css = {"all": ["bookings/staff.css"]}


def chip(status: str, label) -> str:
    """Return a status as a chip: color and shape, and always the word."""
    return format_html('<span class="desk-chip desk-chip--{}">{}</span>', status, label)


def local_time(instant, location) -> str:
    """Say an instant on the wall clock of a location: “August 6, 2026, 2:30 pm”."""
    local = instant.astimezone(location.zone)
    return f"{plain_date(local)}, {clock(local)}"


def patient_link(patient) -> str:
    """Return a link to the page of a patient."""
    return format_html('<a href="{}">{}</a>', reverse("admin:patient", args=[patient.pk]), patient)


def status_chip(appointment) -> str:
    return chip(appointment.status, Status(appointment.status).label)
