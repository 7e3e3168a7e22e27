"""What a tick costs when nothing is due, beside few visits ahead and beside very many: it should be the same."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from random import Random

from django.utils import timezone

from bookings import tasks
from bookings.models import Appointment, Message
from bookings.outbox.intents import intent_of
from clinic.bench import databases, diary, timing
from clinic.bench.sizes import Sizes

BATCH = 5000
# The first visits are so far ahead that no reminder of them is due.
QUIET = dt.timedelta(days=60)
REMINDED = (7, 2, 1)  # what the plan has for a procedure, so that housekeeping finds nothing to mend
TASKS = {"tick": tasks.tick, "texts": tasks.send_texts, "housekeeping": tasks.housekeeping}
HOUSEKEEPING_TURNS = 3
AIM = 2.0


def prepare(sizes: Sizes) -> dict[int, str]:
    """Copy the current database, which has no visit yet, for each number of visits ahead; return the copies' names."""
    return {count: databases.copy(f"ahead{count}") for count in sizes.ahead}


def measure(desk: databases.Desk, names: dict[int, str], sizes: Sizes, *, say: Callable[[str], None]) -> dict:
    """Compare the tasks on diaries with few and with many visits ahead; no message is due in either."""
    for count, name in names.items():
        say(f"writing {count} visits ahead")
        desk.at(name, lambda count=count: fill_ahead(count))()
        desk.at(name, databases.learn_the_rows)()
    few, many = sizes.ahead
    say("ticking beside them")
    figures = {
        name: _compare(desk, names[few], names[many], task, turns=_turns(name, sizes)) for name, task in TASKS.items()
    }
    return {"visits": many, "baseline_visits": few, **figures}


def _turns(name: str, sizes: Sizes) -> int:
    return min(sizes.turns, HOUSEKEEPING_TURNS) if name == "housekeeping" else sizes.turns


def _compare(desk: databases.Desk, few: str, many: str, task, *, turns: int) -> dict:
    sides = {"few": desk.at(few, task), "many": desk.at(many, task)}
    taken = timing.in_turns(sides, turns=turns, warm_ups=1)
    return timing.comparison(taken["many"], taken["few"], what="the same task beside few visits ahead", aim=AIM)


def fill_ahead(count: int) -> None:
    """Write so many booked visits ahead, each with its occupancy and its three reminders, all unsent."""
    house = diary.read_house()
    visits = islice(_ahead(house), count)
    while batch := list(islice(visits, BATCH)):
        _write_messages(diary.write(house, batch))


def _ahead(house: diary.House) -> Iterator[diary.Visit]:
    date = timezone.localdate(timezone=diary.ZONE) + QUIET
    while True:
        date += dt.timedelta(days=1)
        yield from diary.visits_of(date, house, Random(date.toordinal()))


def _write_messages(visits: Iterable[Appointment]) -> None:
    rows = [_reminder(visit, days) for visit in visits for days in REMINDED]
    Message.objects.bulk_create(rows, batch_size=BATCH)


def _reminder(visit: Appointment, days: int) -> Message:
    return Message(
        intent=intent_of(visit, Message.Kind.REMINDER, f"{days}d", Message.Channel.EMAIL),
        kind=Message.Kind.REMINDER,
        channel=Message.Channel.EMAIL,
        appointment=visit,
        patient_id=visit.patient_id,
        revision=visit.revision,
        created_at=visit.created_at,
        due_at=visit.start - dt.timedelta(days=days),
        useful_until=visit.start,
    )
