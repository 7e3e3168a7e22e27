"""What was before a visit: the last visits with outcomes, the last injections by place."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings.models import Appointment
from bookings.models.appointments import Status
from bookings.past import Past, PastInjection, PastVisit, past_of
from bookings.readiness import where_words
from tests import cast, factories
from tests.bookings.busy import before
from tests.cast import NOW, at
from tests.desk import book
from tests.diary import past_the_verbs

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
START = at("2026-03-02", "10:30")


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def neck(db):
    return factories.BodyRegionFactory(name="Neck")


def put(clinic, weeks, region, **fields):
    """Write Ada's injection of so many weeks before; `fields` make it another one."""
    row = before(clinic, fields.pop("patient", clinic.ada), region, weeks)
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    return row


def past(visit, *, now=START):
    return past_of([visit], now=now)[visit.pk]


def test_visits_are_said_with_date_what_with_whom_and_outcome(clinic, neck):
    put(clinic, 0, neck, outcome="Half the pain.", side="left")
    put(clinic, 1, neck, status="missed", outcome="", treatment=clinic.consultation, clinician=clinic.ortiz)
    assert past(book(clinic, START)) == Past(
        [
            PastVisit(dt.date(2026, 2, 23), "Trigger point injection", "Ben Sato, MD", "Half the pain.", "done"),
            PastVisit(dt.date(2026, 2, 16), "Consultation", "Amara Ortiz, MD", "", "missed"),
        ],
        [PastInjection("Neck, left", "Trigger point injection", dt.date(2026, 2, 23))],
    )


def test_a_first_visit_has_none(clinic):
    assert past(book(clinic, START)) == Past([], [])


def test_three_visits_and_four_injections_are_enough(clinic):
    for weeks in range(6):
        put(clinic, weeks, factories.BodyRegionFactory(name=f"Region {weeks}"), side="left")
    found = past(book(clinic, START))
    assert [visit.date for visit in found.visits] == [dt.date(2026, 2, day) for day in (23, 16, 9)]
    assert [each.where for each in found.injections] == [f"Region {weeks}, left" for weeks in range(4)]


def test_of_each_place_and_treatment_the_newest_injection_counts(clinic, neck):
    for weeks, side in enumerate(["left", "right", "left", "right"]):
        put(clinic, weeks, neck, side=side)
    assert past(book(clinic, START)).injections == [
        PastInjection("Neck, left", "Trigger point injection", dt.date(2026, 2, 23)),
        PastInjection("Neck, right", "Trigger point injection", dt.date(2026, 2, 16)),
    ]


def test_what_did_not_take_place_is_no_injection_and_a_canceled_visit_is_none(clinic, neck):
    put(clinic, 0, neck, status="missed")
    put(clinic, 1, neck, status="cancelled")
    put(clinic, 2, neck, status="booked")
    found = past(book(clinic, START))
    assert ([visit.status for visit in found.visits], found.injections) == (["missed"], [])


def test_other_peoples_visits_are_not_there(clinic, neck):
    put(clinic, 0, neck, patient=clinic.ben)
    assert past(book(clinic, START)) == Past([], [])


def test_only_what_lies_before_the_visit_counts(clinic, neck):
    visit = book(clinic, START)
    row = put(clinic, 0, neck)
    past_the_verbs(Appointment).filter(pk=row.pk).update(start=START, end=START + dt.timedelta(minutes=15))
    assert past(visit) == Past([], [])


def test_the_date_is_the_places_own(clinic, neck):
    west = factories.LocationFactory(time_zone="America/Los_Angeles")
    evening = dt.datetime(2026, 2, 24, 5, 0, tzinfo=dt.UTC)  # nine in the evening of the 23rd there
    put(clinic, 0, neck, location=west, start=evening, end=evening + dt.timedelta(minutes=15), arrive_at=evening)
    assert past(book(clinic, START)).visits[0].date == dt.date(2026, 2, 23)


def test_each_of_one_persons_visits_on_a_list_has_its_own_past(clinic, neck):
    first, second = put(clinic, 4, neck, status="booked"), book(clinic, START)
    for weeks in (0, 1, 2, 3, 5, 6):  # all in the same place, and more between the two than are told of one
        put(clinic, weeks, neck, side="left")
    found = past_of([second, first], now=START)
    assert [found[visit.pk] for visit in (first, second)] == [past(first), past(second)]
    assert [each.date for each in found[first.pk].injections] == [dt.date(2026, 1, 19)]


@pytest.mark.parametrize(("number", "earlier"), [(1, 1), (3, 1), (1, 300)])
def test_it_costs_two_statements(number, earlier, clinic, neck, django_assert_num_queries):
    people = [factories.PatientFactory() for _each in range(number)]
    visits = [book(clinic, at("2026-03-04", f"{10 + n}:00"), patient=each) for n, each in enumerate(people)]
    Appointment.objects.bulk_create(before(clinic, each, neck, n) for each in people for n in range(earlier))
    with django_assert_num_queries(2):
        found = past_of(visits, now=NOW)
    assert [len(each.visits) for each in found.values()] == [min(earlier, 3)] * number


def test_nobody_costs_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert past_of([], now=NOW) == {}


# --- Against a slow, obvious answer ---------------------------------------------------------------------------------

WEEKS = st.lists(st.integers(0, 30), unique=True, max_size=12)
KINDS = st.tuples(
    st.sampled_from(["done", "missed", "cancelled"]), st.integers(0, 1), st.sampled_from(["left", "right"])
)


def obvious(visit):
    """Read everything and look at it."""
    rows = [row for row in Appointment.objects.filter(patient=visit.patient) if row.start < visit.start]
    rows.sort(key=lambda row: row.start, reverse=True)
    visits = [row for row in rows if row.status in (Status.DONE, Status.MISSED)]
    newest = {}
    for row in visits:
        if row.status == Status.DONE and row.treatment.role == "procedure":
            newest.setdefault((row.treatment_id, row.region_id, row.side), row)
    injections = list(newest.values())[:4]
    dates = [row.start.astimezone(START.tzinfo).date() for row in visits[:3]]
    return dates, [(where_words(row), row.start.astimezone(START.tzinfo).date()) for row in injections]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_it_says_what_a_slow_look_says(data, clinic, neck):
    regions, ada = [neck, factories.BodyRegionFactory()], factories.PatientFactory()
    weeks = data.draw(WEEKS)
    listed = data.draw(st.sets(st.sampled_from([-1, *weeks]), min_size=1, max_size=3))
    for week in sorted({-1, *weeks}):
        status, place, side = data.draw(KINDS)
        put(clinic, week, regions[place], patient=ada, status="booked" if week in listed else status, side=side)
    visits = [visit for visit in Appointment.objects.filter(patient=ada) if visit.status == Status.BOOKED]
    found = past_of(visits, now=START + dt.timedelta(weeks=1))
    assert {pk: dates_of(past) for pk, past in found.items()} == {visit.pk: obvious(visit) for visit in visits}


def dates_of(past):
    return [each.date for each in past.visits], [(each.where, each.date) for each in past.injections]
