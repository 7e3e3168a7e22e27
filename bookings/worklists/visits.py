"""Worklists of visits: requests to decide, whom to phone, who has not confirmed, who did not come."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bookings.models import Appointment
from bookings.models.appointments import Status
from bookings.worklists.mechanism import Column, Person, Worklist, in_words, person
from bookings.worklists.moves import Move, only
from bookings.worklists.openings import next_open_days

MISSED_FOR = dt.timedelta(days=30)


def who(visit: Appointment) -> Person:
    return person(visit.patient, reverse("admin:bookings_appointment_change", args=[visit.pk]))


def what(visit: Appointment) -> str:
    return f"{visit.treatment}, {visit.clinician.name}"


VISIT_COLUMNS = (
    Column(_("Patient"), who),
    Column(_("Visit"), what),
    Column(_("When"), lambda visit: in_words(visit.start, visit.location)),
    Column(_("Location"), lambda visit: visit.location),
)


def visit_list(
    name: str, title: Any, empty: Any, found: Callable[[dt.datetime], QuerySet], *more: Column, **options: Any
) -> Worklist:
    """Return a worklist whose rows are appointments. `options`: moves, marks, is_ticked."""
    return Worklist(
        name=name,
        title=title,
        empty=empty,
        permission="bookings.change_appointment",
        found=found,
        columns=(*VISIT_COLUMNS, *more),
        patients=lambda visit: {visit.patient_id},
        visit=lambda visit: visit,
        **options,
    )


def _visits(**conditions: Any) -> QuerySet[Appointment]:
    return Appointment.objects.filter(**conditions).select_related("patient", "treatment", "clinician", "location")


# --- Requests -------------------------------------------------------------------------------------------------------


def _requests(now: dt.datetime) -> QuerySet[Appointment]:
    """What waits for the desk: what the patient was asked comes back when they have not answered in time."""
    rows = _visits(end__gt=now, status=Status.REQUESTED)
    return rows.filter(Q(offered_at=None) | Q(decide_by__lte=now)).order_by("decide_by", "pk")


def _request_marks(visit: Appointment, now: dt.datetime) -> list[Any]:
    if visit.offered_at is not None:
        return [_("no answer to the time offered")]
    return [_("overdue")] if visit.decide_by is not None and visit.decide_by < now else []


REQUESTS = visit_list(
    "requests",
    _("Requests to decide"),
    _("No request waits for a decision."),
    _requests,
    Column(_("Decide by"), lambda visit: in_words(visit.decide_by, visit.location)),
    moves=only("approve", "accept", "decline", "offer", "move"),
    marks=_request_marks,
)

# --- To phone -------------------------------------------------------------------------------------------------------

PHONE = visit_list(
    "phone",
    _("Phone to confirm"),
    _("Everybody can be reached in writing."),
    lambda now: _visits(end__gt=now, status=Status.BOOKED, phone_to_confirm=True).order_by("start", "pk"),
    moves=only("confirm", "move", "cancel"),
)

UNTOLD = visit_list(
    "untold",
    _("Canceled, to tell by phone"),
    _("Whoever was canceled has been told."),
    lambda now: _visits(end__gt=now, status=Status.CANCELLED, phone_to_confirm=True).order_by("start", "pk"),
    moves=only("undo"),
    is_ticked=True,
)


def _unconfirmed(now: dt.datetime) -> QuerySet[Appointment]:
    days = Q(pk__in=[])
    for location, (start, end) in sorted(next_open_days(now).items()):
        days |= Q(location=location, start__gte=start, start__lt=end)
    return _visits(status=Status.BOOKED, confirmed_at=None).filter(days).order_by("start", "pk")


UNCONFIRMED = visit_list(
    "unconfirmed",
    _("Not confirmed for the next open day"),
    _("Everybody has confirmed for the next open day."),
    _unconfirmed,
    moves=only("confirm", "move", "cancel"),
)

# --- Missed ---------------------------------------------------------------------------------------------------------


def _missed(now: dt.datetime) -> QuerySet[Appointment]:
    """Who did not come, and has nothing later in the diary: each patient's last visit."""
    later = Appointment.objects.exclude(status=Status.CANCELLED)
    later = later.filter(patient=OuterRef("patient"), start__gt=OuterRef("start"))
    rows = _visits(status=Status.MISSED, start__gt=now - MISSED_FOR, start__lte=now)
    return rows.exclude(Exists(later)).order_by("start", "pk")


def _rebook(visit: Appointment, now: dt.datetime) -> list[Move]:
    asked = {
        "location": visit.location.slug,
        "clinician": visit.clinician.slug,
        "treatment": visit.treatment.slug,
        "patient": visit.patient_id,
    }
    address = f"{reverse('admin:desk-book')}?{urlencode(asked)}"
    return [Move("rebook", _("Book again"), address, opens_page=True), *only("undo")(visit, now)]


MISSED = visit_list(
    "missed",
    _("Missed, to book again"),
    _("Nobody who missed a visit waits for another."),
    _missed,
    moves=_rebook,
    is_ticked=True,
)
