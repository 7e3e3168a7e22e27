"""The reminder plan: how many days before a visit we write. In a list for all treatments, and on the page of each."""

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings import outbox
from bookings.admin.showing import DeskAdmin
from bookings.models import ReminderStep
from treatments.admin import TreatmentAdmin
from treatments.models import Treatment


@admin.register(ReminderStep)
class ReminderStepAdmin(DeskAdmin):
    """What a saved or deleted step no longer asks for is withdrawn at once; what it asks for anew is written hourly."""

    list_display = ["whom", "days_before", "way", "active"]
    list_display_links = ["whom", "days_before"]
    list_filter = ["active", "treatment"]
    list_select_related = ["treatment"]
    fields = ["treatment", "days_before", "way", "active"]
    change_list_template = "admin/bookings/messages/plan_list.html"
    change_form_template = "admin/bookings/messages/plan_step.html"

    @admin.display(description=_("for"), ordering="treatment__position", empty_value="")
    def whom(self, step):
        return step.treatment or _("all treatments without steps of their own")

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        _replan(None)  # a step may have gone from one treatment to another

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        _replan(None)

    def delete_queryset(self, request, queryset):
        super().delete_queryset(request, queryset)
        _replan(None)


class ReminderStepInline(admin.StackedInline):
    model = ReminderStep
    extra = 0
    fields = [("days_before", "way", "active")]
    template = "admin/bookings/messages/plan_of_treatment.html"
    verbose_name_plural = _("Reminders of this treatment")


class TreatmentWithPlanAdmin(TreatmentAdmin):
    """A treatment, and when its patients are reminded: that is the diary's, so that it is added here."""

    inlines = [*TreatmentAdmin.inlines, ReminderStepInline]

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if any(formset.model is ReminderStep and formset.has_changed() for formset in formsets):
            _replan(form.instance)


admin.site.unregister(Treatment)
admin.site.register(Treatment, TreatmentWithPlanAdmin)


def _replan(treatment: Treatment | None) -> None:
    outbox.replan(treatment, now=timezone.now())
