"""The desk's day: one location, in order of time, with what can be done now."""

import pytest
from django.urls import reverse

from bookings import scheduling
from bookings.desk import board
from bookings.models import AccessEntry
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def desk(client):
    client.force_login(member(roles.FRONT_DESK))
    return client


def rows(response):
    return [(row.visit.patient.first_name, row.visit.status) for row in response.context["rows"]]


def test_the_day_shows_one_location_in_order_of_time(clinic, desk):
    factories.LocationFactory(slug="north", position=9)
    book(clinic, at("2026-03-02", "11:00"), patient=clinic.ben)
    book(clinic, at("2026-03-02", "10:30"))
    book(clinic, at("2026-03-03", "10:30"))
    assert rows(desk.get("/admin/day/")) == [("Ada", "booked"), ("Ben", "booked")]
    assert rows(desk.get("/admin/day/2026-03-03/")) == [("Ada", "booked")]
    assert rows(desk.get("/admin/day/?location=north")) == []


def test_the_location_of_the_last_time_is_remembered(clinic, desk):
    north = factories.LocationFactory(slug="north", position=9)
    assert desk.get("/admin/day/").context["place"] == clinic.house
    desk.get("/admin/day/?location=north")
    assert desk.get("/admin/day/").context["place"] == north
    assert desk.get("/admin/day/?location=nowhere").context["place"] == north


def test_the_day_is_the_day_on_the_clock_of_the_location(clinic, desk, time_machine):
    clinic.house.time_zone = "Pacific/Auckland"
    clinic.house.save()
    time_machine.move_to(at("2026-03-02", "20:00"), tick=False)
    assert str(desk.get("/admin/day/").context["date"]) == "2026-03-03"


def test_cancelled_visits_stand_apart_and_missed_ones_stay_in_place(clinic, desk, time_machine):
    gone = book(clinic, at("2026-03-02", "10:30"))
    scheduling.cancel(gone, by=scheduling.By.patient(), now=NOW - cast.dt.timedelta(days=3), reason="better")
    missed = book(clinic, at("2026-03-02", "11:00"), patient=clinic.ben)
    time_machine.move_to(at("2026-03-02", "12:00"), tick=False)
    scheduling.miss(missed, by=scheduling.By.system(), now=at("2026-03-02", "11:30"))
    response = desk.get("/admin/day/")
    assert (rows(response), response.context["cancelled"]) == ([("Ben", "missed")], [gone])


def test_a_row_says_who_is_late_and_who_waits_how_long(clinic):
    late = book(clinic, at("2026-03-02", "10:30"))
    here = book(clinic, at("2026-03-02", "11:30"), patient=clinic.ben, status="arrived")
    found = board.rows_of([late, here], now=at("2026-03-02", "11:42"))
    assert [(row.late, row.waiting) for row in found] == [(72, None), (None, 12)]


@pytest.mark.parametrize(
    ("status", "main", "more"),
    [
        (None, ["check_in"], ["confirm", "miss", "cancel", "move"]),
        ("requested", ["approve"], ["decline", "cancel", "move"]),
        ("arrived", ["room", "start", "undo"], ["cancel"]),
        ("in_room", ["start", "undo"], ["cancel"]),
    ],
)
def test_a_row_offers_only_what_its_status_allows(status, main, more, clinic):
    visit = book(clinic, at("2026-03-02", "10:30"), status=status)
    [row] = board.rows_of([visit], now=visit.status_at)
    assert ([move.verb for move in row.main], [move.verb for move in row.more]) == (main, more)


def test_undo_steps_back_after_five_minutes(clinic):
    visit = book(clinic, at("2026-03-02", "10:30"), status="arrived")
    later = [board.rows_of([visit], now=visit.status_at + cast.dt.timedelta(minutes=minutes))[0] for minutes in (4, 5)]
    assert [["undo" in [move.verb for move in part] for part in (row.main, row.more)] for row in later] == [
        [True, False],
        [False, True],
    ]


def test_a_press_on_the_board_checks_a_patient_in_and_comes_back_to_the_row(clinic, desk):
    visit = book(clinic, at("2026-03-02", "10:30"))
    page = desk.get("/admin/day/").text
    back = f"/admin/day/#visit-{visit.pk}"
    assert f'name="next" value="{back}"' in page
    response = desk.post(reverse("admin:bookings_appointment_check_in", args=[visit.pk]), {"version": 0, "next": back})
    assert (response.url, rows(desk.get("/admin/day/"))) == (back, [("Ada", "arrived")])


def test_the_article_a_booking_came_from_is_shown(clinic, desk):
    book(clinic, at("2026-03-02", "10:30"), article=factories.ArticleFactory(title="Sore backs"))
    assert "Came from the article “Sore backs”" in desk.get("/admin/day/").text


def test_the_reason_in_the_patients_words_is_not_on_the_board(clinic, desk):
    book(clinic, at("2026-03-02", "10:30"), reason="something private")
    assert "something private" not in desk.get("/admin/day/").text


@pytest.mark.parametrize("visits", [1, 3])
def test_the_day_costs_the_same_for_one_visit_and_three(visits, clinic, desk, django_assert_num_queries):
    for hour in range(visits):
        book(clinic, at("2026-03-02", f"1{hour}:30"), patient=factories.PatientFactory())
    desk.get("/admin/day/")
    with django_assert_num_queries(11):
        desk.get("/admin/day/")


def test_whoever_reads_the_day_is_written_down(clinic, desk):
    book(clinic, at("2026-03-02", "10:30"))
    desk.get("/admin/day/")
    assert list(AccessEntry.objects.values_list("view", "patients", "allowed")) == [
        ("admin:day", [clinic.ada.pk], True)
    ]


def test_who_may_not_see_the_day_is_refused_and_written_down(clinic, client):
    client.force_login(member(roles.EDITOR))
    assert client.get("/admin/day/").status_code == 403
    assert list(AccessEntry.objects.values_list("view", "patients", "allowed")) == [("admin:day", [], False)]


@pytest.mark.parametrize("address", ["/admin/day/2026-02-30/", "/admin/day/today/", "/admin/day/9999-12-31/"])
def test_a_date_that_is_none_is_no_page(address, clinic, desk):
    assert desk.get(address).status_code == 404


def test_the_day_takes_no_post(clinic, desk):
    assert desk.post("/admin/day/").status_code == 405
