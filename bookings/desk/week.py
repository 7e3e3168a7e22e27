"""The week beside the day: one location, seven days, who works when and how full it is."""

from django.http import Http404


def week(request, date=None):
    raise Http404
