"""The evening letter to a clinician: one for each day with visits, at 6 pm of the day before or as soon as there is one."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.soak.ledger import Span, Visit
from tests.soak.letters import Letter
from tests.soak.oracle import Post, Verdict
from tests.soak.rules import Scene

NOON, EVENING = dt.time(12), dt.time(18)
# The row is written by one of the hourly rounds of an afternoon in which Redis is emptied now and then.
ROUNDS = dt.timedelta(hours=4)
EXPECTED = frozenset({"booked", "requested"})
DAY = re.compile(r"Your day on [A-Z][a-z]+, ([A-Z][a-z]+ \d{1,2})$")


class Evening(NamedTuple):
    """The evening before a clinician's day, by the clock of the place."""

    clinician: str
    date: dt.date
    zone: ZoneInfo

    def at(self, time: dt.time) -> dt.datetime:
        return dt.datetime.combine(self.date - dt.timedelta(days=1), time, tzinfo=self.zone).astimezone(dt.UTC)


def judge_digests(visits: Iterable[Visit], post: Post, scene: Scene, verdict: Verdict) -> None:
    """Add to the verdict what is wrong with the digests, and which are lost."""
    days = _days(visits)
    told = defaultdict(dict)
    for letter in post.letters:
        if letter.address in post.clinicians:
            _sort(letter, days, told, verdict)
    must = [evening for evening, spans in days.items() if any(_is_sure(span, evening, scene) for span in spans)]
    verdict.due += len(must)
    verdict.sent += sum(map(len, told.values()))
    verdict.lost += [f"digest of {evening.clinician} for {evening.date}" for evening in must if not told[evening]]
    verdict.wrong += [
        f"{len(each)} digests of {day.clinician} for {day.date}" for day, each in told.items() if len(each) > 1
    ]


def _days(visits: Iterable[Visit]) -> dict[Evening, list[Span]]:
    days = defaultdict(list)
    for visit in visits:
        for span in visit.spans():
            change = span.change
            if change.status in EXPECTED:
                days[Evening(change.clinician, change.local_start.date(), change.zone)].append(span)
    return days


def _sort(letter: Letter, days: dict[Evening, list[Span]], told, verdict: Verdict) -> None:
    """Find the day a digest is about. A copy of one has its Message-ID, and counts once."""
    for evening in _evenings(letter, days):
        if letter.at >= evening.at(EVENING) and _said_day(letter, evening):
            verdict.duplicates += letter.message_id in told[evening]
            told[evening][letter.message_id] = letter
            return
    verdict.wrong.append(f"{letter.subject!r} to {letter.address} at {letter.at:%m-%d %H:%M:%S}Z: not so")


def _evenings(letter: Letter, days: dict[Evening, list[Span]]) -> Iterator[Evening]:
    clinician = letter.address.partition("@")[0]
    return (each for each in days if each.clinician == clinician and letter.at.astimezone(each.zone).date() < each.date)


def _said_day(letter: Letter, evening: Evening) -> bool:
    found = DAY.search(letter.subject)
    return bool(found) and found[1] == f"{evening.date:%B} {evening.date.day}"


def _is_sure(span: Span, evening: Evening, scene: Scene) -> bool:
    """Whether this visit was there all afternoon and evening, and the run did not end before."""
    latest = evening.at(EVENING) + scene.patience
    known = max(span.change.committed, evening.at(NOON)) + ROUNDS <= evening.at(EVENING)
    return known and latest < scene.end and (span.after is None or span.after.began > latest)
