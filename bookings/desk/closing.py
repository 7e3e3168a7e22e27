"""Public holidays of a region, as closures of the clinic's locations."""

from django.http import Http404


def public_holidays(request):
    raise Http404
