"""The clinic of the run: houses in two time zones, one of them without summer time, open early and late every day."""

import datetime as dt
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bookings.models import WorkingHours
from tests import factories
from treatments.models import PreparationStep, Treatment

HOUSES = {"harbor-street": "America/New_York", "desert-road": "America/Phoenix", "mill-lane": "America/New_York"}
ZONES = [ZoneInfo(name) for name in sorted(set(HOUSES.values()))]
# Slug: role, minutes, policy, share of the bookings.
TREATMENTS = {
    "consultation": ("consultation", 30, "open", 40),
    "physical-therapy-session": ("therapy", 45, "open", 25),
    "trigger-point-injection": ("procedure", 30, "open", 25),
    "nerve-block": ("procedure", 30, "request", 10),
}
PREPARED = "trigger-point-injection"
FIRST_STEP = 3  # days before the visit
DESK = "desk@example.com"
OPENS, CLOSES = dt.time(6), dt.time(21)


class Size(NamedTuple):
    houses: int
    clinicians: int  # in each house


def build(size: Size) -> None:
    """Make the clinic's rows; patients come with their bookings."""
    factories.UserFactory(email=DESK)
    skills = {slug: factories.CapabilityFactory(slug=slug) for slug in ("clinician", "procedure-room")}
    treatments = [_treatment(slug, skills) for slug in TREATMENTS]
    for slug, zone in list(HOUSES.items())[: size.houses]:
        house = factories.LocationFactory(slug=slug, name=slug.replace("-", " ").title(), time_zone=zone)
        for number in range(size.clinicians):
            _clinician(f"{slug}-{number}", house, treatments, skills)
            factories.ResourceFactory(
                name=f"Room {number}", kind="room", location=house, capabilities=[skills["procedure-room"]]
            )


def _treatment(slug: str, skills) -> Treatment:
    role, minutes, policy, _share = TREATMENTS[slug]
    treatment = factories.TreatmentFactory(slug=slug, role=role, minutes=minutes, policy=policy)
    for skill in ["clinician", "procedure-room"] if role == "procedure" else ["clinician"]:
        factories.NeedFactory(treatment=treatment, capability=skills[skill])
    if slug == PREPARED:
        PreparationStep.objects.create(treatment=treatment, days_before=FIRST_STEP, text="Ask somebody to drive you.")
    return treatment


def _clinician(slug, house, treatments, skills) -> None:
    user = factories.UserFactory(email=f"{slug}@example.com", is_staff=False)
    clinician = factories.ClinicianFactory(slug=slug, name=slug.replace("-", " ").title(), user=user)
    for treatment in treatments:
        factories.ClinicianTreatmentFactory(clinician=clinician, treatment=treatment)
    resource = factories.ResourceFactory(name=slug, clinician=clinician, capabilities=[skills["clinician"]])
    WorkingHours.objects.bulk_create(
        WorkingHours(resource=resource, location=house, weekday=weekday, start=OPENS, end=CLOSES)
        for weekday in range(7)
    )
