"""Worklists, and what is dealt with."""

import datetime as dt

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from bookings import access
from bookings.models import WorkDone
from bookings.worklists import WORKLISTS, Worklist, waiting

MOST_ROWS = 200
MOST_TICKED = 20


@require_safe
def worklist(request, name: str):
    """Show one worklist, what waits longest first, and what was ticked off today."""
    chosen = _chosen(request, name)
    now = timezone.now()
    lists = waiting(request.user, now=now)
    rows = list(chosen.rows(now)[:MOST_ROWS])
    ticked = list(_ticked_today(chosen, now=now))
    access.shows_patients(request, {pk for row in [*rows, *ticked] for pk in chosen.patients(row)})
    total = next(number for each, number in lists if each is chosen)
    context = {
        "title": chosen.title,
        "worklist": chosen,
        "rows": [chosen.listed(row, now=now) for row in rows],
        "ticked": [chosen.listed(row, now=now) for row in ticked],
        "more": max(total - len(rows), 0),
        "total": total,
        "now": now,
        "worklists": lists,
    }
    return TemplateResponse(request, "admin/worklist.html", admin.site.each_context(request) | context)


def done(request, name: str, pk: int):
    """Tick a row off, or put it back (`back`). Pressed twice, or by two, it is the same."""
    chosen = _chosen(request, name)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not chosen.is_ticked:
        raise Http404
    now = timezone.now()
    if "back" in request.POST:
        WorkDone.objects.filter(worklist=name, row=pk).delete()
        messages.success(request, _("Put back on the list."))
    elif chosen.found(now).filter(pk=pk).exists():
        WorkDone.objects.get_or_create(worklist=name, row=pk, defaults={"done_at": now, "done_by": request.user})
        messages.success(request, _("Done. You can put it back below the list today."))
    return redirect("admin:worklist", name)


def _chosen(request, name: str) -> Worklist:
    chosen = WORKLISTS.get(name)
    if chosen is None:
        raise Http404
    if not request.user.has_perm(chosen.permission):
        raise PermissionDenied
    return chosen


def _ticked_today(chosen: Worklist, *, now: dt.datetime) -> QuerySet | list:
    if not chosen.is_ticked:
        return []
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return chosen.ticked(since=midnight, now=now)[:MOST_TICKED]
