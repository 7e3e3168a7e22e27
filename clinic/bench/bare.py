"""Bare views for comparison, and their addresses."""

from django.http import HttpResponse, JsonResponse
from django.urls import path

from bookings.models import Occupancy

MIDDLEWARE = [
    "clinic.bench.bare.addresses",
    # The rest is what `startproject` writes.
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


def addresses(get_response):
    """Send a request to the addresses below instead of the project's."""

    def middleware(request):
        request.urlconf = __name__
        return get_response(request)

    return middleware


def one_query(request, resource, start, end):
    """What one resource is taken for in a span of minutes, by one ORM query, as JSON."""
    rows = Occupancy.objects.filter(resource=resource, start__gt=start - 1440, start__lt=end, end__gt=start)
    return JsonResponse({"taken": list(rows.values("start", "end"))})


def nothing(request):
    return HttpResponse("nothing")


urlpatterns = [
    path("taken/<int:resource>/<int:start>/<int:end>/", one_query),
    path("nothing/", nothing),
]
