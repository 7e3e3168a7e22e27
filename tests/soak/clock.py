"""The one clock of a run: every process adds the seconds of one file to the real time."""

import datetime as dt
from pathlib import Path


class Clock:
    """`path` goes into CLINIC_CLOCK_FILE; `leap(instant)` sets the time of every process that reads it."""

    def __init__(self, path: Path, begin: dt.datetime):
        self.path = path
        self._ahead = 0.0
        self.leap(begin)

    def leap(self, instant: dt.datetime) -> None:
        """Make it that time now; from there the clock runs on at its own pace."""
        self._ahead = (instant - _real_now()).total_seconds()
        draft = self.path.with_suffix(".new")
        draft.write_text(f"{self._ahead:.6f}")
        draft.replace(self.path)  # never a half-written file: that would be another century for somebody

    def now(self) -> dt.datetime:
        return _real_now() + dt.timedelta(seconds=self._ahead)


def _real_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
