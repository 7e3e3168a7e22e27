"""How the files of another system are read: what `import_clinic` remembers by source."""

from django.contrib import admin

from bookings.admin.showing import DeskAdmin
from bookings.models import ImportMapping


@admin.register(ImportMapping)
class ImportMappingAdmin(DeskAdmin):
    list_display = ["source", "kind", "date_order", "encoding"]
    list_filter = ["kind"]
    fields = ["source", "kind", "columns", "names", "date_order", "encoding"]

    def get_readonly_fields(self, request, obj=None):
        """What it is about stays as it was."""
        return ["source", "kind"] if obj else []
