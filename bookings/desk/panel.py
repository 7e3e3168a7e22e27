"""The booking panel beside the board: phone booking, walk-in, overbooking, parking. A page of its own without JavaScript."""

import functools

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookings import access, scheduling
from bookings.desk import parking, phone
from bookings.forms.desk import BookForm
from bookings.forms.finding import FEWEST_CHARACTERS
from bookings.forms.walkin import WalkInForm
from bookings.forms.who import WhoForm
from bookings.models import Appointment, ParkedBooking
from treatments.models import Treatment

FRAGMENTS = "admin/bookings/panel/"


def for_bookers(view):
    """Open a page to those who may add appointments."""

    @functools.wraps(view)
    def guarded(request, *args, **options):
        if not request.user.has_perm("bookings.add_appointment"):
            raise PermissionDenied
        return view(request, *args, **options)

    return guarded


# --- Phone booking --------------------------------------------------------------------------------------------------


@for_bookers
@require_http_methods(["GET", "HEAD", "POST"])
def book(request):
    """Show the panel, look for people and times, or book."""
    now = timezone.now()
    if request.method != "POST" and "booked" in request.GET:
        return _booked(request, request.GET["booked"], now=now)
    filled = phone.read(request, now=now)
    if filled.visit is not None:
        return _done(request, filled.visit, now=now)
    return _form(request, filled, now=now)


@for_bookers
@require_POST
def patients(request):
    """Show who fits what was typed, while it is typed; a page of its own without JavaScript."""
    now = timezone.now()
    if not request.htmx:
        return _form(request, phone.look(request.POST, now=now), now=now)
    form_class = WalkInForm if "walk_in" in request.POST else WhoForm
    form = form_class(initial=request.POST.dict(), now=now)
    access.shows_patients(request, [patient.pk for patient in form.people])
    searched = len(form.typed("find")) >= FEWEST_CHARACTERS
    return TemplateResponse(request, FRAGMENTS + "people.html", {"form": form, "searched": searched})


@for_bookers
@require_POST
def times(request):
    """Show the free times for what is typed so far."""
    now = timezone.now()
    filled = phone.look(request.POST, now=now)
    if not request.htmx:
        return _form(request, filled, now=now)
    may_overbook = request.user.has_perm("bookings.overbook_appointment")
    context = phone.offered(filled, now=now) | {"form": filled.form, "may_overbook": may_overbook}
    return TemplateResponse(request, FRAGMENTS + "times.html", context)


def _form(request, filled: phone.Filled, *, now, **context):
    return _panel(request, "book", title=_("New appointment"), **(phone.shown(request, filled, now=now) | context))


def _done(request, visit: Appointment, *, now):
    """Say what was booked: at once beside the board, on a page that can be loaded again without JavaScript."""
    if not request.htmx:
        return redirect(f"{reverse('admin:desk-book')}?booked={visit.pk}")
    response = _booked(request, visit.pk, now=now)
    return _changed(response)


def _booked(request, pk, *, now):
    rows = Appointment.objects.select_related("patient", "treatment", "clinician", "location", "region")
    visit = get_object_or_404(rows, pk=_number(pk))
    return _panel(request, "booked", title=_("Booked"), **phone.booked(request, visit, now=now))


def _number(said) -> int:
    return int(said) if str(said).isdecimal() and len(str(said)) < 18 else 0


# --- Walk-in --------------------------------------------------------------------------------------------------------


@for_bookers
@require_http_methods(["GET", "HEAD", "POST"])
def walk_in(request):
    """Take somebody who is here: the next free time of today, with a name only."""
    now = timezone.now()
    if request.method != "POST":
        return _walk_in_page(request, WalkInForm(initial=_walk_in_asked(request), now=now), now=now)
    form = WalkInForm(request.POST, now=now)
    if "look" in request.POST:
        form = WalkInForm(initial=request.POST.dict(), now=now)
    elif form.is_valid():
        visit = _take_walk_in(request, form, now=now)
        if visit is not None:
            return _done(request, visit, now=now)
    return _walk_in_page(request, form, now=now)


def _walk_in_asked(request) -> dict:
    """Return the first form: the consultation others begin with, whoever is free."""
    asked = phone.asked_for(request)
    roles = [Treatment.Role.CONSULTATION, Treatment.Role.FOLLOW_UP]
    first = Treatment.objects.active().filter(role__in=roles).order_by("role", "position", "pk").first()
    usual = {"treatment": first.pk} if first and "treatment" not in request.GET else {}
    return asked | usual


def _take_walk_in(request, form: WalkInForm, *, now) -> Appointment | None:
    asked, by = form.cleaned_data, scheduling.By.staff(request.user)
    try:
        return scheduling.walk_in(
            asked["treatment"],
            asked["location"],
            patient=form.get_patient(),
            by=by,
            now=now,
            clinician=asked["clinician"],
            **form.answers(),
        )
    except scheduling.Refused as refusal:
        made = form.made_before()
        if made is None:
            form.add_error(None, str(refusal.message))
            form.nothing_free = isinstance(refusal, scheduling.NotOffered)
        return made


def _walk_in_page(request, form: WalkInForm, *, now):
    access.shows_patients(request, [patient.pk for patient in form.people])
    context = {"form": form, "searched": bool(form.typed("find")), "parked": parking.parked_by(request.user)}
    context["focus"] = "patient" if "patient" in form.errors else "find"
    return _panel(request, "walk_in", title=_("Walk-in"), now=now, **context)


# --- Parking --------------------------------------------------------------------------------------------------------


@for_bookers
@require_POST
def park(request):
    """Put aside what is typed. With three put aside already, say so and keep it on the screen."""
    now = timezone.now()
    if parking.park(request.POST, user=request.user, now=now) is None:
        words = _("Three bookings are parked already. Resume or drop one of them first.")
        return _form(request, phone.look(request.POST, now=now), now=now, refused=words)
    messages.success(request, _("Parked."))
    return _again(request)


@for_bookers
@require_http_methods(["GET", "HEAD", "POST"])
def parked(request, pk):
    """Show a parked booking as it was; a POST drops it. Somebody else's is no page."""
    row = get_object_or_404(ParkedBooking, pk=pk, user=request.user)
    if request.method == "POST":
        parking.drop(row.pk, user=request.user)
        messages.success(request, _("Dropped."))
        return _again(request)
    now = timezone.now()
    filled = phone.Filled(BookForm(initial=phone.typed_in(row.typed), now=now))
    return _form(request, filled, now=now, resumed=row.pk)


@for_bookers
@require_safe
def resume(request):
    """Lead to what was parked first, by one key; to an empty form when nothing is parked."""
    oldest = request.user.parked_bookings.values_list("pk", flat=True).first()
    return redirect("admin:desk-parked", oldest) if oldest else redirect("admin:desk-book")


def _again(request):
    """Lead back to an empty form. htmx follows, and fills the panel with it."""
    return redirect("admin:desk-book")


# --- Shared ---------------------------------------------------------------------------------------------------------


def _panel(request, name: str, **context):
    """Render the panel alone for htmx, else a page around it. An address may say that the board has changed (`changed`)."""
    action = reverse("admin:desk-walk-in" if name == "walk_in" else "admin:desk-book")
    context |= {"fragment": f"{FRAGMENTS}{name}.html", "action": action}
    if not request.htmx:
        return TemplateResponse(request, FRAGMENTS + "page.html", admin.site.each_context(request) | context)
    response = TemplateResponse(request, context["fragment"], context | {"is_fragment": True})
    return _changed(response) if "changed" in request.GET else response


def _changed(response):
    response.headers["HX-Trigger"] = "board-changed"
    return response
