"""Worklists, and what is dealt with."""

from django.http import Http404


def done(request, name, pk):
    raise Http404
