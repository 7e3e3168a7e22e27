"""Messages as the desk reads them: how each ended, and the text as the patient sees it. A link's token is never shown."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from bookings import outbox
from bookings.admin.showing import DeskAdmin, ReadOnly, ShowsPatients
from bookings.desk.letters import letter_of
from bookings.models import ManageLink, Message


@admin.register(Message)
class MessageAdmin(ShowsPatients, ReadOnly, DeskAdmin):
    list_display = ["due_at", "kind", "channel", "patient", "appointment", "how", "attempts", "sent_at"]
    list_filter = ["state", "kind", "channel"]
    list_select_related = ["patient", "appointment__location"]
    date_hierarchy = None
    fieldsets = [
        (None, {"fields": ["patient", "appointment", "kind", "channel", "how", "problem", "again"]}),
        (
            _("When"),
            {"fields": ["created_at", "due_at", "useful_until", "sent_at", "delivered_at", "failed_at", "attempts"]},
        ),
        (_("Sent again"), {"fields": ["again_reason", "asked_by"]}),
        (
            _("What it says"),
            {"fields": ["subject", "text"], "description": _("As of now; the link in it is a stand-in.")},
        ),
        (
            _("For the technician"),
            {"fields": ["intent", "revision", "state", "lease_until", "last_error", "message_id", "provider_id"]},
        ),
    ]
    readonly_fields = ["how", "problem", "again", "subject", "text", "message_id"]

    @admin.display(description=_("how it went"), ordering="state")
    def how(self, message):
        return letter_of(message).ended

    @admin.display(description=_("what went wrong"))
    def problem(self, message):
        return letter_of(message).problem

    @admin.display(description=_("once more"))
    def again(self, message):
        if not letter_of(message).may_go_again:
            return _("It would not be true any more, or waits to be sent already.")
        return format_html('<a href="{}">{}</a>', reverse("admin:message-again", args=[message.pk]), _("Send again"))

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
