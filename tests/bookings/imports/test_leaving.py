"""`manage.py export_clinic`: everything out, harmless in a spreadsheet; and in again, an equal diary."""

import csv
import datetime as dt
import json
import stat
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from bookings import exports, scheduling
from bookings.findings import findings
from bookings.models import (
    Appointment,
    AppointmentEvent,
    ExtraHours,
    Message,
    Occupancy,
    Patient,
    SessionLimit,
    TimeOff,
    WorkingHours,
)
from bookings.scheduling import By, Slot
from tests import cast, factories
from tests.bookings.imports.lists import report, run

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
AWKWARD = '=HYPERLINK("http://x"); it hurts, "here"\nand -- there — ünïcode 🦴'


@pytest.fixture
def clinic():
    """A diary with a bit of everything, some of it awkward."""
    clinic = cast.open_clinic()
    staff = By.staff(factories.UserFactory(is_superuser=True))
    how = {"by": staff, "now": cast.NOW, "source": "phone"}
    Patient.objects.filter(pk=clinic.ada.pk).update(
        first_name="=cmd|' /C calc'!A0", alert="'+quoted", phone="+12125550142", sms_consent_at=cast.NOW,
        sms_stopped_at=cast.NOW, reminders_off_at=cast.NOW, coverage="medicare", language="es", message_channel="email",
    )  # fmt: skip
    clinic.ada.refresh_from_db()
    first = book(clinic, "2026-03-09", "09:00", clinic.ada, reason=AWKWARD, **how)
    second = book(clinic, "2026-03-09", "09:00", clinic.ben, clinician=clinic.sato, reason=AWKWARD, **how)  # in Room 2
    scheduling.cancel(first, reason="better", by=staff, now=cast.NOW)
    scheduling.confirm(second, by=staff, now=cast.NOW)
    book(clinic, "2026-03-10", "10:07", clinic.ada, side="left", **how)
    scheduling.request(slot(clinic, "2026-03-11", "11:00"), patient=clinic.ben, **how)
    full = slot(clinic, "2026-03-10", "10:00", clinician=clinic.ortiz)
    scheduling.overbook(full, patient=clinic.ben, overbook_reason="Pain much worse.", **how)
    book(clinic, "2026-03-02", "16:00", clinic.ben, **how)
    resource = clinic.ortiz.resource
    saturday = WorkingHours.objects.create(
        resource=resource,
        location=clinic.house,
        weekday=5,
        start=dt.time(9),
        end=dt.time(0),
        valid_from=dt.date(2026, 4, 1),
    )
    saturday.only_treatments.set([clinic.injection])
    SessionLimit.objects.create(hours=saturday, treatment=clinic.injection, at_most=2)
    ExtraHours.objects.create(
        resource=resource, location=clinic.house, date=dt.date(2026, 3, 15), start=dt.time(9), end=dt.time(12)
    )
    for who in ({"resource": resource}, {"location": clinic.house}, {"resource": clinic.c_arm}):
        span = {"start": cast.at("2026-03-10", "09:00"), "end": cast.at("2026-03-11", "00:00")}
        scheduling.block(**who, **span, kind="block", note="-1 day", by=staff, now=cast.NOW)
    return clinic


def slot(clinic, date, time, clinician=None):
    return Slot(clinic.consultation, cast.at(date, time), clinic.house, clinician or clinic.ortiz)


def book(clinic, date, time, patient, *, clinician=None, **more):
    return scheduling.book(slot(clinic, date, time, clinician), patient=patient, **more)


def export(folder: Path) -> Path:
    call_command("export_clinic", str(folder), stdout=StringIO())
    return folder


def _delete(model):
    rows = model._base_manager.all()
    rows._raw_delete(rows.db)


def picture():
    """The diary ahead, as it can be compared: everything but primary keys, and moments of writing."""
    visits = Appointment.objects.keeping_time().filter(start__gt=cast.NOW).order_by("start", "clinician", "reference")
    return {
        "patients": [
            (str(one), one.date_of_birth, one.email, one.phone, one.language, one.message_channel, one.alert, one.coverage,
             one.sms_consent_at, one.sms_stopped_at, one.reminders_off_at)
            for one in Patient.objects.order_by("last_name", "first_name")
        ],
        "visits": [
            (row.reference, str(row.patient), row.treatment_id, row.clinician_id, row.location_id, row.start, row.end,
             row.arrive_at, row.status, bool(row.confirmed_at), row.region_id, row.side, row.reason,
             sorted(row.occupancy.values_list("resource", "start", "end", "overbooked")))
            for row in visits
        ],
        "hours": sorted(
            (row.resource_id, row.location_id, row.weekday, row.start, row.end, str(row.valid_from), str(row.valid_until),
             sorted(row.only_treatments.values_list("slug", flat=True)),
             sorted(row.limits.values_list("treatment__slug", "at_most")))
            for row in WorkingHours.objects.all()
        ),
        "extra": list(ExtraHours.objects.values_list("resource", "location", "date", "start", "end")),
        "leave": sorted(TimeOff.objects.values_list("resource__name", "location__slug", "start", "end", "kind", "note"), key=str),
    }  # fmt: skip


def test_an_export_imported_into_an_empty_diary_restores_an_equal_one(clinic, tmp_path):
    folder, before = export(tmp_path / "out"), picture()
    assert len(before["visits"]) == 5
    _forget_everything()
    told = tmp_path / "report.csv"
    files = [folder / f"{name}.csv" for name in exports.IMPORTED]
    said = run(*files, "--source", "export", "--report", told)
    assert "FAILED" not in said, [row for name in exports.IMPORTED for row in report(told.with_stem(f"report-{name}"))]
    assert picture() == before
    assert Message.objects.count() == 0
    assert list(findings(now=cast.NOW)) == []
    again = export(tmp_path / "again")
    assert _lines(again / "leave.csv") == _lines(folder / "leave.csv")
    assert _lines(again / "hours.csv") == _lines(folder / "hours.csv")


def _forget_everything():
    for model in (Message, AppointmentEvent, Occupancy, Appointment, TimeOff, ExtraHours, SessionLimit):
        _delete(model)
    WorkingHours.objects.all().delete()
    Patient.objects.all().delete()


def _lines(path):
    return sorted(path.read_text(encoding="utf-8-sig").splitlines())


def test_each_list_has_the_documented_columns_in_both_formats(clinic, tmp_path):
    folder = export(tmp_path / "out")
    for name, columns in exports.COLUMNS.items():
        with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            heading, *rows = csv.reader(file)
        lines = [json.loads(line) for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
        assert [heading, *map(list, lines)] == [list(columns)] * (1 + len(rows))


def test_no_cell_of_an_export_is_a_formula_and_json_has_the_plain_text(clinic, tmp_path):
    folder = export(tmp_path / "out")
    for name in exports.COLUMNS:
        with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r", "\n"))] == []
    reasons = [json.loads(line)["reason"] for line in (folder / "appointments.jsonl").read_text().splitlines()]
    assert AWKWARD in reasons


def test_only_the_owner_may_read_an_export(clinic, tmp_path):
    folder = export(tmp_path / "out")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert sorted(file.name for file in folder.iterdir()) == sorted(
        f"{name}.{ending}" for name in exports.COLUMNS for ending in ("csv", "jsonl")
    )


def test_a_folder_that_is_a_file_is_said(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(CommandError, match="File exists"):
        call_command("export_clinic", str(tmp_path / "out"))


def test_the_docs_show_every_column(clinic):
    docs = (Path(__file__).resolve().parents[3] / "docs" / "moving-in.md").read_text(encoding="utf-8")
    missing = [
        f"{name}.{column}"
        for name, columns in exports.COLUMNS.items()
        for column, words in columns.items()
        if f"| `{column}` | {words} |" not in docs
    ]
    assert missing == []
