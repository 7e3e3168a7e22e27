"""Which article brings which booking: a report for those who write and those who run the clinic."""

import datetime as dt

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bookings import reports

PERIODS = (30, 90, 365)  # days back


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("treatments.view_article"):
        raise PermissionDenied
    days = next((each for each in PERIODS if request.GET.get("days") == str(each)), PERIODS[1])
    since = timezone.now() - dt.timedelta(days=days)
    rows = reports.bookings_by_article(since=since)
    context = admin.site.each_context(request) | {
        "title": _("Bookings by article"),
        "rows": rows,
        "total": sum(row.made for row in rows),
        "days": days,
        "periods": PERIODS,
    }
    return render(request, "admin/article_report.html", context)
