"""Many visits in one transaction, for a clinic that moves in: the rules of `book` for staff, the statements of one look a day.

Each visit is chosen for by the same picture as every other booking, in the order given; what was chosen counts as taken
for the next one. The database's guard has the last word, as always. Nobody is told: see `outbox.holding`.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from bookings import eligibility
from bookings.availability import Choice, Picture, look
from bookings.intervals import from_minute, to_minute
from bookings.models import Appointment, AppointmentEvent, Occupancy, Patient, Resource
from bookings.models.appointments import Status
from bookings.scheduling.parties import By, Slot
from bookings.scheduling.refusals import NotAllowed, NotOffered, Refused, Taken, diary_transaction
from bookings.scheduling.times import decision_due, drop_expired, refuse_impossible

AT_ONE_TIME = 500


@dataclass
class Wanted:
    """A visit as another system had it. `patient` is saved; `minutes` is its length where it differs from ours.

    `prefer`: rooms and devices (pk) it had. `overbook_reason`: it may stand beside another visit of its clinician.
    """

    slot: Slot
    patient: Patient
    requested: bool = False
    confirmed: bool = False
    minutes: int | None = None
    prefer: frozenset[int] = frozenset()
    overbook_reason: str = ""
    answers: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Written:
    """What one transaction is about to insert, and where each patient is by then."""

    appointments: list[Appointment] = field(default_factory=list)
    choices: list[tuple[Choice, Wanted]] = field(default_factory=list)
    elsewhere: dict[int, list[tuple[dt.datetime, dt.datetime]]] = field(default_factory=lambda: defaultdict(list))


def take_over(wanted: Sequence[Wanted], *, by: By, now: dt.datetime) -> list[Appointment | Refused]:
    """Book these visits ahead, in one transaction; return for each the row it became, or why it was refused.

    Their messages are held until the import is released. Raises Taken when the diary is busy: then nothing was written.
    """
    with diary_transaction():
        _lock(wanted)
        drop_expired(now=now)
        written = _Written(elsewhere=_visits_of([each.patient for each in wanted]))
        merged = _merged([each.patient for each in wanted])
        results: list[Appointment | Refused] = [NotOffered()] * len(wanted)
        for numbers in _by_day(wanted).values():
            _take_over_day({number: wanted[number] for number in numbers}, results, written, merged, by=by, now=now)
        _insert(written, by=by, now=now)
    return results


def _lock(wanted: Iterable[Wanted]) -> None:
    """Lock all resources in order of pk, then the patients, as every verb does. SQLite is locked by BEGIN IMMEDIATE."""
    if not connection.features.has_select_for_update:
        return
    resources = Resource.objects.active().order_by("pk").select_for_update(no_key=True, of=("self",))
    list(resources.values_list("pk", flat=True))
    patients = Patient.objects.filter(pk__in={each.patient.pk for each in wanted}).order_by("pk")
    list(patients.select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))


def _visits_of(patients: list[Patient]) -> dict[int, list[tuple[dt.datetime, dt.datetime]]]:
    found: dict[int, list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
    rows = Appointment.objects.keeping_time().filter(patient__in={patient.pk for patient in patients}).order_by()
    for patient, start, end in rows.values_list("patient_id", "start", "end"):
        found[patient].append((start, end))
    return found


def _merged(patients: list[Patient]) -> set[int]:
    rows = Patient.objects.filter(pk__in={patient.pk for patient in patients}, merged_into__isnull=False)
    return set(rows.values_list("pk", flat=True))


def _by_day(wanted: Sequence[Wanted]) -> dict[tuple[int, dt.date], list[int]]:
    """Return the numbers of the visits by place and local date, in the order they were asked for."""
    days: dict[tuple[int, dt.date], list[int]] = defaultdict(list)
    for number, each in enumerate(wanted):
        place = each.slot.location
        days[place.pk, each.slot.start.astimezone(place.zone).date()].append(number)
    return days


def _take_over_day(
    visits: dict[int, Wanted],
    results: list[Appointment | Refused],
    written: _Written,
    merged: set[int],
    *,
    by: By,
    now: dt.datetime,
) -> None:
    slots = [each.slot for each in visits.values()]
    treatments = {slot.treatment.pk: slot.treatment for slot in slots}
    date = slots[0].start.astimezone(slots[0].location.zone).date()
    picture = look(list(treatments.values()), first=date, days=1, now=now, location=slots[0].location.pk, by_staff=True)
    for number, each in visits.items():
        try:
            results[number] = _take(each, picture, written, merged, by=by, now=now)
        except Refused as refusal:
            results[number] = refusal


def _take(
    each: Wanted, picture: Picture, written: _Written, merged: set[int], *, by: By, now: dt.datetime
) -> Appointment:
    _refuse(each, merged, now=now)
    choice = _choose(each, picture)
    start, end = each.slot.start, from_minute(choice.end_minute)
    if any(begin < end and until > start for begin, until in written.elsewhere[each.patient.pk]):
        raise NotAllowed(_("This patient already has an appointment at that time."))
    row = _row(each, choice, now=now)
    picture.take(each.slot.treatment.pk, choice, to_minute(start))
    written.elsewhere[each.patient.pk].append((start, end))
    written.appointments.append(row)
    written.choices.append((choice, each))
    return row


def _refuse(each: Wanted, merged: set[int], *, now: dt.datetime) -> None:
    refuse_impossible(each.slot)
    verdict = eligibility.answer(each.slot.treatment, patient=each.patient, now=now, by_staff=True)
    if not verdict.allowed:
        raise NotOffered(verdict.reasons[0])
    if each.slot.start <= now:
        raise NotOffered(_("That time is over."))
    if each.patient.pk in merged:
        raise NotAllowed(_("This entry has been merged into another one of the same person. Please book for that one."))


def _choose(each: Wanted, picture: Picture) -> Choice:
    """Return who and what serves the visit; Taken, NotOffered and overbooking as `choose` and `overbook` have them."""
    slot = each.slot
    asked = (slot.treatment.pk, to_minute(slot.start), slot.location.pk, slot.clinician.pk if slot.clinician else None)
    choice = picture.choose(*asked, minutes=each.minutes, prefer=each.prefer)
    if choice is not None:
        each.overbook_reason = ""  # there is room, so that nothing needs excusing
        return choice
    if each.overbook_reason:
        return _overbooked(each, picture)
    if picture.without_visits().choose(*asked, minutes=each.minutes) is not None:
        raise Taken
    raise NotOffered


def _overbooked(each: Wanted, picture: Picture) -> Choice:
    slot, treatment = each.slot, each.slot.treatment.pk
    offers = [
        offer for offer in picture.reference.offers[treatment] if slot.clinician and offer[0].pk == slot.clinician.pk
    ]
    if not offers:
        raise NotOffered(_("This clinician does not offer that treatment."))
    person, own = offers[0]
    start = to_minute(slot.start)
    end = start + (each.minutes or own or slot.treatment.minutes)
    if picture.missing_needs(treatment, slot.location.pk, start, end):
        raise Taken(_("A room or device this treatment needs is taken then. Those are never overbooked."))
    resources = picture.resources_for(treatment, person, slot.location.pk, start, end, prefer=each.prefer)
    return Choice(person, end, resources)


def _row(each: Wanted, choice: Choice, *, now: dt.datetime) -> Appointment:
    slot = each.slot
    return Appointment(
        patient=each.patient,
        treatment=slot.treatment,
        clinician_id=choice.clinician.pk,
        location=slot.location,
        start=slot.start,
        end=from_minute(choice.end_minute),
        arrive_at=slot.start - dt.timedelta(minutes=slot.treatment.arrive_early_minutes),
        status=Status.REQUESTED if each.requested else Status.BOOKED,
        status_at=now,
        confirmed_at=now if each.confirmed and not each.requested else None,
        decide_by=decision_due(slot, now=now) if each.requested else None,
        source=Appointment.Source.IMPORT,
        created_at=now,
        held_since=now,
        **each.answers,
    )


def _insert(written: _Written, *, by: By, now: dt.datetime) -> None:
    Appointment.objects.bulk_create(written.appointments, batch_size=AT_ONE_TIME)
    pairs = list(zip(written.appointments, written.choices, strict=True))
    taken = [
        row for visit, (choice, each) in pairs for row in _occupancy(visit, choice, overbooked=each.overbook_reason)
    ]
    Occupancy.objects.bulk_create(taken, batch_size=AT_ONE_TIME)
    events = [_event(visit, each, by=by, now=now) for visit, (_choice, each) in pairs]
    AppointmentEvent.objects.bulk_create(events, batch_size=AT_ONE_TIME)


def _occupancy(visit: Appointment, choice: Choice, *, overbooked: str) -> list[Occupancy]:
    return [
        Occupancy(
            resource_id=resource,
            start=minutes.start,
            end=minutes.end,
            appointment=visit,
            overbooked=bool(overbooked) and resource == choice.clinician.resource,
        )
        for resource, minutes in sorted(choice.resources.items())
    ]


def _event(visit: Appointment, each: Wanted, *, by: By, now: dt.datetime) -> AppointmentEvent:
    detail = {"overbooked": each.overbook_reason} if each.overbook_reason else {}
    return AppointmentEvent(
        appointment=visit,
        verb="request" if each.requested else "book",
        at=now,
        actor=by.actor,
        user=by.user,
        status_after=visit.status,
        revision=visit.revision,
        detail=detail,
    )
