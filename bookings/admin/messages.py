"""Messages as the desk reads them: state, errors, and the text as the patient sees it. A link's token is never shown."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from bookings import outbox
from bookings.admin.showing import DeskAdmin, ReadOnly, ShowsPatients
from bookings.models import ManageLink, Message


@admin.register(Message)
class MessageAdmin(ShowsPatients, ReadOnly, DeskAdmin):
    list_display = ["due_at", "kind", "channel", "patient", "appointment", "state", "attempts", "sent_at"]
    list_filter = ["state", "kind", "channel"]
    list_select_related = ["patient", "appointment"]
    date_hierarchy = None
    fieldsets = [
        (None, {"fields": ["patient", "appointment", "kind", "channel", "state"]}),
        (
            _("When"),
            {"fields": ["created_at", "due_at", "useful_until", "sent_at", "attempts", "lease_until", "last_error"]},
        ),
        (
            _("What it says"),
            {"fields": ["subject", "text"], "description": _("As of now; the link in it is a stand-in.")},
        ),
        (_("For the technician"), {"fields": ["intent", "revision", "message_id"]}),
    ]
    readonly_fields = ["subject", "text", "message_id"]

    @admin.display(description=_("subject"))
    def subject(self, message):
        return outbox.preview(message).subject

    @admin.display(description=_("text"))
    def text(self, message):
        return format_html('<pre class="desk-letter">{}</pre>', outbox.preview(message).text)


@admin.register(ManageLink)
class ManageLinkAdmin(ReadOnly, DeskAdmin):
    list_display = ["appointment", "created_at", "expires_at", "revoked_at"]
    list_select_related = ["appointment"]
    fields = ["appointment", "created_at", "expires_at", "revoked_at"]
    ordering = ["-pk"]
