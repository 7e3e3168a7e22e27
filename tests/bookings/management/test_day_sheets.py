"""`manage.py day_sheets`, and the worker's task that does the same by itself."""

import io

import pytest
from django.core.management import CommandError, call_command

from bookings import tasks
from tests import cast
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning(time_machine, settings, tmp_path):
    time_machine.move_to(NOW, tick=False)
    settings.CLINIC_DAY_SHEETS = tmp_path / "day-sheets"


@pytest.fixture
def clinic():
    return cast.open_clinic()


def run(*arguments, **options):
    out, err = io.StringIO(), io.StringIO()
    call_command("day_sheets", *arguments, stdout=out, stderr=err, **options)
    return out.getvalue().split(), err.getvalue()


def test_the_command_writes_what_must_be_at_hand_and_says_where(clinic, tmp_path):
    folder = tmp_path / "day-sheets"
    written = [str(folder / f"2026-03-0{day}-harbor-street.html") for day in (2, 3)]
    assert run() == (written, f"2 day sheets written to {folder}.\n")


def test_a_date_and_a_folder_can_be_named(clinic, tmp_path):
    assert run("--date", "2026-04-01", "--to", str(tmp_path / "desk"), verbosity=0) == (
        [str(tmp_path / "desk" / "2026-04-01-harbor-street.html")], "",
    )  # fmt: skip


def test_the_command_writes_anew_what_is_fresh(clinic, tmp_path):
    file = tmp_path / "day-sheets" / "2026-03-02-harbor-street.html"
    run()
    file.write_text("spoiled")
    run()
    assert "Harbor Street" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["tomorrow", "2026-02-30", ""])
def test_what_is_no_date_is_refused_with_an_example(text, clinic):
    with pytest.raises(CommandError, match=f"“{text}” is no date. Write it like 2026-03-02."):
        run("--date", text)


def test_a_folder_that_cannot_be_written_is_named_with_the_next_step(clinic, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CommandError, match=r"Cannot write to .*/file/sub: Not a directory\. .* another one with --to"):
        run("--to", str(tmp_path / "file" / "sub"))


def test_without_a_location_the_command_says_what_is_missing():
    with pytest.raises(CommandError, match="There is no active location"):
        run()


def test_the_worker_writes_once_however_often_it_asks(clinic, tmp_path):
    tasks.day_sheets()
    first = {path.name: path.stat().st_ino for path in (tmp_path / "day-sheets").iterdir()}
    tasks.day_sheets()
    assert {path.name: path.stat().st_ino for path in (tmp_path / "day-sheets").iterdir()} == first
    assert sorted(first) == ["2026-03-02-harbor-street.html", "2026-03-03-harbor-street.html"]
