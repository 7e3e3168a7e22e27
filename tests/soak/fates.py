"""What will happen to whom: chance with a seed, the same for the same seed however the machines behave."""

import datetime as dt
import heapq
import random
from typing import NamedTuple

from tests.soak.ledger import Change, Visit
from tests.soak.world import FIRST_STEP, PREPARED, TREATMENTS

MINUTE = dt.timedelta(minutes=1)
# In percent, for each booked visit, again after each move.
EARLY = {"move": 18, "cancel": 13, "slip": 3, "confirm": 10, "": 56}
# Who has an email address, and who a phone and our leave to text it.
REACHED = {(True, False): 60, (True, True): 22, (False, True): 12, (False, False): 6}
ON_THE_DAY = {"check_in": 78, "miss": 14, "": 8}


class Errand(NamedTuple):
    """A verb somebody will ask for. `seen`: after how many changes of the visit; when it changed since, nobody asks."""

    at: dt.datetime
    key: int
    verb: str
    by: str
    seen: int
    details: dict


class Fates:
    """`visits` to come, and `due(now)`: what is to be done by then. `happened` tells what was done, and more may follow."""

    def __init__(self, *, seed: int, appointments: int, begin: dt.datetime, days: float):
        self._seed, self._begin, self._days, self._count = seed, begin, days, 0
        self._errands: list = []
        self._slips: set[int] = set()
        self.visits = [self._visit(key) for key in range(appointments)]
        for visit in self.visits:
            self._book(visit)

    def due(self, now: dt.datetime) -> list[Errand]:
        """Take out what is to be done by `now`: one errand for each visit, since the next depends on how it ends."""
        found, again = {}, []
        while self._errands and self._errands[0][0] <= now:
            entry = heapq.heappop(self._errands)
            errand = entry[2]
            if errand.key in found:
                again.append(entry)
            elif errand.seen == len(self.visits[errand.key].changes):
                found[errand.key] = errand
        for entry in again:
            heapq.heappush(self._errands, entry)
        return list(found.values())

    def happened(self, visit: Visit, change: Change, end: dt.datetime) -> None:
        """Decide what comes after a change; `end` is the visit's."""
        rng = self._chance(visit, "after")
        follow = {"booked": self._after_booking, "requested": self._after_request, "cancelled": self._after_cancelling}
        if change.status in follow:
            follow[change.status](visit, change, rng)
        elif change.status == "arrived":
            self._ask(visit, max(change.start, change.committed), "start", "clinic")
        elif change.status == "with_clinician":
            self._ask(visit, max(end, change.committed), "finish", "clinic")

    # --- One visit --------------------------------------------------------------------------------------------------

    def _chance(self, visit: Visit, what: str) -> random.Random:
        return random.Random(f"{self._seed}/{visit.key}/{what}/{len(visit.changes)}")

    def _visit(self, key: int) -> Visit:
        rng = random.Random(f"{self._seed}/{key}")
        (slug,) = rng.choices(list(TREATMENTS), [share for *_rest, share in TREATMENTS.values()])
        ((by_email, by_text),) = rng.choices(list(REACHED), list(REACHED.values()))
        return Visit(
            key,
            slug,
            procedure=TREATMENTS[slug][0] == "procedure",
            address=f"p{key}@example.com" if by_email else "",
            phone=f"+1212{2_000_000 + key}" if by_text else "",
            first_step=FIRST_STEP if slug == PREPARED else None,
        )

    def _book(self, visit: Visit) -> None:
        rng = self._chance(visit, "book")
        latest = max(self._days - 0.3, 0.1)
        at = self._begin + dt.timedelta(days=rng.uniform(0.01, latest))
        by = "clinic" if rng.random() < 0.2 and 12 <= at.hour < 22 else "patient"
        self._ask(visit, at, "book", by, treatment=visit.treatment, lead=self._lead(rng), **visit.ways)

    def refused(self, visit: Visit) -> None:
        """Nothing follows from a verb that was refused, but a slip that never happened is not taken back."""
        self._slips.discard(visit.key)

    def _lead(self, rng: random.Random) -> int:
        """How many days ahead somebody books: often soon, now and then more than a week."""
        return rng.choice([0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 9, 10])

    def _ask(self, visit: Visit, at: dt.datetime, verb: str, by: str, **details) -> None:
        errand = Errand(at, visit.key, verb, by, len(visit.changes), details)
        self._count += 1
        heapq.heappush(self._errands, (at, self._count, errand))

    def _after_booking(self, visit: Visit, change: Change, rng: random.Random) -> None:
        (early,) = rng.choices(list(EARLY), list(EARLY.values()))
        by = rng.choice(["patient", "patient", "clinic"])
        at = self._some_time(change, rng)
        if early == "move":
            self._ask(visit, at, "move", by, lead=self._lead(rng), elsewhere=rng.random() < 0.2)
        elif early == "slip":
            self._slips.add(visit.key)
            self._ask(visit, at, "cancel", "clinic")
        elif early == "cancel":
            self._ask(visit, at, "cancel", by)
        elif early:
            self._ask(visit, at, early, "patient")
        self._on_the_day(visit, change, rng)

    def _some_time(self, change: Change, rng: random.Random) -> dt.datetime:
        """At once now and then, when the last letter is still on its way; else some time before the visit."""
        if rng.random() < 0.2:
            return change.committed
        latest = change.start - change.committed - dt.timedelta(hours=25)
        return change.committed + max(latest, dt.timedelta(hours=1)) * rng.random()

    def _on_the_day(self, visit: Visit, change: Change, rng: random.Random) -> None:
        (verb,) = rng.choices(list(ON_THE_DAY), list(ON_THE_DAY.values()))
        at = change.start + (rng.uniform(1, 60) * MINUTE if verb == "miss" else -rng.uniform(0, 20) * MINUTE)
        if verb:
            self._ask(visit, max(at, change.committed), verb, "clinic")

    def _after_request(self, visit: Visit, change: Change, rng: random.Random) -> None:
        """The desk decides, now and then after the patient has asked for another time."""
        if change.verb == "book" and rng.random() < 0.2:
            self._ask(visit, change.committed + rng.uniform(0, 120) * MINUTE, "move", "patient", lead=self._lead(rng))
            return
        at = change.committed + rng.uniform(0, 20 * 60) * MINUTE
        self._ask(visit, min(at, change.start - 30 * MINUTE), rng.choice(["approve"] * 5 + ["decline"]), "clinic")

    def _after_cancelling(self, visit: Visit, change: Change, rng: random.Random) -> None:
        """A slip of the desk is taken back at once."""
        if visit.key in self._slips:
            self._slips.discard(visit.key)
            self._ask(visit, change.committed, "undo", "clinic")
