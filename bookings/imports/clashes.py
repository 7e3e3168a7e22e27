"""What stands in the way of a visit, so that a person can see both side by side."""

import datetime as dt

from django.db.models import Q

from bookings.intervals import to_minute
from bookings.models import Appointment, Occupancy, TimeOff
from bookings.scheduling import Slot

MOST_SHOWN = 3


def in_the_way(slot: Slot, patient, minutes: int | None) -> str:
    """Name the visits of the same clinician or patient at that time, what else is taken, and leave; by the clock of the place."""
    end = slot.start + dt.timedelta(minutes=minutes or slot.treatment.minutes)
    mine = Q(patient=patient) | (Q(clinician=slot.clinician) if slot.clinician else Q())
    visits = Appointment.objects.keeping_time().filter(mine, start__lt=end, end__gt=slot.start)
    found = list(
        visits.select_related("patient", "clinician", "treatment", "location").order_by("start", "pk")[:MOST_SHOWN]
    )
    return "; ".join([shown(visit) for visit in found] or [*_away(slot, end), *_rooms(slot, end)])


def shown(visit: Appointment) -> str:
    """A visit on one line, for the report."""
    return (
        f"{visit.reference}: {visit.local_start:%Y-%m-%d %H:%M} to {visit.local_end:%H:%M}, {visit.clinician.name}, "
        f"{visit.treatment.name}, {visit.patient}"
    )


def _away(slot: Slot, end: dt.datetime) -> list[str]:
    who = (
        Q(location=slot.location) | Q(resource__clinician=slot.clinician)
        if slot.clinician
        else Q(location=slot.location)
    )
    rows = TimeOff.objects.filter(who, start__lt=end, end__gt=slot.start).select_related("resource", "location")
    return [str(off) for off in rows[:MOST_SHOWN]]


def _rooms(slot: Slot, end: dt.datetime) -> list[str]:
    """Where neither person nor clinician is the reason, it is the rooms that are taken."""
    start = to_minute(slot.start)
    rows = Occupancy.objects.filter(
        start__lt=to_minute(end), start__gt=start - 1440, end__gt=start, resource__location=slot.location
    )
    chosen = rows.exclude(appointment=None).select_related("resource", "appointment").order_by("resource", "start")
    return [f"{row.resource} is taken by {row.appointment}" for row in chosen[:MOST_SHOWN]]
