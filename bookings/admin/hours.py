"""Who and what can be booked, when they are there, and when they are not."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings import access, scheduling
from bookings.admin.showing import DeskAdmin, OneControl, Remembers
from bookings.forms.closures import BlockForm, TimeOffForm, zone_of
from bookings.models import ExtraHours, Resource, SessionLimit, TimeOff, WorkingHours
from bookings.scheduling.closures import hit_by


@admin.register(Resource)
class ResourceAdmin(DeskAdmin):
    list_display = ["name", "kind", "clinician", "location", "active"]
    list_filter = ["kind", "location", "active"]
    list_select_related = ["clinician", "location"]
    search_fields = ["name"]
    actions = None


class SessionLimitInline(admin.StackedInline):
    model = SessionLimit
    extra = 0


@admin.register(WorkingHours)
class WorkingHoursAdmin(OneControl, Remembers, DeskAdmin):
    list_display = ["resource", "weekday", "start", "end", "location", "valid_from", "valid_until"]
    list_filter = ["weekday", "location", "resource"]
    list_select_related = ["resource", "location"]
    fields = ["resource", "location", "weekday", "start", "end", "valid_from", "valid_until", "only_treatments"]
    inlines = [SessionLimitInline]


@admin.register(ExtraHours)
class ExtraHoursAdmin(OneControl, Remembers, DeskAdmin):
    list_display = ["resource", "date", "start", "end", "location"]
    list_filter = ["location", "resource"]
    list_select_related = ["resource", "location"]
    ordering = ["-date", "start"]


@admin.register(TimeOff)
class TimeOffAdmin(Remembers, DeskAdmin):
    """Added by `scheduling.block`, which waits for bookings under way and says whom it hits."""

    form = TimeOffForm
    list_display = ["who", "kind", "starts", "ends", "note"]
    list_filter = ["kind", "location", "resource"]
    list_select_related = ["resource__location", "location"]
    fields = ["who", "kind", "start", "end", "note"]
    readonly_fields = ["who"]
    ordering = ["-start"]

    @admin.display(description=_("who or what"))
    def who(self, off):
        return off.resource or off.location

    @admin.display(description=_("from"), ordering="start")
    def starts(self, off):
        return off.start.astimezone(zone_of(off.resource, off.location))

    @admin.display(description=_("until"), ordering="end")
    def ends(self, off):
        return off.end.astimezone(zone_of(off.resource, off.location))

    def get_urls(self):
        hit = path("<int:pk>/hit/", self.admin_site.admin_view(self.hit_view), name="bookings_timeoff_hit")
        return [hit, *super().get_urls()]

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = BlockForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                off, hit = scheduling.block(
                    **form.cleaned_data, by=scheduling.By.staff(request.user), now=timezone.now()
                )
            except scheduling.Refused as refusal:
                form.add_error(None, str(refusal.message))
            else:
                return self._after_block(request, off, hit)
        return self._page(request, "admin/bookings/timeoff/block.html", title=_("Add time off"), form=form)

    def hit_view(self, request, pk):
        """Show whom a time off hits: nobody is moved or cancelled by a machine."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        off = get_object_or_404(TimeOff.objects.select_related("resource__location", "location"), pk=pk)
        hit = list(hit_by(off))
        access.shows_patients(request, [visit.patient_id for visit in hit])
        return self._page(
            request, "admin/bookings/timeoff/hit.html", title=_("Appointments in a time off"), off=off, hit=hit
        )

    def _after_block(self, request, off, hit):
        if hit:
            messages.warning(
                request, _("Time off is written. These appointments fall into it: move or cancel each one.")
            )
            return redirect("admin:bookings_timeoff_hit", off.pk)
        messages.success(request, _("Time off is written. No appointment falls into it."))
        return redirect("admin:bookings_timeoff_changelist")

    def _page(self, request, template, **context):
        return TemplateResponse(
            request, template, {**self.admin_site.each_context(request), "opts": self.opts, **context}
        )
