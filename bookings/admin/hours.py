"""Who and what can be booked, when they are there, and when they are not."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings import scheduling
from bookings.admin.showing import DeskAdmin, OneControl, Remembers
from bookings.forms.closures import BlockForm, TimeOffForm, zone_of
from bookings.models import ExtraHours, Resource, SessionLimit, TimeOff, WorkingHours
from bookings.scheduling import closures


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
        """Lead to the page that moves and cancels: whoever may see time off may have this address."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect("admin:away-resolve", pk)

    def save_model(self, request, obj, form, change):
        """Save by the verb, which waits for bookings under way: an extended time off may hit one more."""
        closures.reblock(obj, by=scheduling.By.staff(request.user), now=timezone.now())

    def change_view(self, request, object_id, form_url="", extra_context=None):
        try:
            return super().change_view(request, object_id, form_url, extra_context)
        except scheduling.Refused as refusal:  # what was locked a moment ago is free the next
            messages.error(request, str(refusal.message))
            return redirect(request.path)

    def response_change(self, request, obj):
        """Lead on to the visits it hits, where the times were changed and somebody is hit that can still be moved."""
        if obj.end > timezone.now() and closures.to_settle(obj, now=timezone.now()):
            return self._after_block(request, obj, hit=True)
        return super().response_change(request, obj)

    def _after_block(self, request, off, hit):
        if hit:
            messages.warning(request, _("Time off is written. These appointments fall into it: choose for each one."))
            return redirect("admin:away-resolve", off.pk)
        messages.success(request, _("Time off is written. No appointment falls into it."))
        return redirect("admin:bookings_timeoff_changelist")

    def _page(self, request, template, **context):
        return TemplateResponse(
            request, template, {**self.admin_site.each_context(request), "opts": self.opts, **context}
        )
