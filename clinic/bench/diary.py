"""The diary that is measured: clinicians who work Monday to Friday 9 to 17, three quarters of their time taken.

Visits last 15 minutes and start on a 15-minute grid: 24 of a day's 32 places, which for ten clinicians and the 22
working days of a month that begins on a Monday makes 5 280 rows. Each visit takes a room too, and some take a device.
What is left of the wanted number of rows lies in the past.
"""

import datetime as dt
from collections.abc import Iterator
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils import timezone

from bookings.intervals import from_minute, wall_minute
from bookings.models import Appointment, Occupancy, Patient, Resource, WorkingHours
from treatments.models import Capability, Clinician, ClinicianTreatment, Location, Need, Treatment

OPENS, CLOSES, LENGTH = 9 * 60, 17 * 60, 15
TAKEN_A_DAY = (CLOSES - OPENS) // LENGTH * 3 // 4
DEVICES = 4
TREATMENT, PLACE = "nerve-block", "house"
PATIENTS = 400
BATCH = 2000
ZONE = ZoneInfo("America/New_York")


class House(NamedTuple):
    """What the diary is about: primary keys of resources, by what they are."""

    treatment: Treatment
    location: Location
    clinicians: list[int]
    rooms: list[int]
    devices: list[int]


class Visit(NamedTuple):
    start: int
    resources: list[int]  # the clinician's first


def first_monday() -> dt.date:
    """Return the next Monday after today: a month from there has 22 working days."""
    today = timezone.localdate(timezone=ZONE)
    return today + dt.timedelta(days=7 - today.weekday())


def working_dates(first: dt.date, days: int) -> list[dt.date]:
    dates = [first + dt.timedelta(days=offset) for offset in range(days)]
    return [date for date in dates if date.weekday() < 5]


# --- The house --------------------------------------------------------------------------------------------------------


def build(clinicians: int) -> None:
    """Write the treatment, the people, their hours, the rooms and devices, and patients."""
    location = Location.objects.create(
        slug=PLACE, name="House", street="1 Harbor Street", city="Riverbend", state="NY", postal_code="10001",
        phone="+12125550100", time_zone=ZONE.key,
    )  # fmt: skip
    treatment = Treatment.objects.create(
        slug=TREATMENT, name="Nerve block", role=Treatment.Role.PROCEDURE, summary="A treatment.", body="What it is.",
        minutes=LENGTH, start_every=LENGTH,
    )  # fmt: skip
    skills = {name: _skill(name, treatment) for name in (Capability.CLINICIAN, "room", "device")}
    for number in range(clinicians):
        _clinician(number, treatment, location, skills[Capability.CLINICIAN])
    for kind, count in ((Resource.Kind.ROOM, clinicians), (Resource.Kind.DEVICE, DEVICES)):
        for number in range(count):
            thing = Resource.objects.create(kind=kind, name=f"{kind} {number}", location=location)
            thing.capabilities.add(skills[kind])
    Patient.objects.bulk_create(new_patient(str(number)) for number in range(PATIENTS))


def _skill(name: str, treatment: Treatment) -> Capability:
    skill = Capability.objects.get_or_create(slug=name, defaults={"name": name})[0]
    Need.objects.create(treatment=treatment, capability=skill)
    return skill


def _clinician(number: int, treatment: Treatment, location: Location, skill: Capability) -> None:
    person = Clinician.objects.create(
        slug=f"clinician-{number}", name=f"Clinician {number}", credentials="MD", job="Pain physician"
    )
    ClinicianTreatment.objects.create(clinician=person, treatment=treatment)
    resource = Resource.objects.create(kind=Resource.Kind.CLINICIAN, name=person.name, clinician=person)
    resource.capabilities.add(skill)
    opens, closes = dt.time(OPENS // 60), dt.time(CLOSES // 60)
    WorkingHours.objects.bulk_create(
        WorkingHours(resource=resource, location=location, weekday=weekday, start=opens, end=closes)
        for weekday in range(5)
    )


def new_patient(name: str) -> Patient:
    """Return an unsaved patient whom nobody else resembles."""
    return Patient(
        first_name=f"Patient {name}", last_name=name, email=f"patient-{name}@example.com", created_at=timezone.now()
    )


def read_house() -> House:
    resources = Resource.objects.order_by("pk")
    by_kind = {kind: [one.pk for one in resources if one.kind == kind] for kind in Resource.Kind.values}
    return House(
        Treatment.objects.get(slug=TREATMENT),
        Location.objects.get(slug=PLACE),
        by_kind[Resource.Kind.CLINICIAN],
        by_kind[Resource.Kind.ROOM],
        by_kind[Resource.Kind.DEVICE],
    )


# --- Visits -----------------------------------------------------------------------------------------------------------


def fill_month(days: int) -> None:
    """Take three quarters of the working dates from the first Monday on."""
    house = read_house()
    rng = Random(1)
    write(house, [visit for date in working_dates(first_monday(), days) for visit in visits_of(date, house, rng)])


def fill_day(date: dt.date, a_clinician: int) -> None:
    """Take so many places of one date for each clinician."""
    house = read_house()
    write(house, list(visits_of(date, house, Random(date.toordinal()), a_clinician)))


def fill_past(rows: int) -> None:
    """Write older visits, back from yesterday, until there are exactly so many rows of occupancy."""
    house = read_house()
    missing = rows - Occupancy.objects.count()
    oldest = Occupancy.objects.order_by("start").values_list("start", flat=True).first()
    before = min(from_minute(oldest).astimezone(ZONE).date(), timezone.localdate(timezone=ZONE))
    visits = []
    for visit in _backward(before, house):
        visits.append(Visit(visit.start, visit.resources[:missing]))
        missing -= len(visits[-1].resources)
        if missing <= 0:
            break
    write(house, visits)


def _backward(before: dt.date, house: House) -> Iterator[Visit]:
    rng = Random(before.toordinal())
    while True:
        before -= dt.timedelta(days=1)
        if before.weekday() < 5:
            yield from visits_of(before, house, rng)


def visits_of(date: dt.date, house: House, rng: Random, a_clinician: int = TAKEN_A_DAY) -> Iterator[Visit]:
    """Yield so many visits of a date for each clinician, in rooms of their own; a place in the day takes any number of devices."""
    opens = wall_minute(date, OPENS, ZONE)
    places = range(opens, opens + CLOSES - OPENS, LENGTH)
    devices = {place: rng.sample(house.devices, rng.randint(0, len(house.devices))) for place in places}
    for clinician, room in zip(house.clinicians, house.rooms, strict=True):
        for start in rng.sample(places, a_clinician):
            device = [devices[start].pop()] if devices[start] and rng.random() < 0.5 else []
            yield Visit(start, [clinician, room, *device])


def write(house: House, visits: list[Visit]) -> list[Appointment]:
    """Write visits with what they take, in bulk and with the guard on; return their appointments."""
    people = dict(Resource.objects.exclude(clinician=None).values_list("pk", "clinician"))
    patients = list(Patient.objects.values_list("pk", flat=True))
    rows = [_appointment(visit, house, people, patients[n % len(patients)]) for n, visit in enumerate(visits)]
    Appointment.objects.bulk_create(rows, batch_size=BATCH)
    Occupancy.objects.bulk_create(
        (
            Occupancy(resource_id=resource, start=visit.start, end=visit.start + LENGTH, appointment=row)
            for row, visit in zip(rows, visits, strict=True)
            for resource in visit.resources
        ),
        batch_size=BATCH,
    )
    return rows


def _appointment(visit: Visit, house: House, people: dict[int, int], patient: int) -> Appointment:
    start = from_minute(visit.start)
    return Appointment(
        patient_id=patient,
        treatment=house.treatment,
        clinician_id=people[visit.resources[0]],
        location=house.location,
        start=start,
        end=from_minute(visit.start + LENGTH),
        arrive_at=start,
        status_at=start,
        created_at=start,
    )
