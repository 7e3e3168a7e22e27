"""Lists of articles by what their review lacks."""

import datetime as dt

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments.editorial import SOON_DAYS


class ReviewFilter(admin.SimpleListFilter):
    title = _("medical review")
    parameter_name = "review"

    def lookups(self, request, model_admin):
        return [("overdue", _("overdue")), ("soon", _("due within 60 days")), ("never", _("never, or changed since"))]

    def queryset(self, request, queryset):
        today = timezone.localdate()
        if self.value() == "overdue":
            return queryset.review_overdue(today=today)
        conditions = {
            "soon": {"next_review_on__range": (today, today + dt.timedelta(days=SOON_DAYS))},
            "never": {"reviewed_on": None},
        }
        return queryset.filter(**conditions.get(self.value(), {}))


class ReviewerFilter(admin.SimpleListFilter):
    title = _("medical reviewer")
    parameter_name = "reviewer"

    def lookups(self, request, model_admin):
        return [("unconfirmed", _("not confirmed")), ("none", _("nobody named"))]

    def queryset(self, request, queryset):
        conditions = {
            "unconfirmed": {"reviewer__isnull": False, "reviewer__confirmed_at": None},
            "none": {"reviewer": None},
        }
        return queryset.filter(**conditions.get(self.value(), {}))
