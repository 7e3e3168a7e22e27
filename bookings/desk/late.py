"""Running late: one press, minutes, who is told."""

from django.http import Http404


def running_late(request):
    raise Http404
