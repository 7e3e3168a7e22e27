"""When nothing may be sent: paused by staff or after a restored backup, or while the mail server refuses everybody."""

import contextlib
import datetime as dt
import json
import logging
import os
from pathlib import Path
from typing import NamedTuple

from django.db.models import F
from django.utils.translation import gettext as _

from bookings.models import Message, Messenger, Tick

log = logging.getLogger(__name__)

# So many refusals without one success mean us and not the messages: then the server is asked after a while, later each time.
SHUT_AFTER = 3
SHUT_FOR = dt.timedelta(minutes=5)
SHUT_FOR_MOST = dt.timedelta(hours=1)
SEEN = "messenger-seen.json"


class Rehearsing(Exception):
    """Why messages are not let go; its text may be shown to anybody."""


class Outlook(NamedTuple):
    """The messenger, and what would happen if it were let go now: rows that are due, and rows that are too late."""

    messenger: Messenger
    due: int
    too_late: int


def state(*, now: dt.datetime) -> Outlook:
    """Return whether messages go out and what waits; three statements."""
    messenger = Messenger.current()
    ends = [end for rows in Message.objects.waiting(now=now) for end in rows.values_list("useful_until", flat=True)]
    too_late = sum(end is not None and end <= now for end in ends)
    return Outlook(messenger, len(ends) - too_late, too_late)


def pause(reason: str, *, now: dt.datetime, user=None) -> None:
    """Send nothing from now on, until somebody releases it. What is due waits, and what is too late by then is withdrawn."""
    messenger = Messenger.kept()
    _one(messenger, paused_at=None).update(paused_at=now, pause_reason=reason[:120], paused_by=user)
    log.warning("Messages are paused: %s", "by a member of staff" if user else reason)


def release(*, now: dt.datetime, user=None) -> None:
    """Send again what is due and still of use, oldest first. Raises Rehearsing on a practice copy."""
    refuse_rehearsal()
    values = {"paused_at": None, "pause_reason": "", "paused_by": None}
    _one(Messenger.kept()).update(**values, shut_until=None, shut_reason="", shut_times=0)
    log.warning("Messages go out again.")


def refuse_rehearsal() -> None:
    """Raise Rehearsing where nothing may ever be sent."""
    if Messenger.current().is_rehearsing:
        raise Rehearsing(_("This is a rehearsal: nothing is sent from it, whoever asks."))


def is_paused() -> bool:
    return Messenger.current().paused_at is not None


def shut(times: int, reason: str, *, now: dt.datetime) -> bool:
    """Count refusals that were not about one message; returns whether nothing more is tried for a while."""
    messenger = Messenger.kept()
    _one(messenger).update(shut_times=F("shut_times") + times)
    messenger.refresh_from_db()
    if messenger.shut_times < SHUT_AFTER:
        return False
    doublings = min(messenger.shut_times - SHUT_AFTER, 8)
    until = now + min(SHUT_FOR * 2**doublings, SHUT_FOR_MOST)
    if messenger.shut_until is None:
        log.error("The mail server refuses all messages (%s). They wait; nothing is lost. Look at its account.", reason)
    _one(messenger).update(shut_until=until, shut_reason=reason[:120])
    return True


def opened(messenger: Messenger) -> None:
    """The server has taken a message: it does not refuse everybody."""
    if messenger.shut_times:
        _one(messenger).update(shut_until=None, shut_reason="", shut_times=0)


def pause_after_restore(folder: Path, *, now: dt.datetime) -> bool:
    """Pause when the diary is older than what this machine has seen of it: somebody has restored a backup.

    What was sent after that backup looks unsent in it, and nobody shall be told twice. `mark_seen` keeps in `folder`, beside
    the database and not in it, up to when this machine has seen the diary.
    """
    messenger = Messenger.kept()
    last = Tick.objects.filter(name="tick").values_list("at", flat=True).first()
    seen = _seen(folder, messenger)
    if seen is None or (last is not None and seen <= last):
        return False
    pause(_("The diary is older than its last tick: was a backup restored? Look what is due, then release."), now=now)
    return True


def mark_seen(folder: Path, *, now: dt.datetime) -> None:
    """Write down up to when this machine has seen this diary; call it after the tick is in the database."""
    file = folder / SEEN
    draft = file.with_suffix(f".{os.getpid()}.new")  # several workers may share the folder
    draft.write_text(json.dumps({"diary": str(Messenger.kept().identity), "at": now.isoformat()}))
    draft.replace(file)


def _seen(folder: Path, messenger: Messenger) -> dt.datetime | None:
    with contextlib.suppress(OSError, ValueError, KeyError):
        said = json.loads((folder / SEEN).read_text())
        if said["diary"] == str(messenger.identity):
            return dt.datetime.fromisoformat(said["at"])
    return None


def _one(messenger: Messenger, **still):
    return Messenger.objects.filter(pk=messenger.pk, **still)
