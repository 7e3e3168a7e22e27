"""A clock that tests can shift for whole processes: seconds to add, read from one file that all of them share.

Only `CLINIC_CLOCK_FILE` switches it on; `manage.py check` refuses it where other hosts can reach the site.
"""

import datetime as dt
from pathlib import Path

from django.utils import timezone

_real_now = timezone.now


def install(path: str) -> None:
    """Make `django.utils.timezone.now`, which every door reads, run ahead by the seconds in the file."""
    file = Path(path)

    def shifted_now() -> dt.datetime:
        return _real_now() + dt.timedelta(seconds=_seconds(file))

    timezone.now = shifted_now


def _seconds(file: Path) -> float:
    try:
        return float(file.read_text() or 0)
    except FileNotFoundError:
        return 0.0
