"""One small cast of people and places, so that a test reads as a story.

Dr. Amara Ortiz (spine procedures and consultations), Dr. Ben Sato (consultations), Tess Lindqvist (physical therapist); the main
house on Harbor Street with a procedure room, a C-arm and two consulting rooms; patients Ada, Ben and Cleo.
All times: `NOW` is Monday 2 March 2026, 8:00 in New York.
"""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from simple_history.utils import bulk_create_with_history

from bookings.models import Patient, Resource, WorkingHours
from tests import factories
from treatments.models import Capability, Clinician, Location, Treatment

NEW_YORK = ZoneInfo("America/New_York")
NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=NEW_YORK)
TODAY = NOW.date()


def at(date: str, time: str, zone: ZoneInfo = NEW_YORK) -> dt.datetime:
    """Return an aware instant: at("2026-03-04", "14:30")."""
    return dt.datetime.fromisoformat(f"{date}T{time}").replace(tzinfo=zone)


@dataclass
class Clinic:
    house: Location
    consultation: Treatment
    therapy: Treatment
    injection: Treatment
    ortiz: Clinician
    sato: Clinician
    lindqvist: Clinician
    room_one: Resource
    room_two: Resource
    procedure_room: Resource
    c_arm: Resource
    gym: Resource
    ada: Patient
    ben: Patient


def open_clinic() -> Clinic:
    """Make the whole cast: clinicians work Monday to Friday 9:00 to 17:00 at the house."""
    house = factories.LocationFactory(slug="harbor-street", name="Harbor Street")
    skills = {
        slug: factories.CapabilityFactory(slug=slug)
        for slug in ("clinician", "consulting-room", "procedure-room", "c-arm", "gym")
    }
    consultation = _treatment("consultation", skills, role="consultation", minutes=30, needs=["consulting-room"])
    therapy = _treatment("physical-therapy-session", skills, role="therapy", minutes=45, needs=["gym"])
    injection = _treatment(
        "trigger-point-injection",
        skills,
        role="procedure",
        minutes=30,
        needs=["procedure-room", "c-arm"],
        asks_side=True,
    )
    ortiz = _clinician("amara-ortiz", "Amara Ortiz", house, skills, [consultation, injection])
    sato = _clinician("ben-sato", "Ben Sato", house, skills, [consultation, injection])
    lindqvist = _clinician("tess-lindqvist", "Tess Lindqvist", house, skills, [therapy])
    thing = {
        name: factories.ResourceFactory(name=name, kind=kind, location=house, capabilities=[skills[skill]])
        for name, kind, skill in [
            ("Room 1", "room", "consulting-room"),
            ("Room 2", "room", "consulting-room"),
            ("Procedure room", "room", "procedure-room"),
            ("C-arm", "device", "c-arm"),
            ("Gym", "room", "gym"),
        ]
    }
    return Clinic(
        house, consultation, therapy, injection, ortiz, sato, lindqvist, *thing.values(),
        ada=factories.PatientFactory(first_name="Ada", last_name="Vale", email="ada@example.com"),
        ben=factories.PatientFactory(first_name="Ben", last_name="Okafor", email="ben@example.com"),
    )  # fmt: skip


def _treatment(slug: str, skills: dict[str, Capability], *, needs: list[str], **fields) -> Treatment:
    treatment = factories.TreatmentFactory(slug=slug, **fields)
    for skill in ["clinician", *needs]:
        factories.NeedFactory(treatment=treatment, capability=skills[skill])
    return treatment


def _clinician(slug, name, house, skills, treatments) -> Clinician:
    clinician = factories.ClinicianFactory(slug=slug, name=name)
    for treatment in treatments:
        factories.ClinicianTreatmentFactory(clinician=clinician, treatment=treatment)
    resource = factories.ResourceFactory(name=name, clinician=clinician, capabilities=[skills["clinician"]])
    work(resource, house, range(5), "09:00", "17:00")
    return clinician


def work(resource: Resource, location: Location, weekdays, start: str, end: str, **fields) -> list[WorkingHours]:
    """Give a resource weekly hours, as wall time."""
    times = {"start": dt.time.fromisoformat(start), "end": dt.time.fromisoformat(end)}
    hours = [
        WorkingHours(resource=resource, location=location, weekday=weekday, **times, **fields) for weekday in weekdays
    ]
    return bulk_create_with_history(hours, WorkingHours)
