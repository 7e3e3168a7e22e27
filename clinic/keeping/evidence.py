"""Whether the clinic is evidently running. What cannot be seen from here (another machine on SQLite) is not known."""

import contextlib
import datetime as dt
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from clinic.keeping.engines import Engine
from clinic.keeping.refusals import Refused

PROGRAMS = ("clinic.wsgi", "celery\0", "runserver\0", "-A\0clinic\0")
WHERE = ("DATABASE_URL", "CLINIC_VAR")  # another one of these is another clinic
TICKED = "a worker that finished a tick a moment ago"
LOOK_SECONDS = 5


def running(engine: Engine, *, now: dt.datetime) -> list[str]:
    """Return what shows that web or worker are at work, in words; empty when nothing does."""
    found = []
    if others := engine.connections():
        found.append(f"{others} other connections to the database")
    if programs := list(processes()):
        found.append(f"processes {', '.join(map(str, programs))} of this project")
    age = now - (last_tick() or dt.datetime.min.replace(tzinfo=dt.UTC))
    if abs(age) < quiet_after() and not found:
        found.append(TICKED)
    return found


def quiet_after() -> dt.timedelta:
    """Without a tick for so long, the worker is taken to be stopped."""
    return dt.timedelta(seconds=2 * settings.CLINIC_TICK_SECONDS)


def last_tick() -> dt.datetime | None:
    """Return when a worker last finished a tick, in whatever version the database is; None too where it cannot be read."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT at FROM bookings_tick WHERE name = %s", ["tick"])
            row = cursor.fetchone()
    except DatabaseError:
        row = None
    finally:
        connection.close()  # the database may be replaced next
    if not row:
        return None
    at = dt.datetime.fromisoformat(row[0]) if isinstance(row[0], str) else row[0]
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)  # SQLite keeps it without


def processes() -> Iterator[int]:
    """Yield the processes of web, worker and clock that were started in this folder for this database; Linux only."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended, or it is somebody else's
            if int(entry.name) != os.getpid() and _is_ours(entry):
                yield int(entry.name)


def _is_ours(entry: Path) -> bool:
    command = (entry / "cmdline").read_bytes().decode(errors="replace")
    if not any(program in command for program in PROGRAMS) or (entry / "cwd").resolve() != settings.BASE_DIR:
        return False
    variables = dict(line.partition("=")[::2] for line in (entry / "environ").read_text(errors="replace").split("\0"))
    return all(variables.get(name, "") == os.environ.get(name, "") for name in WHERE)


def refuse_running(engine: Engine, *, now: Callable[[], dt.datetime], say: Callable[[str], None]) -> None:
    """Raise Refused when web or worker are at work. A worker that has just been stopped looks busy: wait for its next tick."""
    found = running(engine, now=now())
    tick = last_tick()
    while found == [TICKED] and last_tick() == tick:
        say("A worker was here a moment ago. Waiting until it is sure that it was stopped ...")
        time.sleep(LOOK_SECONDS)
        found = running(engine, now=now())
    if found:
        raise Refused(
            f"The clinic is running: {', '.join(found)}. Stop web, worker and clock first, so that nothing anybody writes is "
            "lost; or say --while-running."
        )
