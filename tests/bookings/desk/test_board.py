"""The desk's day: a column per clinician of one location, in order of time, with what can be done now."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from bookings import scheduling
from bookings.intervals import to_minute
from bookings.models import AccessEntry, Appointment, Patient, TimeOff
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book, member
from tests.diary import put_hold, take

pytestmark = pytest.mark.django_db
POLL = {"X-Polling": "1"}


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


def visits(response):
    """Say the visits on the board: who, in which state, in whose column."""
    return [
        (item.block.visit.patient.first_name, item.block.visit.status, column.head.name)
        for column in response.context["columns"]
        for item in column.items
        if item.block
    ]


def names(response):
    return [column.head.name for column in response.context["columns"]]


# --- Which day, which place -------------------------------------------------------------------------------------------


def test_the_day_shows_one_location_in_order_of_time(clinic, desk):
    factories.LocationFactory(slug="north", position=9)
    book(clinic, at("2026-03-02", "11:00"), patient=clinic.ben)
    book(clinic, at("2026-03-02", "10:30"))
    book(clinic, at("2026-03-03", "10:30"))
    assert visits(desk.get("/admin/day/")) == [("Ada", "booked", "Amara Ortiz"), ("Ben", "booked", "Amara Ortiz")]
    assert visits(desk.get("/admin/day/2026-03-03/")) == [("Ada", "booked", "Amara Ortiz")]
    assert visits(desk.get("/admin/day/?location=north")) == []


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


def test_visits_stand_in_the_column_of_their_clinician(clinic, desk):
    book(clinic, at("2026-03-02", "10:30"), clinician=clinic.sato)
    book(clinic, at("2026-03-02", "10:30"), patient=clinic.ben)
    assert visits(desk.get("/admin/day/")) == [("Ben", "booked", "Amara Ortiz"), ("Ada", "booked", "Ben Sato")]


def test_only_those_who_work_are_away_or_have_visits_have_a_column(clinic, desk):
    elsewhere = factories.ClinicianFactory(slug="far", name="Far Away")
    factories.ResourceFactory(name="Far Away", clinician=elsewhere)
    TimeOff.objects.create(
        resource=clinic.sato.resource, kind="leave", start=at("2026-03-02", "00:00"), end=at("2026-03-03", "00:00")
    )
    assert names(desk.get("/admin/day/")) == ["Amara Ortiz", "Ben Sato", "Tess Lindqvist"]
    assert names(desk.get("/admin/day/2026-03-01/")) == []  # a Sunday
    assert "<b>leave</b>" in desk.get("/admin/day/").text


def test_a_clinician_without_hours_has_a_column_when_somebody_is_booked_with_them(clinic, desk):
    book(clinic, at("2026-03-02", "10:30"))
    clinic.ortiz.resource.working_hours.all().delete()
    response = desk.get("/admin/day/")
    assert names(response) == ["Amara Ortiz", "Ben Sato", "Tess Lindqvist"]
    assert visits(response) == [("Ada", "booked", "Amara Ortiz")]


@pytest.mark.engine
def test_rooms_and_devices_show_who_is_in_them(clinic, desk):
    book(clinic, at("2026-03-02", "10:30"), treatment=clinic.injection)
    found = {column.head.name: column.visits for column in desk.get("/admin/day/").context["board"].things}
    assert found == {"Room 1": 0, "Room 2": 0, "Procedure room": 1, "Gym": 0, "C-arm": 1}


@pytest.mark.engine
def test_hours_of_one_date_and_hours_for_some_treatments_are_shown(clinic, desk):
    clinic.sato.resource.working_hours.get(weekday=0).only_treatments.add(clinic.injection)
    clinic.ortiz.resource.working_hours.all().delete()
    clinic.ortiz.resource.extra_hours.create(location=clinic.house, date=NOW.date(), start=dt.time(18), end=dt.time(0))
    ortiz, sato, _tess = desk.get("/admin/day/").context["columns"]
    assert ortiz.hours == [(to_minute(at("2026-03-02", "18:00")), to_minute(at("2026-03-03", "00:00")))]
    assert [item.word for item in sato.items if item.kind == "hours"] == [clinic.injection.name]


def test_cancelled_visits_stand_apart_and_missed_ones_stay_in_place(clinic, desk, time_machine):
    gone = book(clinic, at("2026-03-02", "10:30"))
    scheduling.cancel(gone, by=scheduling.By.patient(), now=NOW - cast.dt.timedelta(days=3), reason="better")
    missed = book(clinic, at("2026-03-02", "11:00"), patient=clinic.ben)
    time_machine.move_to(at("2026-03-02", "12:00"), tick=False)
    scheduling.miss(missed, by=scheduling.By.system(), now=at("2026-03-02", "11:30"))
    response = desk.get("/admin/day/")
    assert visits(response) == [("Ben", "missed", "Amara Ortiz")]
    assert response.context["cancelled"] == [gone]


# --- What is said -----------------------------------------------------------------------------------------------------


def test_a_free_gap_is_a_link_that_books_there(clinic, desk):
    book(clinic, at("2026-03-02", "10:00"), patient=clinic.ben)
    text = desk.get("/admin/day/?clinician=amara-ortiz").text
    where = "/admin/desk/book/?location=harbor-street&amp;clinician=amara-ortiz&amp;when=2026-03-02T09:00"
    gap = re.search(r'<a id="gap-[^"]*" href="([^"]*)"[^>]*>(.*?)</a>', text)
    assert (gap[1], re.sub("<[^>]*>", "", gap[2])) == (where, "Free 9 am to 10 am, Amara Ortiz: book")


@pytest.mark.engine
def test_a_time_somebody_is_just_booking_is_shown_until_the_hold_is_over(clinic, desk, time_machine):
    start, end = (to_minute(at("2026-03-02", time)) for time in ("10:00", "10:30"))
    hold = put_hold(clinic, start, end, expires_at=NOW + cast.dt.timedelta(minutes=10))
    take(clinic.ortiz.resource, start, end, hold=hold)
    shown = ["being booked" in desk.get("/admin/day/").text]
    time_machine.move_to(NOW + cast.dt.timedelta(minutes=10), tick=False)
    assert [*shown, "being booked" in desk.get("/admin/day/").text] == [True, False]


def test_a_closed_day_says_why(clinic, desk):
    TimeOff.objects.create(
        location=clinic.house, kind="holiday", note="Founders’ Day",
        start=at("2026-03-02", "00:00"), end=at("2026-03-03", "00:00"),
    )  # fmt: skip
    response = desk.get("/admin/day/")
    assert response.context["board"].closed == ["public holiday: Founders’ Day"]
    assert "gap-" not in response.text


def test_a_delay_stands_in_the_head_and_leads_to_running_late(clinic, desk):
    book(clinic, at("2026-03-02", "10:30"))
    scheduling.run_late(clinic.ortiz, clinic.house, 25, by=scheduling.By.system(), now=NOW, notify=False)
    text = desk.get("/admin/day/").text
    assert "25 min late" in text
    assert "/admin/desk/late/?clinician=amara-ortiz&amp;location=harbor-street" in text


def test_status_word_confirmation_and_alert_are_on_the_block(clinic, desk):
    Patient.objects.filter(pk=clinic.ada.pk).update(alert="Latex allergy")
    visit = book(clinic, at("2026-03-02", "10:30"))
    scheduling.confirm(visit, by=scheduling.By.system(), now=NOW)
    block = desk.get("/admin/day/").text.split(f'id="visit-{visit.pk}"')[1].split("</li>")[0]
    assert [word in block for word in (">booked<", ">confirmed<", "Latex allergy")] == [True] * 3


def test_the_reason_in_the_patients_words_is_not_on_the_board(clinic, desk):
    book(clinic, at("2026-03-02", "10:30"), reason="something private")
    assert "something private" not in desk.get("/admin/day/").text


# --- Filters ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "who"),
    [
        ("", ["Ada", "Ben", "Cleo"]),
        ("?clinician=ben-sato", ["Ben"]),
        ("?status=arrived", ["Cleo"]),
        ("?kind=procedure", ["Ben"]),
        ("?clinician=nobody&status=cancelled&kind=x&hide=1", ["Ada", "Ben", "Cleo"]),
    ],
)
def test_filters_choose_columns_and_visits(query, who, clinic, desk):
    cleo = factories.PatientFactory(first_name="Cleo")
    book(clinic, at("2026-03-02", "10:00"))
    book(clinic, at("2026-03-02", "10:30"), patient=cleo, status="arrived")
    book(clinic, at("2026-03-02", "11:30"), patient=clinic.ben, clinician=clinic.sato, treatment=clinic.injection)
    assert sorted(name for name, _status, _column in visits(desk.get(f"/admin/day/{query}"))) == who


def test_what_is_over_can_be_hidden_and_nobody_is_booked_over_it(clinic, desk, time_machine):
    visit = book(clinic, at("2026-03-02", "10:00"), status="in_room")
    for verb in (scheduling.start, scheduling.finish):
        visit = verb(visit, by=scheduling.By.system(), now=at("2026-03-02", "10:20"))
    response = desk.get("/admin/day/?hide=over&clinician=amara-ortiz")
    assert visits(response) == []
    [column] = response.context["columns"]
    assert "taken" in [item.kind for item in column.items]


def test_filters_go_along_to_other_days_and_are_remembered_nowhere(clinic, desk):
    text = desk.get("/admin/day/?status=booked").text
    assert "/admin/day/2026-03-03/?location=harbor-street&amp;status=booked" in text
    assert desk.get("/admin/day/").context["asked"] == dict.fromkeys(
        ["clinician", "status", "kind", "hide", "names"], ""
    )


# --- One press --------------------------------------------------------------------------------------------------------


def test_a_press_on_the_board_checks_a_patient_in_and_comes_back_to_the_visit(clinic, desk):
    visit = book(clinic, at("2026-03-02", "10:30"))
    step = reverse("admin:bookings_appointment_check_in", args=[visit.pk])
    page, back = desk.get("/admin/day/").text, "/admin/day/?location=harbor-street"
    # A browser carries the fragment of the address over the redirect.
    assert f'formaction="{step}#visit-{visit.pk}" name="version" value="0"' in page
    assert f'name="next" value="{back}"' in page
    response = desk.post(step, {"version": 0, "next": back})
    assert (response.url, visits(desk.get("/admin/day/"))) == (back, [("Ada", "arrived", "Amara Ortiz")])


def test_a_press_in_the_background_gets_the_board_with_what_there_is_to_say(clinic, desk):
    visit = book(clinic, at("2026-03-02", "10:30"))
    step = reverse("admin:bookings_appointment_check_in", args=[visit.pk])
    back = "/admin/day/?location=harbor-street&part=board"
    text = desk.post(step, {"version": 0, "next": back}, follow=True).text
    assert ('<li class="success">Ada Vale: arrived.</li>' in text, "<html" in text) == (True, False)


# --- Refreshing -------------------------------------------------------------------------------------------------------


def test_the_part_is_the_rail_and_the_board_alone(clinic, desk):
    text = desk.get("/admin/day/?part=board").text
    assert re.findall(r'<(?:div|aside|form)[^>]* id="(\w+)"', text) == ["rail", "board"]


def test_a_poll_leaves_messages_to_the_page_that_asked_for_them(clinic, desk):
    visit = book(clinic, at("2026-03-02", "10:30"))
    desk.post(reverse("admin:bookings_appointment_check_in", args=[visit.pk]), {"version": 0})
    polled = desk.get("/admin/day/?part=board", headers=POLL).text
    assert ["Ada Vale: arrived." in text for text in (polled, desk.get("/admin/day/").text)] == [False, True]


def test_polling_does_not_keep_an_idle_session_alive(clinic, desk, time_machine, settings):
    settings.CLINIC_STAFF_IDLE_SECONDS = 600
    desk.get("/admin/day/")
    said = []
    for seconds in (300, 599, 601):
        time_machine.move_to(NOW + cast.dt.timedelta(seconds=seconds), tick=False)
        said.append(desk.get("/admin/day/?part=board", headers=POLL).status_code)
    assert said == [200, 200, 302]


def test_the_board_says_when_it_was_drawn_on_the_clock_of_the_place(clinic, desk):
    assert 'data-updated="8:00:00 am"' in desk.get("/admin/day/?part=board").text


# --- What it costs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("visits", [1, 3])
def test_the_day_costs_the_same_for_one_visit_and_three(visits, clinic, desk, django_assert_num_queries):
    for hour in range(visits):
        book(clinic, at("2026-03-02", f"1{hour}:30"), patient=factories.PatientFactory())
    desk.get("/admin/day/")
    with django_assert_num_queries(12):
        desk.get("/admin/day/")


def test_the_day_costs_the_same_for_two_hundred_visits(clinic, desk, django_assert_num_queries):
    people = Patient.objects.bulk_create(factories.PatientFactory.build_batch(200))
    starts = [at("2026-03-02", f"{9 + number % 8:02}:{number % 4 * 15:02}") for number in range(200)]
    Appointment.objects.bulk_create(
        Appointment(
            patient=patient, treatment=clinic.consultation, location=clinic.house, start=start, arrive_at=start,
            clinician=(clinic.ortiz, clinic.sato)[number % 2], end=start + cast.dt.timedelta(minutes=30),
            status_at=start, created_at=NOW,
        )
        for number, (patient, start) in enumerate(zip(people, starts, strict=True))
    )  # fmt: skip
    desk.get("/admin/day/")
    with django_assert_num_queries(12):
        response = desk.get("/admin/day/")
    assert len(visits(response)) == 200


# --- Who may, and what is no page -------------------------------------------------------------------------------------


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


def test_initials_only_leave_no_name_on_the_board_and_stay_over_the_days(clinic, desk):
    book(clinic, at("2026-03-02", "10:30"))
    response = desk.get("/admin/day/?names=initials")
    assert ("A. V." in response.text, "Ada " in response.text, "Vale" in response.text) == (True, False, False)
    assert response.context["query"] == "location=harbor-street&names=initials"
    assert desk.get("/admin/day/?names=nonsense").context["query"] == "location=harbor-street"
