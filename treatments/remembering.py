"""The history of a row in the admin."""

from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.http import Http404
from simple_history.admin import SimpleHistoryAdmin


class HistoryAdmin(SimpleHistoryAdmin):
    """An address that no row can have is no page (404); the package itself would fail on it."""

    def history_view(self, request, object_id, extra_context=None):
        self._refuse_impossible(unquote(object_id))
        return super().history_view(request, object_id, extra_context)

    def history_form_view(self, request, object_id, version_id, extra_context=None):
        self._refuse_impossible(unquote(object_id), version_id)
        return super().history_form_view(request, object_id, version_id, extra_context)

    def _refuse_impossible(self, *numbers):
        try:
            for number in numbers:
                self.opts.pk.to_python(number)
        except ValidationError:
            raise Http404 from None
