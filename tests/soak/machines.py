"""What breaks: two workers, two beats and a Redis, killed, restarted and emptied while they work."""

import asyncio
import contextlib
import itertools
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import redis

from tests.engines import Redis
from tests.processes import ROOT, environment

CELERY = ["-W", "ignore:You're running the worker with superuser", "-m", "celery", "--quiet", "-A", "clinic"]
WORKER = ["worker", "--concurrency", "1", "--loglevel", "warning", "--without-mingle", "--without-gossip"]
BEAT = ["beat", "--loglevel", "warning", "--pidfile="]


def worker(number: int) -> list[str]:
    """Return what Python is to run for a sender with a name of its own."""
    return [*CELERY, *WORKER, "-n", f"w{number}@soak"]


def beat(number: int, folder: Path) -> list[str]:
    """Return what Python is to run for a clock that keeps its own schedule."""
    return [*CELERY, *BEAT, "-s", str(folder / f"beat{number}")]


class Machine:
    """One Python program in a process group of its own. Its words go to a log file."""

    def __init__(self, name: str, arguments: list[str], folder: Path, settings: dict[str, str]):
        self.name, self._arguments, self._settings = name, arguments, settings
        self._log = (folder / f"{name}.log").open("ab")
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *self._arguments],
            env=environment(**self._settings),
            cwd=ROOT,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )

    def kill(self) -> None:
        """End it and its children this instant, as a machine does that loses its power."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def end_of(self) -> int | None:
        """Return how it ended, None while it runs."""
        return self._process.poll()

    def stop(self) -> None:
        if self._process is not None:
            self.kill()
            self._process.wait()
        self._log.close()


class Pace(NamedTuple):
    """Seconds of real time between two kills of a worker, and between two troubles of Redis or a beat; and how many at most.

    Each costs seconds of a machine that starts the program again: a short run on a slow machine has only so many.
    """

    kill: tuple[float, float]
    trouble: tuple[float, float]
    most_kills: int = sys.maxsize
    most_troubles: int = sys.maxsize


class Chaos:
    """Call `poke()` often: it kills, starts again what is gone, and returns whether a worker has died since the last call."""

    def __init__(self, folder: Path, *, seed: int, pace: Pace, **settings: str):
        self._rng, self._pace = random.Random(f"{seed}/chaos"), pace
        self.redis = Redis(folder)
        settings |= {"REDIS_URL": self.redis.url, "CLINIC_TICK_SECONDS": "1"}
        self.workers = [Machine(f"worker{n}", worker(n), folder, settings) for n in (1, 2)]
        self.beats = [Machine(f"beat{n}", beat(n, folder), folder, settings) for n in (1, 2)]
        self.kills: list[float] = []
        self.counts = {"redis": 0, "flushes": 0, "beats": 0, "crashes": 0}
        self._troubles = itertools.cycle([self._restart_redis, self._flush_redis, self._kill_beat])
        self._armed = self._at_work = self._recovered = False
        self._troubled = 0
        self._redis_back_at = 0.0
        self._next_kill = self._next_trouble = 0.0

    def __enter__(self) -> "Chaos":
        self.redis.start()
        for machine in [*self.workers, *self.beats]:
            machine.start()
        self._next_kill = time.monotonic() + self._pace.kill[1]
        self._next_trouble = time.monotonic() + self._pace.trouble[1]
        return self

    def __exit__(self, *error) -> None:
        for machine in [*self.workers, *self.beats]:
            machine.stop()
        self.redis.stop()

    def calm(self) -> None:
        """Nothing breaks any more."""
        self._armed = False
        self._pace = self._pace._replace(most_kills=0, most_troubles=0)

    def poke(self) -> bool:
        now = time.monotonic()
        died = self._start_what_is_gone()
        if self._redis_back_at and now >= self._redis_back_at:
            self._redis_back_at = 0.0
            self.redis.start()
        if self._at_work and now >= self._next_kill and len(self.kills) < self._pace.most_kills:
            self._next_kill = now + self._rng.uniform(*self._pace.kill)
            self._kill_or_aim()
        if self._recovered and now >= self._next_trouble and self._troubled < self._pace.most_troubles:
            self._recovered = False
            self._troubled += 1
            self._next_trouble = now + self._rng.uniform(*self._pace.trouble)
            next(self._troubles)()
        return died

    def letter_arrived(self) -> None:
        """Called in the mail server's own loop, before it answers: an aimed kill comes around its 250."""
        self._at_work = self._recovered = True
        if self._armed:
            self._armed = False
            asyncio.get_running_loop().call_later(self._rng.choice([0, 0.001, 0.003, 0.01]), self._kill_worker)

    def _start_what_is_gone(self) -> bool:
        gone = [machine for machine in [*self.workers, *self.beats] if machine.end_of() is not None]
        for machine in gone:
            self.counts["crashes"] += machine.end_of() != -signal.SIGKILL
            machine.start()
        return any(machine in self.workers for machine in gone)

    def _kill_or_aim(self) -> None:
        if self._rng.random() < 0.5:
            self._armed = True
        else:
            self._kill_worker()

    def _kill_worker(self) -> None:
        self._at_work = False  # on a slow machine nothing breaks again before something works again
        self.kills.append(time.monotonic())
        self._rng.choice(self.workers).kill()

    def _restart_redis(self) -> None:
        """Without persistence: what was queued is gone."""
        self.counts["redis"] += 1
        self.redis.stop()
        self._redis_back_at = time.monotonic() + self._rng.uniform(0, 3)

    def _flush_redis(self) -> None:
        self.counts["flushes"] += 1
        with contextlib.suppress(redis.ConnectionError), redis.Redis.from_url(self.redis.url) as client:
            client.flushall()

    def _kill_beat(self) -> None:
        self.counts["beats"] += 1
        self._rng.choice(self.beats).kill()
