"""The date of birth, asked of whoever has the link before more is shown than when and where."""

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings import limits
from bookings.forms.manage import BirthForm
from bookings.views.own_deeds import please_call
from bookings.views.own_visit import remember_verified, with_appointment
from bookings.views.steps import posted

# Whoever knows their date of birth needs one; a guess has some 30 000 dates before it, and a link lives for weeks.
TRIES_PER_VISIT_DAY = 8
TRIES_PER_ADDRESS_HOUR = 30
DAY_SECONDS = 24 * limits.HOUR


@require_http_methods(["GET", "HEAD", "POST"])
@with_appointment
def birth_date(request, appointment, *, now):
    """Ask, compare, and go on to what was wanted. Too many tries, or nothing to compare with: the phone."""
    own = request.own_visit
    if own.verified:
        return redirect("appointments")
    if appointment.patient.date_of_birth is None:
        return render(request, "bookings/manage/no_birth_date.html", {"location": appointment.location})
    if _too_many(request, appointment, now=now):
        return please_call(request, appointment)
    form = BirthForm(posted(request), today=timezone.localdate(now, appointment.location.zone))
    if form.is_valid():
        return _compare(request, form, appointment, now=now)
    return _ask(request, form, appointment)


def _compare(request, form, appointment, *, now):
    """A try counts before it is compared, so that many at once are not more than many."""
    if _count(request, appointment, now=now):
        return please_call(request, appointment)
    given, known = form.cleaned_data["date_of_birth"], appointment.patient.date_of_birth
    if not constant_time_compare(given.isoformat(), known.isoformat()):
        form.add_error("date_of_birth", _("This is not the date of birth we have. Look at it again, or call us."))
        return _ask(request, form, appointment)
    wanted = remember_verified(request, request.own_visit.link, now=now)
    return redirect(f"{reverse('appointments')}#visit" if wanted == "appointments" else wanted)


def _ask(request, form, appointment):
    return render(request, "bookings/manage/birth_date.html", {"form": form, "location": appointment.location})


def _counters(request, appointment):
    """What is counted, under which key, how many may be, and in how many seconds."""
    return [
        ("birth-visit", str(appointment.pk), TRIES_PER_VISIT_DAY, DAY_SECONDS),
        ("birth-address", limits.address_hash(request), TRIES_PER_ADDRESS_HOUR, limits.HOUR),
    ]


def _too_many(request, appointment, *, now) -> bool:
    return any(
        limits.too_many(scope, key, limit=limit, now=now, window_seconds=seconds)
        for scope, key, limit, seconds in _counters(request, appointment)
    )


def _count(request, appointment, *, now) -> bool:
    """Count one more try everywhere and tell whether it is one too many somewhere."""
    counted = [
        limits.count(scope, key, now=now, window_seconds=seconds) > limit
        for scope, key, limit, seconds in _counters(request, appointment)
    ]
    return any(counted)
