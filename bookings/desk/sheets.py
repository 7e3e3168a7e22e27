"""The day sheet: the day on paper, for when the screen is dark."""

from django.http import Http404


def sheet(request, date):
    raise Http404
