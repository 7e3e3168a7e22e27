"""The sheets on disk: which days must be at hand, and files that are whole, private, and gone in time."""

import datetime as dt
import multiprocessing
import os
import resource
import signal

import pytest

from bookings.desk import filing
from bookings.desk.opening import dates_to_print
from bookings.models import TimeOff
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book
from tests.diary import put_appointment

pytestmark = pytest.mark.django_db
MONDAY, FRIDAY = dt.date(2026, 3, 2), dt.date(2026, 3, 6)
EVENING = at("2026-03-06", "18:30")


@pytest.fixture
def clinic():
    return cast.open_clinic()


def close(place, first, last, kind="holiday"):
    TimeOff.objects.create(
        location=place, kind=kind, start=at(first, "00:00", place.zone), end=at(last, "00:00", place.zone)
    )


def days(place, today):
    return [str(date) for date in dates_to_print(place, today)]


# --- Which days -------------------------------------------------------------------------------------------------------


def test_today_and_the_next_open_day_must_be_at_hand(clinic):
    assert days(clinic.house, MONDAY) == ["2026-03-02", "2026-03-03"]


def test_on_a_friday_the_next_open_day_is_monday_and_after_a_holiday_tuesday(clinic):
    assert days(clinic.house, FRIDAY) == ["2026-03-06", "2026-03-09"]
    close(clinic.house, "2026-03-09", "2026-03-10")
    assert days(clinic.house, FRIDAY) == ["2026-03-06", "2026-03-10"]


def test_a_closed_day_counts_while_somebody_is_still_expected_on_it(clinic):
    minute = int(at("2026-03-09", "10:00").timestamp()) // 60
    visit = put_appointment(clinic, minute, minute + 30)
    close(clinic.house, "2026-03-09", "2026-03-10")
    assert days(clinic.house, FRIDAY) == ["2026-03-06", "2026-03-09", "2026-03-10"]
    type(visit).objects.filter(pk=visit.pk).compare_and_set(status="cancelled")
    assert days(clinic.house, FRIDAY) == ["2026-03-06", "2026-03-10"]


def test_a_day_closed_in_the_morning_only_is_open(clinic):
    TimeOff.objects.create(
        location=clinic.house, kind="closure", start=at("2026-03-09", "00:00"), end=at("2026-03-09", "12:00")
    )
    assert days(clinic.house, FRIDAY) == ["2026-03-06", "2026-03-09"]


def test_a_day_on_which_everybody_is_away_is_not_open(clinic):
    for person in (clinic.ortiz.resource, clinic.sato.resource, clinic.lindqvist.resource):
        TimeOff.objects.create(
            resource=person, kind="leave", start=at("2026-03-09", "00:00"), end=at("2026-03-10", "00:00")
        )
    assert days(clinic.house, FRIDAY) == ["2026-03-06", "2026-03-10"]


def test_a_place_without_hours_has_no_sheets(clinic):
    assert days(factories.LocationFactory(), MONDAY) == []


@pytest.mark.parametrize("visits", [1, 3])
def test_the_question_costs_the_same_for_one_visit_and_for_three(visits, clinic, django_assert_num_queries):
    for number in range(visits):
        book(clinic, at("2026-03-03", f"{10 + number}:00"), patient=factories.PatientFactory())
    with django_assert_num_queries(4):
        dates_to_print(clinic.house, MONDAY)


# --- Files ------------------------------------------------------------------------------------------------------------


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_sheet_is_a_file_of_its_own_for_our_account_alone(clinic, tmp_path):
    book(clinic, at("2026-03-09", "10:00"))
    folder = tmp_path / "new" / "sheets"
    filing.write_due(folder, now=EVENING)
    text = (folder / "2026-03-09-harbor-street.html").read_text(encoding="utf-8")
    assert names(folder) == ["2026-03-06-harbor-street.html", "2026-03-09-harbor-street.html"]
    assert {oct(path.stat().st_mode & 0o777) for path in [folder, *folder.iterdir()]} == {"0o700", "0o600"}
    assert [
        part for part in ("Ada Vale", "Page 1 of 1", "by the system", "<style>", ".sheet-cell") if part not in text
    ] == []
    assert [part for part in ("<script", "<link", "href=", "src=", "http", "url(", "/admin/") if part in text] == []


def test_what_is_fresh_is_left_and_what_is_an_hour_old_is_written_again(clinic, tmp_path):
    assert len(filing.write_due(tmp_path, now=EVENING)) == 2
    assert filing.write_due(tmp_path, now=EVENING) == []
    assert filing.write_due(tmp_path, now=EVENING + dt.timedelta(minutes=54)) == []
    book(clinic, at("2026-03-09", "10:00"))
    written = filing.write_due(tmp_path, now=EVENING + dt.timedelta(minutes=55))
    assert [path.name for path in written] == ["2026-03-06-harbor-street.html", "2026-03-09-harbor-street.html"]
    assert "Ada Vale" in written[1].read_text(encoding="utf-8")


def test_a_worker_that_was_down_all_evening_writes_when_it_is_back(clinic, tmp_path):
    written = filing.write_due(tmp_path, now=at("2026-03-09", "03:00"))
    assert [path.name for path in written] == ["2026-03-09-harbor-street.html", "2026-03-10-harbor-street.html"]


def test_a_file_from_the_future_is_not_fresh(clinic, tmp_path):
    filing.write_due(tmp_path, now=EVENING + dt.timedelta(days=1))
    assert len(filing.write_due(tmp_path, now=EVENING)) == 2


def test_each_place_has_the_days_of_its_own_clock(clinic, tmp_path):
    auckland = factories.LocationFactory(slug="auckland", time_zone="Pacific/Auckland", position=2)
    cast.work(clinic.sato.resource, auckland, range(5), "09:00", "17:00")
    filing.write_due(tmp_path, now=at("2026-03-05", "18:30"))  # noon on Friday there
    assert names(tmp_path) == [
        "2026-03-05-harbor-street.html",
        "2026-03-06-auckland.html",
        "2026-03-06-harbor-street.html",
        "2026-03-09-auckland.html",
    ]


def test_a_write_that_dies_half_way_leaves_the_old_file_whole(tmp_path):
    path = tmp_path / "2026-03-09-harbor-street.html"
    filing.replace(path, "yesterday's", now=NOW)
    with pytest.raises(UnicodeEncodeError):
        filing.replace(path, "half of it" * 10_000 + "\udc80", now=NOW)
    assert (path.read_text(encoding="utf-8"), names(tmp_path)) == ("yesterday's", [path.name])


def _write_until_killed(path):
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))  # the kernel kills whoever writes more
    filing.replace(path, "today's " * 10_000, now=NOW)


def test_a_process_killed_half_way_leaves_the_old_file_whole_and_its_rest_is_swept_up(tmp_path):
    path = tmp_path / "2026-03-09-harbor-street.html"
    filing.replace(path, "yesterday's", now=NOW)
    process = multiprocessing.get_context("fork").Process(target=_write_until_killed, args=[path])
    process.start()
    process.join()
    assert (process.exitcode, path.read_text(encoding="utf-8")) == (-signal.SIGXFSZ, "yesterday's")
    (part,) = tmp_path.glob(".day-sheet-*.part")
    os.utime(part, (NOW.timestamp(), NOW.timestamp()))
    filing.forget(tmp_path, now=NOW + dt.timedelta(hours=1, seconds=1))
    assert names(tmp_path) == [path.name]


def test_sheets_go_a_week_after_their_day_and_nothing_else_of_the_folder_does(tmp_path):
    kept = [
        "2026-02-23-harbor-street.html",
        "2026-02-22-notes.txt",
        "holiday.html",
        "budget.xlsx",
        ".day-sheet-new.part",
    ]
    gone = ["2026-02-22-harbor-street.html", "2025-12-24-harbor-street.html", ".day-sheet-old.part"]
    for name in [*kept, *gone]:
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (NOW.timestamp(), NOW.timestamp()))
    old = (NOW - dt.timedelta(hours=2)).timestamp()
    os.utime(tmp_path / ".day-sheet-old.part", (old, old))
    filing.forget(tmp_path, now=NOW)
    assert names(tmp_path) == sorted(kept)


def test_a_folder_that_is_not_there_has_nothing_to_forget(tmp_path):
    assert filing.forget(tmp_path / "none", now=NOW) == []
