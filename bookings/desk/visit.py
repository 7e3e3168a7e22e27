"""One visit beside the board: who, what, the time in each state, who did what, and every move."""

from django.http import Http404


def visit(request, pk):
    raise Http404
