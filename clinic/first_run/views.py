"""`/admin/setup/`: the check list before opening, for managers."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clinic.first_run import checklist, trial

PERMISSION = "clinic.change_user"


@require_safe
def setup(request):
    """Show what is done and what is missing, each with where it is mended."""
    _require_manager(request)
    lines = checklist.lines(now=timezone.now())
    context = {
        "title": _("Before you open"),
        "lines": lines,
        "done": sum(line.is_done for line in lines),
    }
    return TemplateResponse(request, "admin/setup.html", admin.site.each_context(request) | context)


@require_POST
def deed(request, name):
    """Do one of the three things that can be tried here; what goes wrong is said in words."""
    _require_manager(request)
    if name not in checklist.DEEDS:
        raise Http404
    try:
        said = checklist.DEEDS[name](request.user, timezone.now())
    except trial.NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return redirect("admin:setup")


def _require_manager(request) -> None:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
