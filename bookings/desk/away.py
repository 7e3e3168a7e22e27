"""Somebody is off today: who is hit, where they can go, and telling all of them."""

from django.http import Http404


def start(request):
    raise Http404


def resolve(request, pk):
    raise Http404
