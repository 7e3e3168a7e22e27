"""One patient on one page."""

from django.http import Http404


def patient(request, pk):
    raise Http404
