"""A clinician's day, made for a phone between two patients: their own visits and nobody else's."""

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from bookings import access
from bookings.models import Appointment
from bookings.models.appointments import FREES_THE_TIME, Status

HERE = (Status.ARRIVED, Status.IN_ROOM, Status.WITH_CLINICIAN)


@login_required
@require_safe
def day(request, date: dt.date | None = None):
    """Show the signed-in clinician's visits of a date; without one, today's, with what is now and next on top."""
    clinician = getattr(request.user, "clinician", None)
    if clinician is None:
        return _not_a_clinician(request)
    now = timezone.now()
    today = timezone.localdate(now)
    date = date or today
    visits = [_with_style(visit) for visit in visits_of(clinician, date)]
    access.shows_patients(request, [visit.patient_id for visit in visits])
    current, following = now_and_next(visits, now=now) if date == today else (None, None)
    context = {
        "clinician": clinician,
        "date": date,
        "today": today,
        "previous": date - dt.timedelta(days=1),
        "next": date + dt.timedelta(days=1),
        "now": now,
        "current": current,
        "following": following,
        "visits": [visit for visit in visits if visit.keeps_time],
        "freed": [visit for visit in visits if not visit.keeps_time],
    }
    return render(request, "bookings/schedule/day.html", context)


def _not_a_clinician(request):
    """The desk works on its board; anybody else has no day here."""
    if request.user.has_perm("bookings.change_appointment"):
        return redirect("admin:day")
    raise PermissionDenied


def visits_of(clinician, date: dt.date):
    """Return the clinician's own visits of a local date, at whichever location."""
    return clinician.appointments.on_dates(date).select_related("patient", "treatment", "location", "region")


def _with_style(visit: Appointment) -> Appointment:
    visit.css = visit.status.replace("_", "-")
    return visit


def now_and_next(visits: list[Appointment], *, now: dt.datetime) -> tuple[Appointment | None, Appointment | None]:
    """Return the visit to be with and the one after it; each may be None.

    Now is whom the clinician sees, else who is here for the earliest time, else the visit whose time it is. Next is the
    first other one who is here or still to come.
    """
    open_visits = [visit for visit in visits if visit.status not in (*FREES_THE_TIME, Status.DONE)]
    current = (
        _first(open_visits, lambda visit: visit.status == Status.WITH_CLINICIAN)
        or _first(open_visits, lambda visit: visit.status in HERE)
        or _first(open_visits, lambda visit: visit.start <= now < visit.end)
    )
    return current, _first(
        open_visits, lambda visit: visit is not current and (visit.status in HERE or visit.end > now)
    )


def _first(visits, fits):
    return next(filter(fits, visits), None)
