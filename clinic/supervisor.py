"""Keeps a few programs running together, all or none. For the demo; in production systemd or the like does it."""

import contextlib
import errno
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

GRACE_SECONDS = 10
LOOK_SECONDS = 0.2


class AddressTaken(Exception):
    """Another program already listens there."""


@dataclass
class Program:
    """One program: its name for people, its command line, and the process once it runs."""

    name: str
    command: list[str]
    process: subprocess.Popen | None = field(default=None, init=False)

    def start(self) -> None:
        # A session of its own: Ctrl-C in the terminal reaches the supervisor alone, which then stops them in order.
        self.process = subprocess.Popen(self.command, start_new_session=True, stdin=subprocess.DEVNULL)  # noqa: S603  ours

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def ask_to_stop(self) -> None:
        if self.process and not self.has_ended():
            self.process.terminate()

    def kill_all_of_it(self) -> None:
        """Kill what is left of its process group, children of a dead parent included."""
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Supervisor:
    """Runs programs until one ends or somebody asks to stop; then none of them is left."""

    def __init__(self, programs: list[Program], *, grace: float = GRACE_SECONDS):
        self.programs = programs
        self.grace = grace  # seconds a program has to end by itself before it is killed
        self._asked_to_stop = False

    def listen_to_signals(self) -> None:
        """Take Ctrl-C, SIGTERM and a closed terminal as a wish to stop, even where a shell had them ignored."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop_soon)

    def _stop_soon(self, number, frame) -> None:
        self._asked_to_stop = True

    def run(self, *, is_up: Callable[[], bool], on_up: Callable[[], None]) -> str:
        """Start all, call `on_up` once `is_up` says so, wait; return the name of one that ended by itself, or ""."""
        try:
            for program in self.programs:
                program.start()
            return self._watch(is_up, on_up)
        finally:
            self._stop()

    def _watch(self, is_up, on_up) -> str:
        announced = False
        while not self._asked_to_stop:
            ended = next((program.name for program in self.programs if program.has_ended()), "")
            if ended:
                return ended
            if not announced and is_up():
                announced = True
                on_up()
            time.sleep(LOOK_SECONDS)
        return ""

    def _stop(self) -> None:
        for program in self.programs:
            program.ask_to_stop()
        deadline = time.monotonic() + self.grace
        while time.monotonic() < deadline and not all(program.has_ended() for program in self.programs):
            time.sleep(LOOK_SECONDS / 4)
        for program in self.programs:
            program.kill_all_of_it()


def refuse_taken_address(host: str, port: int) -> None:
    """Raise AddressTaken when a program listens at the address, and OSError when it is no address of this machine."""
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the last run's closed connections are no listener
        try:
            probe.bind(address)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                raise AddressTaken(f"{host}:{port}") from error
            raise


def answers(host: str, port: int) -> bool:
    """Return whether a web server there says it is alive: a socket that listens may have no worker behind it yet."""
    connection = HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
