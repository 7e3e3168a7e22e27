"""What the processes of `test_importing_races` do: one moves in, the others book the same times from the website."""

import datetime as dt

from bookings import scheduling
from bookings.imports.ledger import steadily
from bookings.models import Patient
from bookings.scheduling import By, Refused, Slot, Taken, Wanted, take_over
from tests import cast, factories
from treatments.models import Clinician, Location, Treatment

DAYS = ("2026-03-05", "2026-03-06", "2026-03-09")


def slots():
    treatment, place = Treatment.objects.get(slug="consultation"), Location.objects.get()
    people = list(Clinician.objects.filter(slug__in=["amara-ortiz", "ben-sato"]).order_by("pk"))
    for day in DAYS:
        for half in range(16):
            for clinician in people:
                start = cast.at(day, "09:00") + dt.timedelta(minutes=30 * half)
                yield Slot(treatment, start, place, clinician)


def move_in(patients: list[int]) -> list[str]:
    """Take over all times, in batches of eight; say which became visits."""
    wanted = [Wanted(slot, Patient.objects.get(pk=pk)) for slot, pk in zip(slots(), patients, strict=False)]
    made = []
    for first in range(0, len(wanted), 8):
        some = wanted[first : first + 8]
        results = steadily(lambda some=some: take_over(some, by=By.system(), now=cast.NOW))
        made += [one.reference for one in results if not isinstance(one, Refused)]
    return made


def book(number: int) -> list[str]:
    """Book every time there is, from the last one on."""
    made = []
    for place, slot in enumerate(reversed(list(slots()))):
        patient = factories.PatientFactory.build(first_name=f"Web{number}", email=f"w{number}-{place}@example.com")
        try:
            row = scheduling.book(slot, patient=patient, by=By.patient(), now=cast.NOW, source="web")
        except Taken:
            continue
        made.append(row.reference)
    return made


def run(*, deed: str, **arguments):
    return {"move_in": move_in, "book": book}[deed](**arguments)
