"""`take_over`: many visits in one transaction, by the same rules as `book` for staff, one after the other."""

import datetime as dt
from random import Random

import pytest
from django.db import transaction

from bookings import scheduling
from bookings.findings import findings
from bookings.models import Appointment, AppointmentEvent, Hold, Message, Occupancy, SessionLimit, WorkingHours
from bookings.scheduling import By, Refused, Slot, Wanted, take_over
from tests import cast, factories
from tests.cast import NOW, at

pytestmark = [pytest.mark.django_db, pytest.mark.engine]


@pytest.fixture
def clinic():
    clinic = cast.open_clinic()
    hours = WorkingHours.objects.filter(resource=clinic.sato.resource, weekday=1).get()
    SessionLimit.objects.create(hours=hours, treatment=clinic.injection, at_most=2)
    for resource, start in ((clinic.ortiz.resource, "13:00"), (clinic.room_one, "10:00")):
        span = {"start": at("2026-03-03", start), "end": at("2026-03-03", "15:00")}
        scheduling.block(resource=resource, **span, kind="block", by=By.system(), now=NOW)
    scheduling.hold(slot(clinic, "consultation", "2026-03-04", "09:00"), session_key="somebody", now=NOW)
    return clinic


def slot(clinic, treatment, date, time, clinician=None):
    return Slot(getattr(clinic, treatment), at(date, time), clinic.house, clinician)


def wishes(clinic, seed: int) -> list[Wanted]:
    """Sixty visits on three days in a few hours each: most of them want what another one wants, too."""
    rng = Random(seed)
    patients = [factories.PatientFactory() for _number in range(15)]
    people = {"consultation": [clinic.ortiz, clinic.sato, None], "injection": [clinic.ortiz, clinic.sato, None]}
    people["therapy"] = [clinic.lindqvist, clinic.ortiz, None]
    made = []
    for _number in range(60):
        treatment = rng.choice(list(people))
        date = rng.choice(["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-07"])
        time = f"{rng.choice([8, 9, 10, 13, 14, 16]):02}:{rng.choice([0, 7, 15, 30, 45]):02}"
        made.append(Wanted(slot(clinic, treatment, date, time, rng.choice(people[treatment])), rng.choice(patients)))
    return [each for each in made if each.slot.start > NOW]


def one_by_one(wanted: list[Wanted], staff: By) -> list:
    """What `book` says to each, and what the diary has of it; then all of it is taken back."""
    with transaction.atomic():
        said = [_book(each, staff) for each in wanted]
        transaction.set_rollback(True)
    return said


def _book(each: Wanted, staff: By):
    try:
        return facts(scheduling.book(each.slot, patient=each.patient, by=staff, now=NOW, source="import", notify=False))
    except Refused as refusal:
        return f"{type(refusal).__name__}: {refusal}"


def facts(row: Appointment):
    kept = (
        row.patient_id,
        row.treatment_id,
        row.clinician_id,
        row.location_id,
        row.start,
        row.end,
        row.arrive_at,
        row.status,
    )
    return kept, sorted(row.occupancy.values_list("resource", "start", "end", "overbooked"))


@pytest.mark.parametrize("seed", range(6))
def test_many_at_once_become_what_they_would_become_one_by_one(clinic, seed):
    wanted = wishes(clinic, seed)
    # Both look day by day: `take_over` takes the days apart, and keeps the order within each.
    wanted.sort(key=lambda each: each.slot.start.date())
    expected = one_by_one(wanted, By.staff(factories.UserFactory()))
    results = take_over(wanted, by=By.system(), now=NOW)
    got = [f"{type(one).__name__}: {one}" if isinstance(one, Refused) else facts(one) for one in results]
    assert got == expected
    made = [one for one in results if not isinstance(one, Refused)]
    assert 5 < len(made) < 55
    assert AppointmentEvent.objects.count() == len(made)
    assert Message.objects.count() == 0
    assert list(findings(now=NOW)) == []


def test_a_visit_may_have_a_length_and_a_room_of_its_own(clinic):
    nine = slot(clinic, "consultation", "2026-03-05", "09:00", clinic.ortiz)
    wanted = Wanted(nine, clinic.ada, minutes=50, prefer=frozenset({clinic.room_two.pk}))
    [visit] = take_over([wanted], by=By.system(), now=NOW)
    assert visit.end - visit.start == dt.timedelta(minutes=50)
    assert sorted(visit.occupancy.values_list("resource", flat=True)) == sorted(
        [clinic.ortiz.resource.pk, clinic.room_two.pk]
    )


def test_a_visit_that_is_over_or_of_a_merged_entry_is_refused(clinic):
    merged = factories.PatientFactory(merged_into=clinic.ada)
    over = Wanted(slot(clinic, "consultation", "2026-03-02", "07:59", clinic.ortiz), clinic.ada)
    other = Wanted(slot(clinic, "consultation", "2026-03-05", "09:00", clinic.ortiz), merged)
    results = take_over([over, other], by=By.system(), now=NOW)
    assert [str(one) for one in results] == [
        "That time is over.",
        "This entry has been merged into another one of the same person. Please book for that one.",
    ]
    assert Appointment.objects.count() == 0


def test_a_collision_is_overbooked_with_a_reason_and_never_into_a_taken_room(clinic):
    nine = slot(clinic, "injection", "2026-03-05", "09:00", clinic.ortiz)
    consult = slot(clinic, "consultation", "2026-03-05", "09:00", clinic.ortiz)
    wanted = [
        Wanted(nine, clinic.ada, overbook_reason="As in the old book."),
        Wanted(consult, clinic.ben, overbook_reason="As in the old book."),
        Wanted(
            slot(clinic, "injection", "2026-03-05", "09:00", clinic.sato),
            factories.PatientFactory(),
            overbook_reason="x",
        ),
    ]
    first, second, third = take_over(wanted, by=By.system(), now=NOW)
    assert [row.occupancy.filter(overbooked=True).count() for row in (first, second)] == [0, 1]
    assert str(third) == "A room or device this treatment needs is taken then. Those are never overbooked."
    assert list(findings(now=NOW)) == []


def test_a_hold_that_is_over_is_in_nobodys_way(clinic):
    later = NOW + dt.timedelta(hours=1)
    first_nine = Hold.objects.get()
    resources = set(Occupancy.objects.filter(hold=first_nine).values_list("resource", flat=True))
    assert clinic.ortiz.resource.pk in resources
    nine = slot(clinic, "consultation", "2026-03-04", "09:00", clinic.ortiz)
    [taken] = take_over([Wanted(nine, clinic.ada)], by=By.system(), now=NOW)
    assert isinstance(taken, scheduling.Taken)
    [visit] = take_over([Wanted(nine, clinic.ada)], by=By.system(), now=later)
    assert visit.clinician_id == clinic.ortiz.pk
