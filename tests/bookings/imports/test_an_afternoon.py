"""A clinic moves in: 2 000 patients and 600 visits from three lists of different shapes, one of them with 40 bad rows."""

import datetime as dt

import pytest

from bookings.findings import findings
from bookings.models import Appointment, ImportedRow, Message, Patient
from tests import cast
from tests.bookings.imports.lists import report, run, write_csv, write_xlsx

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
FIRST_MONDAY = dt.date(2026, 3, 9)
BAD = {
    "the time is taken": lambda n: [f"B{n}", n, "3/9/2026", "9:00 AM", "Ortiz", "Consultation", "Booked"],
    "“soon” is no date": lambda n: [f"B{n}", n, "soon", "9:00 AM", "Ortiz", "Consultation", "Booked"],
    "“2/30/2026” is no date": lambda n: [f"B{n}", n, "2/30/2026", "9:00 AM", "Ortiz", "Consultation", "Booked"],
    "“nine” is no time": lambda n: [f"B{n}", n, "4/20/2026", "nine", "Ortiz", "Consultation", "Booked"],
    "the clinician is missing": lambda n: [f"B{n}", n, "4/20/2026", "9:00 AM", "", "Consultation", "Booked"],
    "we have no clinician “Dr. Who”": lambda n: [
        f"B{n}",
        n,
        "4/20/2026",
        "9:00 AM",
        "Dr. Who",
        "Consultation",
        "Booked",
    ],
    "we have no treatment “Botox”": lambda n: [f"B{n}", n, "4/20/2026", "9:00 AM", "Ortiz", "Botox", "Booked"],
    "patient 99": lambda n: [f"B{n}", f"99{n}", "4/20/2026", "9:00 AM", "Ortiz", "Consultation", "Booked"],
    "We do not offer that time.": lambda n: [f"B{n}", n, "4/19/2026", "9:00 AM", "Ortiz", "Consultation", "Booked"],
    "we do not know the status “Perhaps”": lambda n: [
        f"B{n}",
        n,
        "4/20/2026",
        "9:00 AM",
        "Ortiz",
        "Consultation",
        "Perhaps",
    ],
}


def people_of_the_front_office(folder):
    """As a program on Windows writes them: semicolons, its own encoding, the name in one cell."""
    rows = [["Chart #", "Patient Name", "D.O.B.", "Cell Phone", "E-mail"]]
    rows += [
        [
            n,
            f"Müller-{n}, Zoë",
            f"{n % 12 + 1}/{n % 28 + 1}/{1940 + n % 60}",
            f"(212) 55{n % 10}-{n:04}",
            f"p{n}@example.com",
        ]
        for n in range(1500)
    ]
    return write_csv(folder / "front.csv", rows, delimiter=";", encoding="cp1252")


def people_of_the_therapists(folder):
    """As somebody keeps them in a workbook, with real dates and a title above."""
    rows = [["Therapy patients"], [], ["ID", "First", "Last", "Birthdate", "Mobile"]]
    rows += [
        [n, f"Pat{n}", "Quist", dt.date(1950, 1, 1) + dt.timedelta(days=n), 2125550000 + n] for n in range(1500, 2000)
    ]
    return write_xlsx(folder / "therapy.xlsx", rows)


def visits(folder):
    """Tabs and UTF-16, as Excel's “Unicode text”; four bad rows of each kind among them."""
    days = [FIRST_MONDAY + dt.timedelta(days=n) for n in range(28)]
    slots = [(day, f"{(9 + half // 2 - 1) % 12 + 1}:{half % 2 * 3}0 {'AM' if half < 6 else 'PM'}", who)
             for day in days if day.weekday() < 5 for half in range(16) for who in ("Dr. Ortiz", "SATO, BEN")]  # fmt: skip
    rows = [
        [f"A{n}", n, f"{day:%m/%d/%Y}", time, who, "Consultation", "Scheduled"]
        for n, (day, time, who) in enumerate(slots[:600])
    ]
    bad = [make(100 * kind + n) for kind, make in enumerate(BAD.values()) for n in range(4)]
    for number, row in enumerate(bad):
        rows.insert(100 + number * 13, row)
    head = ["Appt ID", "Chart #", "Appt Date", "Appt Time", "Provider", "Visit Type", "Status"]
    return write_csv(folder / "visits.txt", [head, *rows], delimiter="\t", encoding="utf-16")


def test_an_afternoon(tmp_path):
    clinic = cast.open_clinic()
    told = tmp_path / "report.csv"
    files = [visits(tmp_path), people_of_the_therapists(tmp_path), people_of_the_front_office(tmp_path)]
    options = ["--source", "oldsoft", "--month-first", "--encoding", "cp1252", "--report", told]
    assert "would be 600 created, 40 refused" in run(*files, *options, "--dry-run")
    assert ImportedRow.objects.count() == 0
    said = run(*files, *options)
    assert "front.csv: 1500 created" in said
    assert "therapy.xlsx: 500 created" in said
    assert "visits.txt: 600 created, 40 refused" in said
    refused = [row[2] for row in report(tmp_path / "report-visits.csv") if row[1] == "refused"]
    assert {why: sum(row.startswith(why) for row in refused) for why in BAD} == dict.fromkeys(BAD, 4)
    assert Patient.objects.count() == 2002
    assert Appointment.objects.filter(clinician__in=[clinic.ortiz, clinic.sato], source="import").count() == 600
    assert Message.objects.count() == 0
    assert list(findings(now=cast.NOW)) == []
