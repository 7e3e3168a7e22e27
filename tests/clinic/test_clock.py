import datetime as dt

from django.utils import timezone

from clinic import clock

NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)


def test_the_file_shifts_the_clock_that_every_door_reads(tmp_path, monkeypatch, time_machine):
    time_machine.move_to(NOON, tick=False)
    monkeypatch.setattr(timezone, "now", timezone.now)  # put back what install replaces
    file = tmp_path / "clock"

    clock.install(str(file))
    without_file = timezone.now()
    file.write_text("90")
    shifted = timezone.now()

    assert (without_file, shifted) == (NOON, NOON + dt.timedelta(seconds=90))
