"""The booking panel beside the board: phone booking, walk-in, overbooking, parking."""

from django.http import Http404


def book(request):
    raise Http404


def patients(request):
    raise Http404


def times(request):
    raise Http404


def walk_in(request):
    raise Http404


def park(request):
    raise Http404


def parked(request, pk):
    raise Http404
