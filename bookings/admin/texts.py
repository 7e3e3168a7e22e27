"""Text messages that came in, to read. Words are kept only where a person must read them."""

from django.contrib import admin

from bookings.admin.showing import DeskAdmin, ReadOnly, ShowsPatients
from bookings.models import TextReply


@admin.register(TextReply)
class TextReplyAdmin(ShowsPatients, ReadOnly, DeskAdmin):
    list_display = ["at", "meaning", "patient", "appointment", "words"]
    list_filter = ["meaning"]
    list_select_related = ["patient", "appointment__location"]
    fields = ["at", "meaning", "patient", "appointment", "words", "provider_id"]
    ordering = ["-at", "-pk"]
