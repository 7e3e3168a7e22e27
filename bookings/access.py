"""Who read what: a view says which patients its page shows, the middleware writes it down."""

import datetime as dt

from django.db.models import QuerySet
from django.utils import timezone

from bookings.models import AccessEntry, ColleagueLook
from treatments.models import Clinician

# A file of a year has thousands: several rows of a size that can still be read.
MOST_IN_A_ROW = 500
TOLD_AGAIN_AFTER = dt.timedelta(minutes=15)


def shows_patients(request, patient_ids) -> None:
    """Note on the request that its page shows these patients (ids)."""
    shown = getattr(request, "patients_shown", set())
    request.patients_shown = shown | {pk for pk in patient_ids if pk is not None}


def write(request, *, allowed: bool, now) -> None:
    """Append one row for a page that showed patients, or that was refused; more rows for very many patients."""
    shown = sorted(getattr(request, "patients_shown", ()))
    if not shown and allowed:
        return
    match = request.resolver_match
    if allowed and "X-Polling" in request.headers and _is_known(request.user, match.view_name, shown, now=now):
        return
    told = {"user": request.user, "at": now, "view": (match.view_name if match else "-")[:80], "allowed": allowed}
    parts = [shown[first : first + MOST_IN_A_ROW] for first in range(0, len(shown), MOST_IN_A_ROW)] or [[]]
    for part in parts:
        AccessEntry(**told, patients=part).save()


def taken_by_patient(patient_ids, *, view: str, now: dt.datetime) -> None:
    """Append that a patient took their own data away: it is a disclosure, and nobody of the staff did it."""
    AccessEntry(user=None, at=now, view=view, patients=sorted(patient_ids)).save()


def calendar_read(user, *, view: str, now: dt.datetime) -> None:
    """Append that a member of staff's own calendar was read by whoever holds its address: it names no patient."""
    AccessEntry(user=user, at=now, view=view, patients=[]).save()


def look_at(user, clinician: Clinician, *, reason: str, now: dt.datetime) -> ColleagueLook:
    """Append why somebody must see a colleague's day. It holds until midnight by the clinic's clock."""
    midnight = dt.datetime.combine(timezone.localdate(now) + dt.timedelta(days=1), dt.time(0))
    until = timezone.make_aware(midnight)
    return ColleagueLook.objects.create(user=user, clinician=clinician, reason=reason, at=now, until=until)


def look_of(user, colleagues: QuerySet[Clinician], *, now: dt.datetime) -> ColleagueLook | None:
    """Return the newest reason of this user, for the day of one of these colleagues, that still holds."""
    looks = ColleagueLook.objects.filter(user=user, clinician__in=colleagues, until__gt=now)
    return looks.select_related("clinician").first()


def _is_known(user, view: str, shown: list[int], *, now: dt.datetime) -> bool:
    """Whether the newest entry of this user says the same: a page that asks again every half minute tells it once in a while."""
    newest = AccessEntry.objects.filter(user=user, at__gt=now - TOLD_AGAIN_AFTER).order_by("-pk")
    return newest.values_list("view", "patients", "allowed").first() == (view, shown, True)
