"""`manage.py import_clinic`: rows of another system become patients, visits, hours and leave, once."""

import datetime as dt

import pytest

from bookings import scheduling
from bookings.findings import findings
from bookings.models import Appointment, ImportedRow, ImportMapping, Message, Occupancy, Patient, TimeOff, WorkingHours
from bookings.scheduling import By
from tests import cast, factories
from tests.bookings.imports.lists import PATIENTS, VISITS, options, report, run, write_csv, write_xlsx

pytestmark = [pytest.mark.django_db, pytest.mark.engine]


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def patients(tmp_path):
    return write_csv(tmp_path / "patients.csv", PATIENTS)


@pytest.fixture
def visits(tmp_path):
    return write_csv(tmp_path / "visits.csv", VISITS)


def test_patients_and_visits_come_in_through_the_diary_and_nobody_is_told(clinic, patients, visits):
    said = run(visits, patients, *options())
    assert "patients.csv: a list of patients." in said
    assert "patients.csv: not read: Balance." in said
    assert "3 created" in said
    dana, omar, zoe = Patient.objects.filter(pk__gt=clinic.ben.pk).order_by("pk")
    assert (dana.date_of_birth, str(dana.phone), dana.alert) == (
        dt.date(1962, 3, 7),
        "(212) 555-0142",
        "Phone extension 4.",
    )
    assert (omar.last_name, zoe.first_name) == ("Null", "Zoë")
    rows = Appointment.objects.order_by("start")
    assert [(row.patient_id, row.start, row.clinician_id, row.source) for row in rows] == [
        (dana.pk, cast.at("2026-03-09", "09:00"), clinic.ortiz.pk, "import"),
        (omar.pk, cast.at("2026-03-09", "10:00"), clinic.ortiz.pk, "import"),
        (zoe.pk, cast.at("2026-03-10", "14:30"), clinic.sato.pk, "import"),
    ]
    assert [bool(row.confirmed_at) for row in rows] == [False, True, False]
    assert Message.objects.count() == 0
    assert list(findings(now=cast.NOW)) == []


def test_the_same_files_again_make_nothing_twice(clinic, patients, visits):
    run(patients, visits, *options())
    before = (
        Patient.objects.count(),
        Appointment.objects.count(),
        Occupancy.objects.count(),
        ImportedRow.objects.count(),
    )
    said = run(patients, visits, *options(), now=cast.NOW + dt.timedelta(hours=1))
    assert said.count("3 unchanged") == 2
    after = (
        Patient.objects.count(),
        Appointment.objects.count(),
        Occupancy.objects.count(),
        ImportedRow.objects.count(),
    )
    assert after == before


def test_a_dry_run_says_what_would_happen_and_writes_nothing(clinic, patients, visits):
    before = Patient.objects.count()
    said = run(patients, visits, *options(), "--dry-run")
    assert said.count("would be 3 created") == 2
    assert "Nothing was written" in said
    assert [Patient.objects.count(), Appointment.objects.count(), ImportMapping.objects.count()] == [before, 0, 0]


def test_a_visit_that_collides_is_listed_beside_the_one_in_the_diary(clinic, patients, tmp_path):
    first = write_csv(tmp_path / "visits.csv", VISITS)
    run(patients, first, *options())
    clash = [VISITS[0], ["V9", "1003", "3/9/2026", "9:15 AM", "Ortiz", "Consultation", ""]]
    file = tmp_path / "report.csv"
    said = run(write_csv(tmp_path / "more.csv", clash), *options(report=file))
    reference = Appointment.objects.get(start=cast.at("2026-03-09", "09:00")).reference
    beside = f"{reference}: 2026-03-09 09:00 to 09:30, Amara Ortiz, Consultation, Dana Whitfield"
    assert report(file) == [
        ["2", "refused", "the time is taken", "3/9/2026, 9:15 AM, Ortiz, Consultation, 1003", beside]
    ]
    assert "FAILED: 1 rows were refused" in said


def test_two_rows_of_one_file_that_collide_are_told_apart(clinic, patients, tmp_path):
    rows = [*VISITS, ["V4", "1003", "3/9/2026", "9:00 AM", "Ortiz", "Consultation", ""]]
    file = tmp_path / "report.csv"
    run(patients, *options())
    run(write_csv(tmp_path / "visits.csv", rows), *options(report=file))
    assert [row[1] for row in report(file)] == ["created", "created", "created", "refused"]


def test_a_collision_may_be_brought_on_purpose(clinic, patients, tmp_path):
    rows = [*VISITS, ["V4", "1003", "3/9/2026", "9:00 AM", "Ortiz", "Consultation", ""]]
    run(patients, write_csv(tmp_path / "visits.csv", rows), *options(overbook="As in the old book."))
    assert Occupancy.objects.filter(overbooked=True).count() == 1
    assert list(findings(now=cast.NOW)) == []


def test_a_visit_that_has_moved_in_the_other_system_moves_here(clinic, patients, visits, tmp_path):
    run(patients, visits, *options())
    rows = [VISITS[0], [*VISITS[1][:3], "11:00 AM", *VISITS[1][4:]], [*VISITS[2][:6], "Canceled"]]
    file = tmp_path / "report.csv"
    run(write_csv(tmp_path / "visits.csv", rows), *options(report=file), now=cast.NOW + dt.timedelta(days=1))
    assert [row[1:3] for row in report(file)] == [["updated", "moved from 2026-03-09 09:00"], ["updated", "canceled"]]
    assert [row.status for row in Appointment.objects.order_by("pk")] == ["booked", "cancelled", "booked"]
    assert Message.objects.count() == 0


def test_visits_alone_bring_the_patients_they_name(clinic, tmp_path):
    rows = [
        ["Patient Name", "DOB", "Cell", "Date", "Time", "Doctor", "Type"],
        ["Whitfield, Dana", "3/7/1962", "212 555 0142", "3/9/2026", "9:00 AM", "Ortiz", "Consultation"],
        ["Whitfield, Dana", "3/7/1962", "", "3/10/2026", "9:00 AM", "Ortiz", "Consultation"],
        ["Stone, Eve", "", "", "3/10/2026", "10:00 AM", "Ortiz", "Consultation"],
        ["Gone, Guy", "3/7/1962", "", "2/10/2026", "10:00 AM", "Ortiz", "Consultation"],
    ]
    file = tmp_path / "report.csv"
    run(write_csv(tmp_path / "visits.csv", rows), *options(report=file))
    assert [row[1] for row in report(file)] == ["created", "created", "refused", "left out"]
    assert "birth date, phone, email or the patient's number" in report(file)[2][2]
    dana = Patient.objects.get(last_name="Whitfield")
    assert dana.appointments.count() == 2
    assert not Patient.objects.filter(last_name__in=["Stone", "Gone"]).exists()


def test_what_the_source_calls_our_things_is_said_once_and_remembered(clinic, patients, tmp_path):
    rows = [VISITS[0], [*VISITS[1][:4], "DR A.", "NPV", ""]]
    file = write_csv(tmp_path / "visits.csv", rows)
    said = run(patients, file, *options())
    assert "we have no treatment “NPV” (we have consultation, " in said
    named = ["--name", "clinician:DR A.=amara-ortiz", "--name", "treatment:NPV=consultation"]
    assert "1 created" in run(file, *options(), *named)
    assert ImportMapping.objects.get(kind="appointments").names["treatment"] == {"NPV": "consultation"}
    later = write_csv(tmp_path / "later.csv", [VISITS[0], ["V8", "1002", "3/11/2026", "9:00 AM", "DR A.", "NPV", ""]])
    assert "1 created" in run(later, "--source", "oldsoft")


def test_a_workbook_with_real_dates_comes_in_like_text(clinic, tmp_path):
    rows = [
        ["Appt ID", "Patient Name", "DOB", "Date/Time", "Provider", "Type", "Duration"],
        [1, "Whitfield, Dana", dt.date(1962, 3, 7), dt.datetime(2026, 3, 9, 9, 0), "Ortiz", "Consultation", 45],  # noqa: DTZ001
        [2, "Okafor, Rita", 25000, 46090.4375, "Ortiz", "Consultation", 20.0],
    ]
    said = run(write_xlsx(tmp_path / "visits.xlsx", rows), "--source", "oldsoft")
    assert "2 created" in said
    first, second = Appointment.objects.order_by("start")
    assert (first.start, first.end) == (cast.at("2026-03-09", "09:00"), cast.at("2026-03-09", "09:45"))
    assert (second.start, second.end) == (cast.at("2026-03-09", "10:30"), cast.at("2026-03-09", "10:50"))
    assert second.patient.date_of_birth == dt.date(1968, 6, 11)


def test_hours_and_leave_come_in_and_say_whom_they_hit(clinic, patients, visits, tmp_path):
    hours = [
        ["Provider", "Day", "From", "To"],
        ["Ortiz", "Sat", "9a", "1p"],
        ["Ortiz", "Monday", "9:00", "17:00"],
        ["Ortiz", "Sunday", "5pm", "9am"],
    ]
    leave = [["Provider", "From", "Until", "Notes"], ["Ortiz", "3/9/2026", "3/9/2026", "=Conference"]]
    report_file = tmp_path / "report.csv"
    files = [write_csv(tmp_path / "hours.csv", hours), write_csv(tmp_path / "leave.csv", leave)]
    said = run(patients, visits, *files, *options(report=report_file))
    assert "hours.csv: 1 created, 1 unchanged, 1 refused" in said
    saturday = WorkingHours.objects.get(weekday=5)
    assert (saturday.start, saturday.end) == (dt.time(9), dt.time(13))
    off = TimeOff.objects.get()
    assert (off.start, off.end) == (cast.at("2026-03-09", "00:00"), cast.at("2026-03-10", "00:00"))
    row = report(tmp_path / "report-leave.csv")[0]
    assert row[1:3] == ["created", "2 visits stand in it: move or cancel them at the desk"]
    assert "Dana Whitfield" in row[4]
    assert "2 unchanged" in run(*files[:1], *options(), now=cast.NOW + dt.timedelta(days=1))


def test_a_date_that_can_be_read_in_two_ways_is_refused_without_a_word_on_it(clinic, tmp_path):
    rows = [["First Name", "Last Name", "DOB"], ["Ada", "Vale", "3/7/1962"], ["Ben", "Vale", "13/7/1962"]]
    file = tmp_path / "report.csv"
    run(write_csv(tmp_path / "patients.csv", rows), "--source", "oldsoft", "--report", file)
    assert [row[1:3] for row in report(file)] == [
        ["refused", "“3/7/1962” can be read in two ways: say --month-first or --day-first"],
        ["created", ""],
    ]
    run(tmp_path / "patients.csv", "--source", "oldsoft", "--day-first")
    assert Patient.objects.get(first_name="Ada", last_name="Vale", email="").date_of_birth == dt.date(1962, 7, 3)
    assert ImportMapping.objects.get().date_order == "day"


def test_a_person_we_may_know_is_noted_for_the_desk_and_never_attached(clinic, tmp_path):
    rows = [["Patient ID", "First Name", "Last Name", "Email"], ["7", "Ada", "Vale", "ADA@example.com"]]
    run(write_csv(tmp_path / "patients.csv", rows), *options())
    brought = ImportedRow.objects.get().patient
    assert brought != clinic.ada
    assert [match.known for match in brought.possible_matches.all()] == [clinic.ada]


def test_a_room_that_is_taken_is_said_by_name(clinic, patients, tmp_path):
    rows = [VISITS[0]] + [
        [f"V{n}", f"100{n}", "3/9/2026", "9:00 AM", name, "trigger-point-injection", ""]
        for n, name in enumerate(["Ortiz", "Sato"], start=1)
    ]
    file = tmp_path / "report.csv"
    run(patients, *options())
    run(write_csv(tmp_path / "visits.csv", rows), *options(report=file))
    assert [row[1] for row in report(file)] == ["created", "refused"]
    assert report(file)[1][4].startswith("Procedure room is taken by")


def test_a_visit_that_grows_or_goes_far_away_in_the_other_system_does_so_here(clinic, patients, tmp_path):
    head = [*VISITS[0], "Duration"]
    rows = [head, [*VISITS[1], 45], [*VISITS[2], ""]]
    run(patients, write_csv(tmp_path / "v.csv", rows), *options())
    rows = [head, [*VISITS[1], 60], [*VISITS[2][:2], "3/9/2027", *VISITS[2][3:], ""]]
    said = run(write_csv(tmp_path / "v.csv", rows), *options(), now=cast.NOW + dt.timedelta(days=1))
    assert "2 updated" in said
    first, second = Appointment.objects.order_by("pk")
    assert first.end - first.start == dt.timedelta(minutes=60)
    assert second.start == cast.at("2027-03-09", "10:00")
    assert list(findings(now=cast.NOW)) == []


def test_what_cannot_be_followed_is_left_to_a_person(clinic, patients, visits, tmp_path):
    run(patients, visits, *options())
    desk = By.staff(factories.UserFactory())
    scheduling.cancel(
        Appointment.objects.get(start=cast.at("2026-03-09", "10:00")), reason="better", by=desk, now=cast.NOW
    )
    rows = [VISITS[0], [*VISITS[1][:5], "trigger-point-injection", ""], [*VISITS[2][:3], "11:00a", *VISITS[2][4:]]]
    file = tmp_path / "report.csv"
    run(write_csv(tmp_path / "v.csv", rows), *options(report=file), now=cast.NOW + dt.timedelta(days=1))
    assert [row[1:3] for row in report(file)] == [
        ["refused", "it was booked for Consultation: please cancel it here, and book it anew"],
        ["refused", "it has changed in the other system, and here too (canceled): please decide by hand"],
    ]


def test_one_reference_for_two_visits_is_given_to_the_first(clinic, patients, tmp_path):
    rows = [[*VISITS[0], "Reference"], [*VISITS[1], "ABCDEFGH"], [*VISITS[2], "abcdefgh"], [*VISITS[3], "=1"]]
    assert "3 created" in run(patients, write_csv(tmp_path / "v.csv", rows), *options())
    assert Appointment.objects.filter(reference="ABCDEFGH").count() == 1


@pytest.mark.parametrize(
    ("date", "why"),
    [
        ("12/31/9999", "is no date that a clinic has"),
        ("0001-01-01", "is no date that a clinic has"),
        ("1e400", "is no date"),
    ],
)
def test_dates_at_the_end_of_time_are_refused(clinic, patients, tmp_path, date, why):
    file = tmp_path / "report.csv"
    run(patients, *options())
    rows = [VISITS[0], [*VISITS[1][:2], date, "11:30 PM", *VISITS[1][4:]]]
    run(write_csv(tmp_path / "v.csv", rows), *options(report=file))
    assert (report(file)[0][1], why in report(file)[0][2]) == ("refused", True)


def test_a_phone_that_changed_in_the_file_is_changed_here_and_the_rest_stays(clinic, patients, tmp_path):
    run(patients, *options())
    dana = ImportedRow.objects.get(key="1001").patient
    Patient.objects.filter(pk=dana.pk).update(access_needs="Step-free")
    rows = [PATIENTS[0], [*PATIENTS[1][:4], "(212) 555-0199", *PATIENTS[1][5:]], PATIENTS[2]]
    said = run(write_csv(tmp_path / "p.csv", rows), *options(), now=cast.NOW + dt.timedelta(days=1))
    assert "1 updated, 1 unchanged" in said
    dana.refresh_from_db()
    assert (str(dana.phone), dana.access_needs) == ("(212) 555-0199", "Step-free")


def test_a_column_that_is_just_called_patient_has_their_names(clinic, tmp_path):
    rows = [
        ["Patient", "DOB", "Date", "Time", "Provider", "Type"],
        ["Whitfield, Dana", "3/7/1962", "3/9/2026", "9:00 AM", "Ortiz", "Consultation"],
    ]
    assert "1 created" in run(write_csv(tmp_path / "v.csv", rows), *options())
    assert str(Appointment.objects.get().patient) == "Dana Whitfield"
