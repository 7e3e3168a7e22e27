"""What happened since this person last looked."""

from django.http import Http404


def since(request):
    raise Http404
