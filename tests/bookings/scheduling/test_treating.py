"""The clinician's part of a visit: a procedure begins with its side, and ends with how it went."""

import pytest

from bookings import scheduling
from bookings.models import Appointment
from tests import cast, factories
from tests.cast import at
from tests.desk import book
from tests.processes import run_together

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
BY = scheduling.By.system()
START = at("2026-03-02", "10:30")


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def neck(db):
    return factories.BodyRegionFactory(slug="neck")


def arrived(clinic, **options):
    return book(clinic, START, treatment=options.pop("treatment", clinic.injection), status="arrived", **options)


def course(visit):
    return list(visit.events.values_list("verb", "detail"))


def test_a_procedure_does_not_begin_without_region_and_side(clinic, neck):
    for known in ({}, {"side": "left"}, {"region": neck}):
        visit = arrived(clinic, patient=factories.PatientFactory(), **known) if not known else None
        visit = visit or Appointment.objects.get()
        with pytest.raises(scheduling.SideMissing):
            scheduling.start(visit, by=BY, now=START, **known)
        visit.refresh_from_db()
        assert (visit.status, visit.region, visit.side) == ("arrived", None, "")


def test_what_the_patient_said_is_written_in_the_same_step(clinic, neck):
    visit = scheduling.start(arrived(clinic), by=BY, now=START, region=neck, side="left")
    assert (visit.status, visit.region, visit.side) == ("with_clinician", neck, "left")
    assert course(visit) == [
        ("book", {}),
        ("check_in", {}),
        ("amend", {"fields": ["region", "side"]}),
        ("start", {}),
    ]


def test_what_was_said_before_is_enough(clinic, neck):
    visit = scheduling.start(arrived(clinic, region=neck, side="left"), by=BY, now=START)
    assert [verb for verb, _detail in course(visit)] == ["book", "check_in", "start"]


def test_what_is_said_at_the_start_counts(clinic, neck):
    visit = scheduling.start(arrived(clinic, region=neck, side="left"), by=BY, now=START, side="right")
    assert (visit.region, visit.side) == (neck, "right")
    assert ("amend", {"fields": ["side"]}) in course(visit)


def test_a_consultation_has_no_side_to_ask_for(clinic):
    visit = arrived(clinic, treatment=clinic.consultation)
    assert not scheduling.lacks_side(visit)
    assert scheduling.start(visit, by=BY, now=START).status == "with_clinician"


def test_who_looked_at_an_older_page_is_told_and_nothing_is_written(clinic, neck):
    visit = arrived(clinic)
    version = visit.version
    scheduling.amend(visit, by=BY, now=START, reason="It burns.")
    with pytest.raises(scheduling.Changed):
        scheduling.start(visit, by=BY, now=START, version=version, region=neck, side="left")
    visit.refresh_from_db()
    assert (visit.status, visit.side) == ("arrived", "")


def test_the_start_is_taken_back_and_the_side_stays(clinic, neck):
    visit = scheduling.start(arrived(clinic), by=BY, now=START, region=neck, side="left")
    visit = scheduling.undo(visit, by=BY, now=START)
    assert (visit.status, visit.side) == ("arrived", "left")


def test_how_it_went_stands_with_the_visit_until_the_end_is_taken_back(clinic):
    visit = scheduling.start(arrived(clinic, treatment=clinic.consultation), by=BY, now=START)
    visit = scheduling.finish(visit, by=BY, now=START, outcome="Half the pain.\nWalks again.")
    assert (visit.status, visit.outcome) == ("done", "Half the pain.\nWalks again.")


@pytest.mark.django_db(transaction=True)
def test_of_many_who_begin_with_different_sides_one_does(clinic, neck):
    visit = arrived(clinic)
    sides = ["left", "right", "both", "middle"]
    asked = [{"visit": visit.pk, "region": neck.pk, "side": side} for side in sides]
    answers = run_together("tests.bookings.clinician_racers:start", asked)
    # Who reads the visit before the first is through is told it changed, who reads it after, that it has begun.
    assert (answers.count("done"), set(answers) - {"done", "Changed", "NotAllowed"}) == (1, set())
    visit.refresh_from_db()
    assert (visit.status, visit.side) == ("with_clinician", sides[answers.index("done")])
    assert [verb for verb, _detail in course(visit)] == ["book", "check_in", "amend", "start"]
