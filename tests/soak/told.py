"""What people were told on the last page, held against the diary: nothing lost, nothing twice, nothing unasked."""

import itertools
from collections.abc import Iterable

from bookings.models import Appointment, Occupancy
from tests.soak.ledger import Change, Visit
from tests.soak.people import Booking
from tests.soak.world import FIRST_STEP, PREPARED, TREATMENTS


def ledger(bookings: Iterable[Booking]) -> list[Visit]:
    """Return what the oracle judges the post by: visits as people were told of them."""
    rows = {row.reference: row for row in Appointment.objects.select_related("location", "clinician")}
    visits = []
    for number, told in enumerate(bookings):
        row = rows.get(told.reference)
        if row is None:
            continue  # lost, which is said elsewhere
        change = Change(
            "book",
            "patient",
            told.began,
            told.committed,
            told.status,
            told.start,
            row.location.zone,
            told.real,
            row.clinician.slug,
        )
        first_step = FIRST_STEP if told.treatment == PREPARED else None
        procedure = TREATMENTS[told.treatment][0] == "procedure"
        visits.append(Visit(number, told.treatment, procedure, told.address, first_step=first_step, changes=[change]))
    return visits


def lost_bookings(bookings: Iterable[Booking]) -> list[str]:
    """Return each confirmed page whose visit is not in the diary as it was told."""
    rows = Appointment.objects.values_list("reference", "patient__email", "start", "status")
    kept = {reference: rest for reference, *rest in rows}
    return [
        f"person {told.number} was told {told.reference}, {told.start}: the diary has {kept.get(told.reference)}"
        for told in bookings
        if kept.get(told.reference) != [told.address, told.start, told.status]
    ]


def unasked(bookings: Iterable[Booking]) -> list[str]:
    """Return each visit of the diary that nobody was told of: a form taken twice, or an answer that never came."""
    told = {booking.reference for booking in bookings}
    return [
        f"{each} is nobody's" for each in Appointment.objects.values_list("reference", flat=True) if each not in told
    ]


def double_bookings() -> list[str]:
    """Return pairs of visits that have one person or one room at the same time."""
    rows = Occupancy.objects.filter(appointment__isnull=False).order_by("resource", "start")
    return clashes(rows.values_list("resource", "start", "end", "appointment__reference"))


def clashes(taken: Iterable[tuple[int, int, int, str]]) -> list[str]:
    """Return neighbors that overlap, in rows of resource, start, end and reference that are sorted so."""
    return [
        f"{one[3]} and {other[3]} have resource {one[0]} at once"
        for one, other in itertools.pairwise(taken)
        if one[0] == other[0] and other[1] < one[2]
    ]
