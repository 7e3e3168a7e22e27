"""Merges between real processes on one database: whoever is second is told, and no entry points to nobody."""

import pytest

from bookings import scheduling
from bookings.findings import findings
from bookings.models import Patient
from tests import factories
from tests.bookings.scheduling.asking import SYSTEM, book
from tests.bookings.scheduling.racers import answer_of
from tests.cast import NOW, open_clinic
from tests.processes import run_together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine]


def merge(old, kept):
    """What each process runs."""
    return answer_of(scheduling.merge, Patient(pk=old), Patient(pk=kept), by=SYSTEM, now=NOW)


def race(*pairs):
    entry = "tests.bookings.scheduling.test_merging_races:merge"
    return run_together(entry, [{"old": old.pk, "kept": kept.pk} for old, kept in pairs])


@pytest.fixture
def clinic():
    return open_clinic()


def test_of_two_merges_of_the_same_two_one_happens_whichever_way_round(clinic):
    second = factories.PatientFactory()
    visits = [book(clinic), book(clinic, "14:00", patient=second)]
    answers = race((second, clinic.ada), (clinic.ada, second), (second, clinic.ada))
    assert sorted(answers) == ["NotAllowed", "NotAllowed", "done"]
    [kept] = Patient.objects.current().filter(pk__in=[clinic.ada.pk, second.pk])
    assert sorted(kept.appointments.values_list("pk", flat=True)) == [visit.pk for visit in visits]
    assert [str(finding) for finding in findings(now=NOW)] == []


def test_merges_of_several_entries_into_one_all_happen(clinic):
    others = [factories.PatientFactory() for _number in range(3)]
    for hour, patient in enumerate(others):
        book(clinic, f"1{hour}:00", patient=patient)
    assert race(*((patient, clinic.ada) for patient in others)) == ["done"] * 3
    assert clinic.ada.appointments.count() == 3
    assert [str(finding) for finding in findings(now=NOW)] == []
