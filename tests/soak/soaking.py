"""The run: leap, let things happen, wait until the post is out, leap again; then ask the oracle."""

import contextlib
import datetime as dt
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from bookings.models import Message, Messenger
from tests.mailbox import Delivery, Mailbox
from tests.processes import ROOT, environment
from tests.soak import letters, texts, world
from tests.soak.clock import Clock
from tests.soak.fates import Errand, Fates
from tests.soak.judging import judge_all
from tests.soak.ledger import SILENT, change_of
from tests.soak.letters import Letter
from tests.soak.machines import Chaos, Pace
from tests.soak.oracle import Verdict
from tests.soak.rules import Scene

DRIVERS = 2
# A killed sender's rows rest until its lease is over, so a leap later they go; and it may be killed again.
PATIENT_STEPS = 4
# Rows nobody works on any more: their sender was killed, and what others send is out.
QUIET_SECONDS = 0.8
# A leap while a live sender holds rows would make it look dead. Slower than this is counted.
STALLED_SECONDS = 30.0
State = Message.State

Say = Callable[[str], None]


class Scenario(NamedTuple):
    """How much is to happen, from `begin` on, in leaps of one `step`."""

    seed: int
    appointments: int
    begin: dt.datetime
    days: float
    step: dt.timedelta
    size: world.Size
    pace: Pace

    @property
    def end(self) -> dt.datetime:
        return self.begin + dt.timedelta(days=self.days)

    def instants(self) -> list[dt.datetime]:
        """Return every time the clock leaps to: each step, and the last minute of the sending hours."""
        count = int(dt.timedelta(days=self.days) / self.step)
        every = [self.begin + number * self.step for number in range(1, count + 1)]
        lasts = [_last_minute(instant, zone) for instant in every for zone in world.ZONES]
        return sorted({*every, *(last for last in lasts if self.begin < last < self.end)})


def _last_minute(instant: dt.datetime, zone) -> dt.datetime:
    date = instant.astimezone(zone).date()
    return dt.datetime.combine(date, dt.time(19, 59, 5), tzinfo=zone).astimezone(dt.UTC)


class Sink(Mailbox):
    """A mail server and a carrier of texts that read each as it comes, and keep no more of it than the oracle needs."""

    def __init__(self, clock: Clock):
        super().__init__()
        self.clock = clock
        self.letters: list[Letter] = []
        self.arrived: Callable[[], None] = lambda: None
        self.carrier = texts.Carrier(self._keep_text)

    def __enter__(self) -> "Sink":
        self.carrier.__enter__()
        return super().__enter__()

    def __exit__(self, *error) -> None:
        super().__exit__(*error)
        self.carrier.__exit__(*error)

    def keep(self, delivery: Delivery) -> None:
        self.letters.append(letters.read(delivery, at=self.clock.now(), real=time.monotonic()))
        self.arrived()

    def _keep_text(self, text: texts.Text) -> None:
        self.letters.append(texts.read(text, at=self.clock.now(), real=time.monotonic()))


class Drivers:
    """The processes that press the buttons; each visit belongs to one of them, so that its changes have an order."""

    def __init__(self, **more: str):
        command = [sys.executable, "-m", "tests.soak"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._processes = [
            subprocess.Popen(command, cwd=ROOT, env=environment(**more), **pipes) for _each in range(DRIVERS)
        ]

    def __enter__(self) -> "Drivers":
        return self

    def __exit__(self, *error) -> None:
        for process in self._processes:
            process.stdin.close()
            process.stdout.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()

    def run(self, errands: list[Errand], *, housekeeping: bool) -> list[dict]:
        """Do all errands, side by side where they are about different visits; return the answers."""
        lanes = [[each._asdict() for each in errands if each.key % DRIVERS == number] for number in range(DRIVERS)]
        for process, lane in zip(self._processes, lanes, strict=True):
            job = {"errands": lane, "housekeeping": housekeeping and process is self._processes[0]}
            process.stdin.write(json.dumps(job, default=str) + "\n")
            process.stdin.flush()
        return [answer for process in self._processes for answer in _answers(process)]


def _answers(process) -> list[dict]:
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"a driver ended (exit code {process.wait()}): its words are above")
    return json.loads(line)


class Soak:
    """One run of a scenario; `run()` returns the verdict, and the numbers are in `numbers()`."""

    def __init__(self, scenario: Scenario, folder: Path, say: Say):
        self.scenario, self._folder, self._say = scenario, folder, say
        self.clock = Clock(folder / "clock", scenario.begin)
        self.fates = Fates(
            seed=scenario.seed, appointments=scenario.appointments, begin=scenario.begin, days=scenario.days
        )
        self.sink = Sink(self.clock)
        self.counts: Counter = Counter()
        self.verdict = Verdict()
        self._seconds, self._kills = 0.0, []

    def run(self) -> Verdict:
        """Make the clinic, let it all happen, and judge."""
        began = time.monotonic()
        world.build(self.scenario.size)
        with self.sink, self._machines() as chaos, Drivers(**self._settings(chaos)) as drivers:
            self.sink.arrived = chaos.letter_arrived
            for instant in self.scenario.instants():
                self._step(instant, chaos, drivers)
            chaos.calm()
            self._settle(chaos)
            self.counts += Counter(chaos.counts) + Counter(kills=len(chaos.kills))
            self._kills = chaos.kills
        self.verdict = self.judge(self.sink.letters)
        self._seconds = time.monotonic() - began
        return self.verdict

    def numbers(self) -> dict[str, int | float]:
        """Return the line of numbers every run ends with."""
        verdict = self.verdict
        found = {name: len(getattr(verdict, name)) for name in ("wrong", "lost", "late")}
        told = {
            "due": verdict.due,
            "sent": verdict.sent,
            "duplicates": verdict.duplicates,
            "phoned": verdict.phoned,
            **found,
        }
        return {"seed": self.scenario.seed, **told, **self.counts, "seconds": round(self._seconds)}

    def report(self) -> str:
        """Return the line of numbers, and every finding with what was done to its visit."""
        found = [(name, each) for name in ("wrong", "lost", "late") for each in getattr(self.verdict, name)]
        numbers = ", ".join(f"{name} {number}" for name, number in self.numbers().items())
        return "\n".join([*(f"{name}: {each}{self._history(each)}" for name, each in found), numbers])

    def _history(self, finding: str) -> str:
        named = re.match(r"visit (\d+):", finding)
        if named is None:
            return ""
        visit = self.fates.visits[int(named[1])]
        rows = Message.objects.filter(patient__last_name=f"Number{visit.key}").order_by("pk")
        return "\n".join(
            [
                visit.history(),
                *(f"    {row}: {row.state} {row.due_at:%m-%d %H:%M:%S}Z {row.last_error}" for row in rows),
            ]
        )

    # --- One step ---------------------------------------------------------------------------------------------------

    def _machines(self) -> Chaos:
        scenario = self.scenario
        return Chaos(self._folder, seed=scenario.seed, pace=scenario.pace, **self._ours())

    def _ours(self) -> dict[str, str]:
        return {
            "CLINIC_CLOCK_FILE": str(self.clock.path),
            "EMAIL_URL": self.sink.url,
            "CLINIC_SMS_URL": self.sink.carrier.url,
            "CLINIC_LOG_LEVEL": "WARNING",
        }

    def _settings(self, chaos: Chaos) -> dict[str, str]:
        return {**self._ours(), "REDIS_URL": chaos.redis.url}

    def _step(self, instant: dt.datetime, chaos: Chaos, drivers: Drivers) -> None:
        new_hour = instant.hour != self.clock.now().hour
        if instant.date() != self.clock.now().date():
            self._say(
                f"{instant:%a %b %d}: {dict(self.counts)}, {len(self.sink.letters)} letters, {len(chaos.kills)} kills"
            )
        self.clock.leap(instant)
        self.counts["steps"] += 1
        self._do(self.fates.due(instant), drivers, housekeeping=new_hour)
        while errands := self.fates.due(self.clock.now()):  # what follows at once
            self._do(errands, drivers, housekeeping=False)
        self._settle(chaos)

    def _do(self, errands: list[Errand], drivers: Drivers, *, housekeeping: bool) -> None:
        for answer in drivers.run(errands, housekeeping=housekeeping):
            visit = self.fates.visits[answer["key"]]
            if "refused" in answer:
                self.counts["refused"] += 1
                self.fates.refused(visit)
                continue
            self.counts[answer["verb"]] += 1
            if answer["verb"] not in SILENT:
                visit.changes.append(change_of(answer))
                self.fates.happened(visit, visit.changes[-1], dt.datetime.fromisoformat(answer["end"]))

    def _settle(self, chaos: Chaos) -> None:
        """Wait until nothing is due and unsent, but for rows whose sender was killed: those rest until the next step."""
        deadline = time.monotonic() + STALLED_SECONDS
        orphans: set = set()
        held, since = None, time.monotonic()
        while time.monotonic() < deadline:
            died = chaos.poke()
            was, (is_due, held) = held, self._waiting()
            orphans |= held if died else set()
            since = since if held == was else time.monotonic()
            quiet = not held or (held <= orphans and time.monotonic() - since > QUIET_SECONDS)
            if quiet and not is_due:
                return
            time.sleep(0.02)
        self.counts["stalled"] += 1
        self._refuse_pause()

    def _waiting(self) -> tuple[bool, set]:
        """Return whether somebody should send, and the rows a sender holds, dead or alive. One look: senders are quick."""
        now = self.clock.now()
        rows = Message.objects.filter(state__in=[State.DUE, State.SENDING], due_at__lte=now)
        found = list(rows.values_list("pk", "state", "lease_until"))
        due = [lease <= now if lease else state == State.DUE for _pk, state, lease in found]
        held = {(pk, lease) for pk, state, lease in found if state == State.SENDING and (lease is None or lease > now)}
        return any(due), held

    def _refuse_pause(self) -> None:
        messenger = Messenger.current()
        if messenger.paused_at is not None:
            raise RuntimeError(f"the messenger paused itself: {messenger.pause_reason}")

    # --- The end ----------------------------------------------------------------------------------------------------

    def judge(self, post: list[Letter]) -> Verdict:
        """Ask the oracle about this post, the diary whether it adds up, and the outbox what it has given up."""
        delay = dt.timedelta(seconds=settings.CLINIC_NOTICE_DELAY_SECONDS)
        scene = Scene(self.scenario.end, PATIENT_STEPS * self.scenario.step, delay)
        return judge_all(self.fates.visits, post, self._kills, scene, now=self.clock.now())
