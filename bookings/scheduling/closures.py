"""Blocking time: a clinician is away, a room is out of order, a location is closed."""

import datetime as dt

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from bookings.intervals import to_minute
from bookings.models import Appointment, Occupancy, Resource, TimeOff
from bookings.models.appointments import Status
from bookings.scheduling.parties import By
from bookings.scheduling.refusals import NotAllowed, diary_transaction
from treatments.models import Location

# Those under treatment stay where they are, and what is done is done.
TO_SETTLE = (Status.REQUESTED, Status.BOOKED, Status.ARRIVED, Status.IN_ROOM)


def block(
    *,
    resource: Resource | None = None,
    location: Location | None = None,
    start: dt.datetime,
    end: dt.datetime,
    kind: str,
    by: By,
    now: dt.datetime,
    note: str = "",
) -> tuple[TimeOff, list[Appointment]]:
    """Close a resource or a whole location; return the time off and the visits it hits, which stay until somebody moves them.

    Raises NotAllowed when the end is not after the start, or when not exactly one of resource and location is given.
    """
    if (resource is None) == (location is None):
        raise NotAllowed(_("Choose a person, room or device, or a whole location."))
    if end <= start:
        raise NotAllowed(_("The end must be after the start."))
    with diary_transaction():
        lock_against_bookings(resource, location)
        off = TimeOff(resource=resource, location=location, start=start, end=end, kind=kind, note=note)
        return _save(off, by=by, now=now)


def reblock(off: TimeOff, *, by: By, now: dt.datetime) -> tuple[TimeOff, list[Appointment]]:
    """Save a time off that was changed, under the rules of `block`; return it and all visits it hits now."""
    if off.end <= off.start:
        raise NotAllowed(_("The end must be after the start."))
    with diary_transaction():
        lock_against_bookings(off.resource, off.location)
        return _save(off, by=by, now=now)


def _save(off: TimeOff, *, by: By, now: dt.datetime) -> tuple[TimeOff, list[Appointment]]:
    # simple-history looks for these names on the row it copies.
    vars(off).update(_history_user=by.user, _history_date=now)
    off.save()
    return off, list(hit_by(off))


def hit_by(off: TimeOff):
    """Return the visits that keep time within the time off, in order of start."""
    visits = Appointment.objects.keeping_time().select_related("patient", "treatment", "clinician", "location")
    if off.location_id:
        return visits.filter(location=off.location_id, start__lt=off.end, end__gt=off.start)
    # A part of a minute off is the whole minute off, as availability reads it.
    start, end = to_minute(off.start), to_minute(off.end + dt.timedelta(seconds=59))
    rows = Occupancy.objects.filter(resource=off.resource_id, start__lt=end, start__gt=start - 1440, end__gt=start)
    return visits.filter(occupancy__in=rows).distinct()


def to_settle(off: TimeOff, *, now: dt.datetime) -> list[Appointment]:
    """Return the visits a time off hits that something can still be done about: from today on, by each one's own clock."""
    rows = hit_by(off).filter(status__in=TO_SETTLE, end__gt=now - dt.timedelta(days=2))
    return [visit for visit in rows if visit.local_start.date() >= now.astimezone(visit.location.zone).date()]


def lock_against_bookings(resource: Resource | None, location: Location | None) -> None:
    """Wait for bookings under way, so that none slips in beside the closure."""
    if not connection.features.has_select_for_update:
        return
    at_location = Q(location=location) | Q(working_hours__location=location) | Q(extra_hours__location=location)
    wanted = Resource.objects.filter(Q(pk=resource.pk) if resource else at_location).values("pk")
    rows = Resource.objects.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True, of=("self",))
    list(rows.values_list("pk", flat=True))
