"""The week of one place: hours, how full they are, what is closed, and what waits for a decision."""

import datetime as dt

import pytest

from bookings.desk import week
from bookings.intervals import Interval
from bookings.models import AccessEntry, TimeOff
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = pytest.mark.django_db
MONDAY = dt.date(2026, 3, 2)


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


def said(day):
    return [(person.clinician.name, person.visits, person.percent, str(person.word)) for person in day.people]


def test_the_week_runs_from_monday_to_sunday_whatever_day_is_asked_for(clinic, desk):
    asked = ["/admin/week/", "/admin/week/2026-03-02/", "/admin/week/2026-03-08/"]
    dates = [[day.date for day in desk.get(address).context["days"]] for address in asked]
    assert dates == [[MONDAY + dt.timedelta(days=n) for n in range(7)]] * 3


def test_a_day_says_who_works_and_how_full_they_are(clinic):
    for time in ("09:00", "10:00", "11:00", "12:00", "13:00", "14:00"):
        book(clinic, at("2026-03-03", time), treatment=clinic.therapy, clinician=clinic.lindqvist)
    book(clinic, at("2026-03-03", "09:00"), patient=clinic.ben)
    tuesday = week.days_of(clinic.house, MONDAY)[1]
    assert said(tuesday) == [
        ("Amara Ortiz", 1, 6, "mostly free"),
        ("Ben Sato", 0, 0, "free"),
        ("Tess Lindqvist", 6, 56, "about half taken"),
    ]
    assert (tuesday.visits, tuesday.requests, tuesday.is_open) == (7, 0, True)


@pytest.mark.parametrize(
    ("taken", "percent"),
    [([], 0), ([(0, 1)], 1), ([(0, 480)], 100), ([(0, 479)], 99), ([(0, 240), (0, 240)], 50), ([(-60, 0)], 0)],
)
def test_the_percent_is_of_the_working_minutes_and_full_only_when_all_are_taken(taken, percent):
    assert week.percent_of([Interval(0, 480)], [Interval(*span) for span in taken]) == percent


def test_nothing_of_no_hours_is_nothing():
    assert week.percent_of([], [Interval(0, 30)]) == 0


def test_closures_and_leave_are_told_and_take_the_hours(clinic):
    for resource, location, first, last in [
        (None, clinic.house, "2026-03-04", "2026-03-05"),
        (clinic.sato.resource, None, "2026-03-05", "2026-03-06"),
    ]:
        TimeOff.objects.create(
            resource=resource, location=location, kind="sick" if resource else "holiday",
            start=at(first, "00:00"), end=at(last, "00:00"),
        )  # fmt: skip
    _mon, _tue, wednesday, thursday, *_rest, sunday = week.days_of(clinic.house, MONDAY)
    assert ([notice.off.kind for notice in wednesday.closures], wednesday.is_open) == (["holiday"], False)
    people = [(each.clinician.slug, each.hours == [], [one.off.kind for one in each.away]) for each in thursday.people]
    assert people == [("amara-ortiz", False, []), ("ben-sato", True, ["sick"]), ("tess-lindqvist", False, [])]
    assert (sunday.people, sunday.is_open) == ([], False)


def test_requests_are_counted_and_canceled_visits_are_not(clinic, desk):
    book(clinic, at("2026-03-03", "10:00"), status="requested")
    gone = book(clinic, at("2026-03-03", "11:00"), patient=clinic.ben)
    week.Appointment.objects.filter(pk=gone.pk).compare_and_set(status="cancelled")
    page = " ".join(desk.get("/admin/week/").text.split())
    tuesday = week.days_of(clinic.house, MONDAY)[1]
    assert (tuesday.visits, tuesday.requests, "1 request<" in page) == (1, 1, True)


def test_somebody_with_visits_and_no_hours_left_is_shown_to_be_moved(clinic, desk):
    book(clinic, at("2026-03-03", "10:00"))
    TimeOff.objects.create(
        resource=clinic.ortiz.resource, kind="sick", start=at("2026-03-03", "00:00"), end=at("2026-03-04", "00:00")
    )
    page = desk.get("/admin/week/").text
    assert (page.count("to move</span>"), page.count("not working")) == (1, 1)


def test_the_week_is_the_week_on_the_clock_of_the_place(clinic, client, time_machine):
    clinic.house.time_zone = "Pacific/Auckland"
    clinic.house.save()
    time_machine.move_to(at("2026-03-08", "20:00"), tick=False)  # Monday in Auckland already
    client.force_login(member(roles.FRONT_DESK))
    context = client.get("/admin/week/").context
    assert (context["today"], context["monday"]) == (dt.date(2026, 3, 9), dt.date(2026, 3, 9))
    book(clinic, at("2026-03-10", "09:00", clinic.house.zone))
    assert [day.visits for day in week.days_of(clinic.house, dt.date(2026, 3, 9))] == [0, 1, 0, 0, 0, 0, 0]


def test_the_week_of_the_clock_change_keeps_its_hours(clinic):
    cast.work(clinic.ortiz.resource, clinic.house, [6], "00:00", "00:00")
    sunday = week.days_of(clinic.house, MONDAY)[6]
    assert [end - start for start, end in sunday.people[0].hours] == [dt.timedelta(hours=23)]


def test_the_page_leads_to_days_sheets_and_the_weeks_beside_it(clinic, desk):
    page = desk.get("/admin/week/2026-03-04/").text
    leads = [
        'href="/admin/week/2026-02-23/?location=harbor-street" data-key=","',
        'href="/admin/week/?location=harbor-street" data-key="t"',
        'href="/admin/week/2026-03-09/?location=harbor-street" data-key="."',
        'href="/admin/day/2026-03-08/?location=harbor-street"',
        'href="/admin/day/2026-03-03/?location=harbor-street&amp;clinician=ben-sato"',
        'href="/admin/day/2026-03-03/sheet/?location=harbor-street"',
    ]
    assert [each for each in leads if each not in page] == []


@pytest.mark.parametrize(
    ("date", "status"), [("2000-01-02", 404), ("2000-01-10", 200), ("2199-12-16", 200), ("2199-12-30", 404)]
)
def test_the_first_and_the_last_week_lead_nowhere_that_is_missing(date, status, clinic, desk):
    assert desk.get(f"/admin/week/{date}/").status_code == status


def test_the_week_names_no_patient_and_needs_no_entry_in_the_access_log(clinic, desk):
    book(clinic, at("2026-03-03", "10:00"))
    page = desk.get("/admin/week/").text
    assert ("Ada Vale" in page, AccessEntry.objects.count()) == (False, 0)


def test_names_stay_text(clinic, desk):
    clinic.ortiz.name = '"><svg onload=alert(1)>'
    clinic.ortiz.save()
    page = desk.get("/admin/week/").text
    assert ("<svg onload" in page, "&quot;&gt;&lt;svg onload=alert(1)&gt;" in page) == (False, True)


@pytest.mark.parametrize(
    ("role", "expected"), [(roles.FRONT_DESK, 200), (roles.MANAGER, 200), (roles.EDITOR, 403), (roles.CLINICIAN, 403)]
)
def test_only_the_desk_and_the_manager_see_the_week(role, expected, clinic, client):
    client.force_login(member(role))
    assert client.get("/admin/week/").status_code == expected


@pytest.mark.parametrize("visits", [1, 3])
def test_a_week_takes_the_same_statements_for_one_visit_and_for_three(visits, clinic, desk, django_assert_num_queries):
    desk.get("/admin/week/")
    for number in range(visits):
        book(clinic, at("2026-03-03", f"{11 + number}:00"), patient=factories.PatientFactory())
    with django_assert_num_queries(8):
        desk.get("/admin/week/")
