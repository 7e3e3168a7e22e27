"""Appointments as a CSV file: harmless in a spreadsheet, local dates inclusive, streamed, written down."""

import csv
import io

import pytest

from bookings import access, scheduling
from bookings.desk.exporting import csv_lines, harmless
from bookings.models import AccessEntry, Appointment, Patient
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = pytest.mark.django_db

URL = "/admin/export/appointments/"


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def manager(client):
    client.force_login(member(roles.MANAGER))
    return client


def export(client, **asked):
    return client.post(URL, {"first": "2026-03-02", "last": "2026-03-06", "location": "", "status": "", **asked})


def rows(response):
    text = b"".join(response.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_a_visit_is_one_line_on_the_clock_of_its_place(clinic, manager):
    clinic.house.time_zone = "Pacific/Honolulu"
    clinic.house.save()
    visit = book(clinic, at("2026-03-04", "09:00", clinic.house.zone))
    assert rows(export(manager)) == [
        {
            "Reference": visit.reference, "Date": "2026-03-04", "Start": "09:00", "End": "09:30",
            "Time zone": "Pacific/Honolulu", "Location": "Harbor Street", "Clinician": "Amara Ortiz",
            "Treatment": "Consultation", "Side": "", "Status": "booked", "Confirmed": "", "Source": "website",
            "Made on": "2026-03-02", "Why it was canceled": "",
        }
    ]  # fmt: skip


def test_names_come_only_when_asked_for_and_phones_stay_readable(clinic, manager):
    Patient.objects.filter(pk=clinic.ada.pk).update(phone="+12125550107")
    book(clinic, at("2026-03-04", "10:00"))
    assert "Last name" not in rows(export(manager))[0]
    (row,) = rows(export(manager, names="on"))
    assert [row[name] for name in ("Patient's number", "First name", "Last name", "Date of birth", "Phone")] == [
        str(clinic.ada.pk),
        "Ada",
        "Vale",
        "1980-05-17",
        "(212) 555-0107",
    ]


def test_the_file_is_streamed_utf_8_with_a_bom_and_a_neutral_name(clinic, manager):
    book(clinic, at("2026-03-04", "10:00"), patient=factories.PatientFactory(first_name="Zoë", last_name="Łuk"))
    response = export(manager, names="on")
    body = b"".join(response.streaming_content)
    assert (response.streaming, response["Content-Type"]) == (True, "text/csv; charset=utf-8")
    assert response["Content-Disposition"] == 'attachment; filename="appointments-2026-03-02-to-2026-03-06.csv"'
    assert response["Cache-Control"] == "no-store, private"
    assert (body[:3], "Zoë" in body.decode()) == (b"\xef\xbb\xbf", True)


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+12125550107", "'+12125550107"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("\x00=1", "'\x00=1"),
        ("  =1+1", "'  =1+1"),
        ("＝1+1", "'＝1+1"),
        ("(212) 555-0107", "(212) 555-0107"),
        ("Ada", "Ada"),
        ("", ""),
        ("O'Neil-Vale", "O'Neil-Vale"),
    ],
)
def test_no_cell_is_a_formula(cell, written):
    assert harmless(cell) == written


def test_hostile_names_are_text_in_the_file(clinic, manager):
    ada = factories.PatientFactory(first_name='=HYPERLINK("http://x.example";"x")', last_name='@a","=1+1')
    book(clinic, at("2026-03-04", "10:00"), patient=ada)
    (row,) = rows(export(manager, names="on"))
    assert (row["First name"], row["Last name"]) == ('\'=HYPERLINK("http://x.example";"x")', '\'@a","=1+1')


@pytest.mark.engine
def test_local_dates_are_inclusive(clinic, manager):
    """A late evening in Honolulu is the next day in New York and in UTC."""
    clinic.house.time_zone = "Pacific/Honolulu"
    clinic.house.save()
    cast.work(clinic.ortiz.resource, clinic.house, range(5), "17:00", "20:00")
    zone = clinic.house.zone
    for day, time in (
        ("2026-03-03", "09:00"),
        ("2026-03-04", "09:00"),
        ("2026-03-04", "19:00"),
        ("2026-03-05", "09:00"),
    ):
        book(clinic, at(day, time, zone))
    found = rows(export(manager, first="2026-03-04", last="2026-03-04"))
    assert [(row["Date"], row["Start"]) for row in found] == [("2026-03-04", "09:00"), ("2026-03-04", "19:00")]


def test_location_and_status_narrow_it(clinic, manager):
    north = factories.LocationFactory(slug="north")
    book(clinic, at("2026-03-04", "10:00"))
    gone = book(clinic, at("2026-03-05", "10:00"), patient=clinic.ben)
    scheduling.cancel(gone, by=scheduling.By.system(), now=NOW, reason="clinician_away")
    assert rows(export(manager, location=north.pk)) == []
    (row,) = rows(export(manager, location=clinic.house.pk, status="cancelled"))
    assert (row["Reference"], row["Why it was canceled"]) == (gone.reference, "The clinician is away")


@pytest.mark.parametrize(
    ("asked", "errors"),
    [
        ({"first": ""}, {"first": ["This field is required."]}),
        ({"first": "2026-02-30"}, {"first": ["Enter a date, like 2026-03-02."]}),
        ({"first": "2026-03-07"}, {"last": ["This is before the first day."]}),
        ({"last": "2027-03-03"}, {"last": ["A file holds a year at most."]}),
        ({"last": "9999-12-31"}, {"last": ["Ensure this value is less than or equal to 2199-12-30."]}),
        ({"first": "0001-01-01"}, {"first": ["Ensure this value is greater than or equal to 2000-01-02."]}),
        ({"first": "a\x00"}, {"first": ["Enter a date, like 2026-03-02."]}),
        ({"location": "x"}, {"location": ["Select a valid choice. That choice is not one of the available choices."]}),
        ({"status": "gone"}, {"status": ["Select a valid choice. gone is not one of the available choices."]}),
    ],
)
def test_what_cannot_be_exported_is_words_on_the_form(asked, errors, clinic, manager):
    response = export(manager, **asked)
    assert (response.status_code, response.context["form"].errors) == (200, errors)
    assert AccessEntry.objects.count() == 0


def test_a_whole_year_is_a_file(clinic, manager):
    assert export(manager, first="2025-03-03", last="2026-03-03").streaming is True


def test_a_get_shows_this_month_and_reads_nobody(clinic, manager):
    book(clinic, at("2026-03-04", "10:00"))
    response = manager.get(URL)
    assert (str(response.context["form"]["first"].value()), str(response.context["form"]["last"].value())) == (
        "2026-03-01",
        "2026-03-02",
    )
    assert AccessEntry.objects.count() == 0


@pytest.mark.parametrize("names", ["", "on"])
def test_the_file_is_written_down_with_every_patient_in_it(names, clinic, manager):
    book(clinic, at("2026-03-04", "10:00"))
    book(clinic, at("2026-03-05", "10:00"), patient=clinic.ben)
    book(clinic, at("2026-03-05", "11:00"), patient=clinic.ben)
    book(clinic, at("2026-03-09", "11:00"), patient=factories.PatientFactory())
    export(manager, names=names)
    assert list(AccessEntry.objects.values_list("view", "patients", "allowed")) == [
        ("admin:export-appointments", sorted([clinic.ada.pk, clinic.ben.pk]), True)
    ]


def test_very_many_patients_are_written_in_several_rows(clinic, rf):
    request = rf.get("/")
    request.user, request.resolver_match = member(roles.MANAGER), None
    access.shows_patients(request, range(1, 1203))
    access.write(request, allowed=True, now=NOW)
    first, second, third = AccessEntry.objects.order_by("pk").values_list("patients", flat=True)
    assert [len(part) for part in (first, second, third)] == [500, 500, 202]
    assert [*first, *second, *third] == list(range(1, 1203))


@pytest.mark.parametrize("role", [roles.FRONT_DESK, roles.EDITOR, roles.CLINICIAN])
def test_others_make_no_file_and_the_try_is_written_down(role, clinic, client):
    client.force_login(member(role))
    assert [client.get(URL).status_code, export(client).status_code] == [403, 403]
    assert list(AccessEntry.objects.values_list("patients", "allowed")) == [([], False)] * 2


@pytest.mark.parametrize("visits", [1, 3])
def test_a_file_costs_the_same_for_one_visit_and_three(visits, clinic, manager, django_assert_num_queries):
    for hour in range(visits):
        book(clinic, at("2026-03-04", f"1{hour}:00"), patient=factories.PatientFactory())
    manager.get(URL)  # the first page of a session writes when it was seen
    with django_assert_num_queries(7):
        assert len(rows(export(manager, names="on"))) == visits


def test_lines_come_one_by_one(clinic):
    """The file of a year is never in memory as a whole."""
    book(clinic, at("2026-03-04", "10:00"))
    asked = []
    lines = csv_lines((asked.append(visit.pk) or visit for visit in Appointment.objects.all()), with_names=False)
    next(lines)
    assert asked == []
    assert (len(list(lines)), len(asked)) == (1, 1)
