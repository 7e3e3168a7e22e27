"""Who writes and who reviews. Only a manager says that somebody is who they are said to be."""

from django.contrib import admin, messages
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from treatments.models import Author

WHO_THEY_ARE = {"clinician", "name", "credentials"}
CONFIRM = "treatments.confirm_author"


@admin.register(Author)
class AuthorAdmin(admin.ModelAdmin):
    list_display = ["__str__", "confirmed"]
    list_filter = [("confirmed_at", admin.EmptyFieldListFilter)]
    list_select_related = ["clinician"]
    search_fields = ["slug", "name", "clinician__name"]
    prepopulated_fields = {"slug": ["name"]}
    readonly_fields = ["confirmed_at", "confirmed_by"]
    fields = ["clinician", "name", "slug", "credentials", "job", "bio", "portrait", "confirmed_at", "confirmed_by"]
    actions = ["confirm"]
    change_form_template = "admin/treatments/author/change_form.html"

    @admin.display(description=_("confirmed"), boolean=True)
    def confirmed(self, author):
        return author.is_confirmed

    def has_confirm_permission(self, request):
        return request.user.has_perm(CONFIRM)

    @admin.action(description=_("Confirm who they are"), permissions=["confirm"])
    def confirm(self, request, queryset):
        number = queryset.filter(confirmed_at=None).update(confirmed_at=timezone.now(), confirmed_by=request.user)
        self.message_user(request, ngettext("%d person is confirmed.", "%d people are confirmed.", number) % number)

    def save_model(self, request, obj, form, change):
        """Whoever changes who somebody is takes the confirmation away, unless they may give it and do."""
        if WHO_THEY_ARE & set(form.changed_data) and obj.is_confirmed:
            obj.confirmed_at = obj.confirmed_by = None
            self.message_user(request, _("They are to be confirmed again: you changed who they are."), messages.WARNING)
        if "_confirm" in request.POST and self.has_confirm_permission(request):
            obj.confirmed_at, obj.confirmed_by = timezone.now(), request.user
        super().save_model(request, obj, form, change)
