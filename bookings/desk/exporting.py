"""Appointments as a CSV file."""

from django.http import Http404


def appointments(request):
    raise Http404
