"""What waits for the desk, and what is taken off a list when it is done."""

import datetime as dt

import pytest

from bookings import scheduling
from bookings.models import AccessEntry, CallbackRequest, PossibleMatch
from bookings.worklists import WORKLISTS, waiting
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = pytest.mark.django_db
BY = scheduling.By.system()


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def clinic():
    return cast.open_clinic()


def listed(name, now=NOW):
    return list(WORKLISTS[name].rows(now))


def test_requests_wait_in_order_of_their_due_time(clinic):
    later = book(clinic, at("2026-03-05", "10:00"), status="requested")
    clinic.consultation.decide_within_hours = 1
    clinic.consultation.save()
    sooner = book(clinic, at("2026-03-06", "10:00"), status="requested")
    assert listed("requests") == [sooner, later]
    scheduling.approve(sooner, by=BY, now=NOW)
    assert listed("requests") == [later]
    assert listed("requests", now=later.end) == []


def test_somebody_without_a_way_to_write_to_them_is_phoned_and_then_confirmed(clinic):
    visit = book(clinic, at("2026-03-05", "10:00"), patient=factories.PatientFactory(email="", phone="+12125550144"))
    book(clinic, at("2026-03-05", "11:00"))
    assert listed("phone") == [visit]
    scheduling.confirm(visit, by=BY, now=NOW)
    assert listed("phone") == []


def test_calls_wait_until_they_are_made(clinic):
    call = CallbackRequest.objects.create(name="Cleo", phone="+12125550111", created_at=NOW)
    CallbackRequest.objects.create(name="Dot", phone="+12125550112", created_at=NOW, done_at=NOW)
    assert listed("calls") == [call]


def test_possible_matches_wait_until_they_are_decided(clinic):
    match = PossibleMatch.objects.create(patient=clinic.ben, known=clinic.ada, reason="phone", created_at=NOW)
    assert listed("matches") == [match]
    match.decision = "same"
    match.save()
    assert listed("matches") == []


def test_everybody_sees_only_the_lists_they_work_on(clinic):
    assert [each.name for each, _count in waiting(member(roles.FRONT_DESK), now=NOW)] == [
        "requests",
        "phone",
        "calls",
        "matches",
    ]
    assert waiting(member(roles.EDITOR), now=NOW) == []


@pytest.fixture
def desk(client):
    client.force_login(member(roles.FRONT_DESK))
    return client


def test_a_list_shows_two_identifiers_the_due_time_and_its_buttons(clinic, desk):
    visit = book(clinic, at("2026-03-05", "10:00"), status="requested")
    [row] = desk.get("/admin/work/requests/").context["rows"]
    cells = [str(cell) for cell in row["cells"]]
    assert cells == [
        "Ada Vale",
        "May 17, 1980",
        "",
        "Consultation, Amara Ortiz",
        "03/05/2026 10 a.m.",
        "03/03/2026 8 a.m.",
    ]
    assert [move.verb for move in row["moves"]] == ["approve", "decline", "move"]
    desk.post(row["moves"][0].url, {"version": row["version"]})
    visit.refresh_from_db()
    assert visit.status == "booked"


@pytest.mark.parametrize("rows", [1, 3])
def test_a_list_costs_the_same_for_one_row_and_three(rows, clinic, desk, django_assert_num_queries):
    for day in range(rows):
        book(
            clinic,
            at("2026-03-05", "10:00") + dt.timedelta(hours=day),
            patient=factories.PatientFactory(),
            status="requested",
        )
    desk.get("/admin/work/requests/")
    with django_assert_num_queries(10):
        desk.get("/admin/work/requests/")


def test_whoever_reads_a_list_is_written_down(clinic, desk):
    PossibleMatch.objects.create(patient=clinic.ben, known=clinic.ada, reason="phone", created_at=NOW)
    desk.get("/admin/work/matches/")
    assert AccessEntry.objects.get().patients == sorted([clinic.ada.pk, clinic.ben.pk])


@pytest.mark.parametrize("name", WORKLISTS)
def test_an_empty_list_says_what_that_means(name, clinic, desk):
    assert str(WORKLISTS[name].empty) in desk.get(f"/admin/work/{name}/").text


def test_a_list_that_is_none_is_no_page(clinic, desk):
    assert desk.get("/admin/work/nothing/").status_code == 404
