"""A clinician's day: their own visits, nobody else's."""

import pytest

from bookings import scheduling
from bookings.models import AccessEntry
from bookings.views.schedule import now_and_next
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


@pytest.fixture
def ortiz(clinic, client):
    client.force_login(member(roles.CLINICIAN, clinician=clinic.ortiz))
    return client


def names(response):
    return [visit.patient.first_name for visit in response.context["visits"]]


def test_a_clinician_sees_their_own_visits_and_nobody_elses(clinic, ortiz):
    book(clinic, at("2026-03-02", "11:00"), patient=clinic.ben)
    book(clinic, at("2026-03-02", "10:30"))
    book(clinic, at("2026-03-02", "10:30"), patient=factories.PatientFactory(first_name="Zoe"), clinician=clinic.sato)
    response = ortiz.get("/schedule/")
    assert names(response) == ["Ada", "Ben"]
    assert "Zoe" not in response.text


@pytest.mark.parametrize(("address", "expected"), [("2026-03-03", ["Ada"]), ("2026-03-04", [])])
def test_another_day_has_an_address_of_its_own(address, expected, clinic, ortiz):
    book(clinic, at("2026-03-03", "10:30"))
    assert names(ortiz.get(f"/schedule/{address}/")) == expected


def test_a_strip_has_two_identifiers_treatment_side_and_the_patients_words(clinic, ortiz):
    book(clinic, at("2026-03-02", "10:30"), treatment=clinic.injection, side="left", reason="<b>my neck</b>")
    page = ortiz.get("/schedule/").text
    facts = [
        "Ada Vale",
        "born May 17, 1980",
        "Trigger point injection",
        "your left",
        "“&lt;b&gt;my neck&lt;/b&gt;”",
        "10:30 am",
        "to 11 am",
    ]
    assert [fact for fact in facts if fact not in page] == []


def test_cancelled_visits_stand_below_without_details(clinic, ortiz):
    visit = book(clinic, at("2026-03-02", "10:30"), reason="private words")
    scheduling.cancel(visit, by=BY, now=NOW, reason="closed")
    response = ortiz.get("/schedule/")
    assert (names(response), response.context["freed"]) == ([], [visit])
    assert "private words" not in response.text


def test_now_is_whom_one_sees_then_who_is_here_then_whose_time_it_is(clinic):
    first = book(clinic, at("2026-03-02", "10:00"), status="in_room")
    second = book(clinic, at("2026-03-02", "10:30"), patient=clinic.ben)
    third = book(clinic, at("2026-03-02", "11:00"), patient=factories.PatientFactory())
    assert now_and_next([first, second, third], now=at("2026-03-02", "10:35")) == (first, second)
    assert now_and_next([second, third], now=at("2026-03-02", "10:35")) == (second, third)
    assert now_and_next([second, third], now=at("2026-03-02", "10:15")) == (None, second)
    second = scheduling.start(scheduling.check_in(second, by=BY, now=second.start), by=BY, now=second.start)
    assert now_and_next([first, second, third], now=at("2026-03-02", "10:35")) == (second, first)
    assert now_and_next([], now=NOW) == (None, None)


def test_a_visit_that_ends_at_midnight_belongs_to_its_local_day(clinic, ortiz):
    cast.work(clinic.ortiz.resource, clinic.house, [0], "23:00", "00:00")
    book(clinic, at("2026-03-02", "23:30"))
    assert names(ortiz.get("/schedule/2026-03-02/")) == ["Ada"]
    assert names(ortiz.get("/schedule/2026-03-03/")) == []


def test_the_title_names_nobody(clinic, ortiz):
    book(clinic, at("2026-03-02", "10:30"))
    assert "<title>Schedule | Riverbend Pain Clinic</title>" in ortiz.get("/schedule/").text


@pytest.mark.parametrize("visits", [1, 3])
def test_the_day_costs_the_same_for_one_visit_and_three(visits, clinic, ortiz, django_assert_num_queries):
    for hour in range(visits):
        book(clinic, at("2026-03-02", f"1{hour}:30"), patient=factories.PatientFactory())
    ortiz.get("/schedule/")
    with django_assert_num_queries(6):
        ortiz.get("/schedule/")


def test_whoever_reads_the_day_is_written_down(clinic, ortiz):
    book(clinic, at("2026-03-02", "10:30"))
    ortiz.get("/schedule/")
    assert list(AccessEntry.objects.values_list("view", "patients")) == [("schedule", [clinic.ada.pk])]


def test_the_desk_is_led_to_its_board_and_others_are_refused(clinic, client):
    client.force_login(member(roles.FRONT_DESK))
    assert client.get("/schedule/").url == "/admin/day/"
    client.force_login(member(roles.EDITOR))
    assert client.get("/schedule/").status_code == 403


def test_nobody_reads_it_without_signing_in(clinic, client):
    assert client.get("/schedule/2026-03-02/").url == "/sign-in/?next=/schedule/2026-03-02/"


def test_it_takes_no_post_and_no_date_that_is_none(clinic, ortiz):
    answers = [ortiz.post("/schedule/").status_code, ortiz.get("/schedule/2026-02-30/").status_code]
    assert answers == [405, 404]
