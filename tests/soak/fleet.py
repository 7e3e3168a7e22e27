"""Two webs, two workers and two beats, one of them killed at random every few seconds, while people book and mail goes out."""

import datetime as dt
import itertools
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from bookings.models import Message, Messenger
from clinic.supervisor import answers
from tests.engines import Redis, free_port, wait_until
from tests.soak import world
from tests.soak.clock import Clock
from tests.soak.judging import judge_all
from tests.soak.letters import Letter
from tests.soak.machines import Machine, beat, worker
from tests.soak.oracle import Verdict
from tests.soak.people import Booking, Person, TurnedAway
from tests.soak.rules import Scene
from tests.soak.soaking import Sink
from tests.soak.told import double_bookings, ledger, lost_bookings, unasked

SAY_EVERY = 15.0
# What a killed sender held goes when its lease is over: a leap of the clock is not waited for.
LEAPS, LEAP = 5, dt.timedelta(minutes=5)
PATIENCE = dt.timedelta(minutes=20)
QUIET_SECONDS, STALLED_SECONDS = 2.0, 120.0
KINDS = ("web", "worker", "beat")
COUNTED = ("pages", "refused", "cut", "pressed again", "chose again")
# From one address, all of them; what is tried here is not how many may.
WIDE = dict.fromkeys(
    ("CLINIC_HOLDS_PER_ADDRESS", "CLINIC_BOOKINGS_PER_ADDRESS_HOUR", "CLINIC_UPCOMING_PER_CONTACT"), "100000"
)

Say = Callable[[str], None]


class Plan(NamedTuple):
    """`people` book at once, for so many `seconds`; between two kills, and until what was killed is started again: seconds."""

    seed: int
    seconds: float
    begin: dt.datetime
    size: world.Size
    people: int = 3
    kill: tuple[float, float] = (2.0, 4.0)
    rest: tuple[float, float] = (0.2, 1.5)


class Fleet:
    """The six programs and their Redis. Call `poke()` often: it kills one now and then, and starts again what is gone."""

    def __init__(self, folder: Path, plan: Plan, **shared: str):
        self._rng, self._plan = random.Random(f"{plan.seed}/fleet"), plan
        self.redis, self.ports = Redis(folder), [free_port(), free_port()]
        shared |= {**WIDE, "REDIS_URL": self.redis.url, "CLINIC_TICK_SECONDS": "2", "CLINIC_LOG_LEVEL": "WARNING"}
        programs = {f"web{n}": web(port) for n, port in enumerate(self.ports, 1)}
        programs |= {f"worker{n}": worker(n) for n in (1, 2)}
        programs |= {f"beat{n}": beat(n, folder) for n in (1, 2)}
        self.machines = [Machine(name, arguments, folder, shared) for name, arguments in programs.items()]
        self.kills: list[tuple[str, float]] = []
        self.crashes = 0
        self._resting: dict[Machine, float] = {}
        self._next_kill = 0.0

    def __enter__(self) -> "Fleet":
        self.redis.start()
        for machine in self.machines:
            machine.start()
        wait_until(lambda: all(answers("127.0.0.1", port) for port in self.ports), seconds=60, what="both webs")
        self._next_kill = time.monotonic() + self._plan.kill[0]
        return self

    def __exit__(self, *error) -> None:
        for machine in self.machines:
            machine.stop()
        self.redis.stop()

    def poke(self) -> None:
        now = time.monotonic()
        self._start_what_is_gone(now)
        if now >= self._next_kill:
            self._next_kill = now + self._rng.uniform(*self._plan.kill)
            self._kill(self._rng.choice([each for each in self.machines if each not in self._resting]), now)

    def calm(self) -> None:
        """Nothing is killed any more."""
        self._next_kill = float("inf")

    def killed(self, what: str) -> list[float]:
        """Return when programs of that kind were killed, in real seconds."""
        return [at for name, at in self.kills if name.startswith(what)]

    def _kill(self, machine: Machine, now: float) -> None:
        self.kills.append((machine.name, now))
        self._resting[machine] = now + self._rng.uniform(*self._plan.rest)
        machine.kill()

    def _start_what_is_gone(self, now: float) -> None:
        for machine in self.machines:
            if machine.end_of() is None or now < self._resting.get(machine, now):
                continue
            self.crashes += self._resting.pop(machine, None) is None
            machine.start()


def web(port: int) -> list[str]:
    """Return what Python is to run for a web."""
    options = ["--workers", "1", "--threads", "4", "--no-control-socket", "--log-level", "critical"]
    return ["-m", "gunicorn", "clinic.wsgi", "--bind", f"127.0.0.1:{port}", *options]


class Crowd:
    """Some people at once, one after the other each, until `stop()`; what they were told, and what turned them away."""

    def __init__(self, ports: list[int], plan: Plan, clock: Clock):
        self._ports, self._plan, self._clock = ports, plan, clock
        self._numbers, self._stop = itertools.count(1), threading.Event()
        self.bookings: list[Booking] = []
        self.errors: list[str] = []
        self.people: list[Person] = []
        self._threads = [threading.Thread(target=self._one_after_the_other) for _each in range(plan.people)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let everybody finish what they are at."""
        self._stop.set()

    def is_at_it(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def _one_after_the_other(self) -> None:
        while not self._stop.is_set():
            person = Person(next(self._numbers), self._ports, seed=self._plan.seed, clock=self._clock)
            self.people.append(person)
            try:
                self.bookings.append(person.book())
            except TurnedAway as error:
                self.errors.append(f"person {person.number}: {error}")
            except Exception as error:  # noqa: BLE001  a thread's own would be seen by nobody
                self.errors.append(f"person {person.number}: {error!r}")


class Trial:
    """One run of a plan: `run()`, then `numbers()`, `errors`, `wrong()` and `verdict` say how it went."""

    def __init__(self, plan: Plan, folder: Path, say: Say):
        self.plan, self._folder, self._say = plan, folder, say
        self.clock = Clock(folder / "clock", plan.begin)
        self.sink = Sink(self.clock)
        self.bookings: list[Booking] = []
        self.errors: list[str] = []
        self.verdict = Verdict()
        self._counts: dict[str, int] = {}
        self._slowest = 0.0
        self._worker_kills: list[float] = []

    def run(self) -> None:
        """Make the clinic, let it all happen, and judge the post."""
        began = time.monotonic()
        world.build(self.plan.size)
        shared = {
            "CLINIC_CLOCK_FILE": str(self.clock.path),
            "EMAIL_URL": self.sink.url,
            "CLINIC_VAR": str(_own_folder(self._folder)),
        }
        with self.sink, Fleet(self._folder, self.plan, **shared) as fleet:
            crowd = Crowd(fleet.ports, self.plan, self.clock)
            self._let_them_book(crowd, fleet)
            fleet.calm()
            self._let_the_post_go_out(fleet)
        self.bookings, self.errors = crowd.bookings, crowd.errors
        self._note(crowd, fleet)
        self.verdict = self.judge(self.sink.letters)
        self._counts["seconds"] = round(time.monotonic() - began)

    def _let_them_book(self, crowd: Crowd, fleet: Fleet) -> None:
        began = said = time.monotonic()
        crowd.start()
        while crowd.is_at_it():
            fleet.poke()
            time.sleep(0.02)
            now = time.monotonic()
            if now - began > self.plan.seconds:
                crowd.stop()
            if now - said > SAY_EVERY:
                said = now
                told = f"{len(crowd.bookings)} booked, {len(self.sink.letters)} letters, {len(fleet.kills)} killed"
                self._say(f"{now - began:4.0f} s: {told}, {len(crowd.errors)} error pages")

    def _let_the_post_go_out(self, fleet: Fleet) -> None:
        for _each in range(LEAPS):
            self._settle(fleet)
            self.clock.leap(self.clock.now() + LEAP)
        self._settle(fleet)

    def _settle(self, fleet: Fleet) -> None:
        """Wait until nothing is due, and what a sender holds has not changed for a while: then nobody lives who holds it."""
        held, since, deadline = None, time.monotonic(), time.monotonic() + STALLED_SECONDS
        while time.monotonic() < deadline:
            fleet.poke()
            was, (is_due, held) = held, self._waiting()
            since = since if held == was else time.monotonic()
            if not is_due and (not held or time.monotonic() - since > QUIET_SECONDS):
                return
            time.sleep(0.05)
        raise TimeoutError(f"the mail did not go out within {STALLED_SECONDS:.0f} s: {self._stuck()}")

    def _stuck(self) -> str:
        """Return what may explain it: what is unsent and by whom it is held, and whether anybody has stopped sending."""
        now, messenger = self.clock.now(), Messenger.current()
        unsent = Message.objects.filter(state__in=["due", "sending"], due_at__lte=now)
        rows = [f"{row}: {row.state}, held until {row.lease_until}, {row.last_error}" for row in unsent[:10]]
        paused = f"paused: {messenger.pause_reason or 'no'}, shut until {messenger.shut_until}"
        return "\n".join([f"{unsent.count()} at {now}, {paused}", *rows])

    def _waiting(self) -> tuple[bool, set]:
        now = self.clock.now()
        unsent = Message.objects.filter(state__in=["due", "sending"], due_at__lte=now)
        found = list(unsent.values_list("pk", "lease_until"))
        return any(lease is None or lease <= now for _pk, lease in found), {row for row in found if row[1] is not None}

    def _note(self, crowd: Crowd, fleet: Fleet) -> None:
        self._worker_kills = fleet.killed("worker")
        self._counts = {f"{kind}s killed": len(fleet.killed(kind)) for kind in KINDS} | {"crashes": fleet.crashes}
        for person in crowd.people:
            for name in COUNTED:
                self._counts[name] = self._counts.get(name, 0) + person.balancer.counts[name]
            self._slowest = max(self._slowest, person.balancer.slowest)

    # --- The end ----------------------------------------------------------------------------------------------------

    def judge(self, post: list[Letter]) -> Verdict:
        """Ask the oracle about this post, by what people were told on their last page."""
        delay = dt.timedelta(seconds=settings.CLINIC_NOTICE_DELAY_SECONDS)
        scene = Scene(self.clock.now(), PATIENCE, delay)
        return judge_all(ledger(self.bookings), post, self._worker_kills, scene, now=self.clock.now())

    def numbers(self) -> dict[str, int | float]:
        """Return the line of numbers every run ends with."""
        verdict = self.verdict
        told = {"seed": self.plan.seed, "booked": len(self.bookings), "error pages": len(self.errors)}
        lost, double = lost_bookings(self.bookings), double_bookings()
        told |= {"lost bookings": len(lost), "double bookings": len(double), "unasked": len(unasked(self.bookings))}
        told |= {"letters due": verdict.due, "sent": verdict.sent, "copies": verdict.duplicates}
        told |= {name: len(getattr(verdict, name)) for name in ("wrong", "lost", "late")}
        return {**told, **self._counts, "slowest page": round(self._slowest, 1)}

    def findings(self) -> list[str]:
        """Return everything that must not be, in words."""
        bookings = [*lost_bookings(self.bookings), *double_bookings(), *unasked(self.bookings)]
        return [*self.errors, *bookings, *self.verdict.wrong, *self.verdict.lost]

    def report(self) -> str:
        numbers = ", ".join(f"{name} {number}" for name, number in self.numbers().items())
        return "\n".join([*self.findings(), numbers])


def _own_folder(folder: Path) -> Path:
    """Return a folder for the programs' data: what another run with another clock has left would look like a restored diary."""
    own = folder / "var"
    own.mkdir()
    (own / "static").symlink_to(settings.STATIC_ROOT)
    return own
