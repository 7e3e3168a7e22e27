"""The programs of a clinic on its bad days: worker, beat and mail server, each to be stopped, frozen or turned away."""

import asyncio
import contextlib
import datetime as dt
import signal
from pathlib import Path

from aiosmtpd.controller import Controller
from django.utils import timezone

from tests.mailbox import Mailbox
from tests.processes import running

CELERY = ["-W", "ignore:You're running the worker with superuser", "-m", "celery", "--quiet", "-A", "clinic"]
WORKER = ["worker", "--pool", "solo", "--without-mingle", "--without-gossip", "--loglevel", "critical"]
BEAT = ["beat", "--pidfile=", "--loglevel", "critical"]


class Clock:
    """One file that shifts the clocks of all programs: `clock.ahead(hours=3)`."""

    def __init__(self, file: Path):
        self.file, self._ahead = file, dt.timedelta()
        self.ahead()

    def ahead(self, **more: float) -> None:
        """Let all clocks go on by so much at once."""
        self._ahead += dt.timedelta(**more)
        draft = self.file.with_suffix(".new")
        draft.write_text(str(self._ahead.total_seconds()))
        draft.replace(self.file)

    def now(self) -> dt.datetime:
        return timezone.now() + self._ahead

    def reach(self, instant: dt.datetime) -> None:
        """Let it be some seconds after `instant`."""
        self.ahead(seconds=(instant - self.now()).total_seconds() + 5)


class Sink(Mailbox):
    """A mail server that can also be away, or slow to take what it is given; counts everybody who asks for a recipient."""

    def __init__(self):
        super().__init__()
        self.asked: list[str] = []  # each recipient, each time one was named
        self._away = False
        self.seconds_to_take = 0.0
        self.takes = 0  # messages it is taking or has taken

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  aiosmtpd's name
        self.asked.append(address)
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  aiosmtpd's name
        self.takes += 1
        await asyncio.sleep(self.seconds_to_take)
        return await super().handle_DATA(server, session, envelope)

    def asked_for(self, address: str) -> int:
        return self.asked.count(address)

    def __exit__(self, *error):
        if not self._away:
            super().__exit__(*error)

    def leave(self) -> None:
        """Refuse connections from now on."""
        self._server.stop()
        self._away = True

    def come_back(self) -> None:
        self._server = Controller(self, hostname=self.host, port=self.port)
        self._server.start()
        self._away = False


class Messenger:
    """Worker and beat with one Redis, one mail server and one clock; ticks each second."""

    def __init__(self, folder: Path, **settings: str):
        self._folder, self._settings = folder, {"CLINIC_TICK_SECONDS": "1", "CLINIC_VAR": str(folder), **settings}

    @contextlib.contextmanager
    def working(self, **more: str):
        """Run both during the block; yields the worker's process."""
        with self.worker(**more) as worker, self.beat(**more):
            yield worker

    def worker(self, **more: str):
        return running(*CELERY, *WORKER, **self._settings, **more)

    def beat(self, **more: str):
        return running(*CELERY, *BEAT, "--schedule", str(self._folder / "beat"), **self._settings, **more)


def ask_to_stop(process, *, seconds: float = 30) -> int:
    """Send SIGTERM, wait for the end; return how it ended."""
    process.send_signal(signal.SIGTERM)
    return process.wait(seconds)
