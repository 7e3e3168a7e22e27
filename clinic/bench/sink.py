"""A mail server that takes everything and keeps nothing: `python -m clinic.bench.sink`, until its standard input ends.

A process of its own: in one process it would take turns with what is measured.
"""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

from django.conf import settings

HOST = "127.0.0.1"


class MissingSink(Exception):
    """There is no mail server to measure with; the text says what would help."""


class Forgetful:
    """Takes every message, and says so."""

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  aiosmtpd's name
        return "250 OK"


@contextlib.contextmanager
def running() -> Iterator[int]:
    """Yield the port of 127.0.0.1 where the server listens during the block."""
    if find_spec("aiosmtpd") is None:
        raise MissingSink("install requirements-dev.txt: its mail server is measured with")
    command = [sys.executable, "-W", "ignore", "-m", "clinic.bench.sink"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=settings.BASE_DIR, **pipes) as process:
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()


def _serve() -> None:
    controller = import_module("aiosmtpd.controller").Controller(Forgetful(), hostname=HOST, port=_free_port())
    controller.start()
    sys.stdout.write(f"{controller.port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    _serve()
