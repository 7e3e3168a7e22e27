"""The home page, sign-in, health, and the pages for when something is wrong."""

import sys
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import HttpResponse, HttpResponseServerError, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from bookings import health
from clinic import models
from clinic.staff import seats, signing
from treatments.models import Article, BodyRegion, Clinician, Treatment

TRY_AGAIN_SECONDS = 30


@require_safe
def home(request):
    """What the clinic does, where it hurts, the next free times, and the people."""
    context = {
        "treatments": Treatment.objects.active(),
        "articles": Article.objects.published(now=timezone.now()).select_related("author__clinician")[:3],
        "clinicians": Clinician.objects.active(),
        "regions": BodyRegion.objects.all(),
    }
    return render(request, "clinic/home.html", context)


class SignIn(LoginView):
    template_name = "clinic/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form):
        """Sign in; where the password is all that is asked for, that was a full sign-in, with a seat on this browser."""
        response = super().form_valid(form)
        if not settings.CLINIC_SECOND_FACTOR:
            now = timezone.now()
            signing.mark(self.request, form.get_user(), how=models.SignIn.How.PASSWORD, now=now)
            seats.take(self.request, response, form.get_user(), now=now)
        return response


class SignOut(LogoutView):
    http_method_names = ["post", "options"]

    def post(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            seats.leave(request, request.user)
        return super().post(request, *args, **kwargs)


@login_required
def after_sign_in(request):
    """Send each member of staff to the page they work on: the desk to the day, a clinician to their schedule."""
    if request.user.has_perm("bookings.change_appointment"):
        return redirect("admin:day")
    if hasattr(request.user, "clinician"):
        return redirect("schedule")
    return redirect("admin:index" if request.user.is_staff else "home")


@require_safe
def livez(request):
    """For a load balancer: this process answers and reaches its database."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("database\n", status=HTTPStatus.SERVICE_UNAVAILABLE, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def healthz(request):
    """For monitoring: 200 or 503, and JSON with the reason."""
    report = health.report(now=timezone.now())
    status = HTTPStatus.OK if report["healthy"] else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse(report, status=status, headers={"Cache-Control": "no-store"})


def bad_request(request, exception):
    return render(request, "400.html", status=HTTPStatus.BAD_REQUEST)


def forbidden(request, exception):
    return render(request, "403.html", status=HTTPStatus.FORBIDDEN)


def csrf_failure(request, reason=""):
    return render(request, "403_csrf.html", status=HTTPStatus.FORBIDDEN)


def not_found(request, exception):
    return render(request, "404.html", status=HTTPStatus.NOT_FOUND)


def server_error(request):
    """The last resort: no database, no session, no context processors. A database that is away comes back: try again soon."""
    response = HttpResponseServerError(render_to_string("500.html"))
    if isinstance(sys.exc_info()[1], (InterfaceError, OperationalError)):
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        response.headers["Retry-After"] = str(TRY_AGAIN_SECONDS)
    return response
