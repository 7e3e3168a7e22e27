"""Did what arrived have to arrive, was it true, and is anything missing? Judged from the drivers' ledger.

`lost` is what must have arrived and did not; `wrong` is what should not have: another time than the diary's, at night, twice,
unasked.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.soak.ledger import Change, Visit
from tests.soak.letters import Letter
from tests.soak.rules import EIGHT, OURS_TO_START, TWENTY, Expected, Scene, expected

# A sender that read the diary before a change may still be writing its letter: so many real seconds, whatever the clock does.
IN_FLIGHT = 2.0
# A copy needs a kill between the server's 250 and the mark. What a killed sender wrote before may be read a little after it.
KILL_BEFORE, KILL_AFTER = 0.5, 3.0
TRUE_WHILE = {
    "confirmation": {"booked"},
    "approved": {"booked"},
    "reminder": {"booked"},
    "preparation": {"booked"},
    "request": {"requested"},
    "moved": {"booked", "requested"},
    "cancelled": {"cancelled"},
    "cancelled_by_clinic": {"cancelled"},
    "declined": {"cancelled"},
    "missed": {"missed"},
    "aftercare": {"done"},
    "invitation": {"done"},
}


@dataclass
class Verdict:
    """Numbers for the last line, and every finding in words."""

    due: int = 0
    sent: int = 0
    duplicates: int = 0
    phoned: int = 0
    late: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


class Post(NamedTuple):
    """What arrived, and what is known of it from elsewhere.

    `kinds`: what each Message-ID is, by the outbox's own word; `kills`: when a worker was killed, in real seconds;
    `phoned`: phone and kind of texts whose sender died, so that the desk calls instead: a text is never sent again;
    `clinicians`: addresses of people whose letters are judged elsewhere.
    """

    letters: Sequence[Letter]
    kinds: Mapping[str, str]
    kills: Sequence[float] = ()
    phoned: Set[tuple[str, str]] = frozenset()
    clinicians: Set[str] = frozenset()


def judge(visits: Iterable[Visit], post: Post, scene: Scene) -> Verdict:
    """Compare what arrived with what had to."""
    verdict = Verdict()
    by_address = defaultdict(list)
    for letter in post.letters:
        by_address[letter.address].append(letter)
    for visit in visits:
        letters = [letter for address in visit.ways.values() for letter in by_address.pop(address, [])]
        _judge_visit(visit, letters, post, scene, verdict)
    strangers = [each for address, all_ in by_address.items() if address not in post.clinicians for each in all_]
    verdict.wrong += [f"{letter.subject!r} to {letter.address}, whom nobody knows" for letter in strangers]
    return verdict


def _judge_visit(visit: Visit, letters: list[Letter], post: Post, scene: Scene, verdict: Verdict) -> None:
    waiting = expected(visit, scene)
    first: dict[str, Letter] = {}
    for letter in sorted(letters, key=lambda each: each.at):
        earlier = first.setdefault(letter.message_id, letter)
        kind = letter.kind or post.kinds.get(letter.message_id, "")
        wrong = _falsehood(visit, letter, kind)
        if wrong:
            verdict.wrong.append(_say(visit, letter, kind, wrong))
        elif earlier is not letter:
            verdict.duplicates += 1
            if not _killed_between(earlier, letter, post.kills):
                verdict.wrong.append(_say(visit, letter, kind, _unexplained(earlier, letter, post.kills)))
        else:
            _take(visit, letter, kind, waiting, verdict)
    verdict.sent += len(first)
    verdict.due += sum(each.must for each in waiting)
    _note_missing(visit, [each for each in waiting if each.must and not each.taken], post, verdict)


def _note_missing(visit: Visit, missing: list[Expected], post: Post, verdict: Verdict) -> None:
    for each in missing:
        if each.channel == "sms" and (visit.phone, each.kind) in post.phoned:
            verdict.phoned += 1
        else:
            what = f"{each.kind} by {each.channel} of {each.told}, due {each.due:%m-%d %H:%M:%S}"
            verdict.lost.append(f"visit {visit.key}: {what}")


def _falsehood(visit: Visit, letter: Letter, kind: str) -> str:
    """Say what is wrong with a letter by itself; nothing when it was true as it was sent."""
    if kind not in TRUE_WHILE:
        return "of a kind nobody knows"
    then = [change for change in _in_force(visit, letter) if change.status in TRUE_WHILE[kind]]
    if not then:
        return "the visit was not so"
    if not any(letter.tells(change.local_start) for change in then):
        return f"tells {letter.told or letter.day}, and the diary said {[str(change.local_start) for change in then]}"
    if letter.calendar not in (None, letter.told):
        return f"tells {letter.told}, and its calendar {letter.calendar}"
    hour = letter.at.astimezone(then[-1].zone).time()
    decently = letter.channel == "sms" or kind in OURS_TO_START
    return f"sent at {hour:%H:%M:%S}" if decently and not EIGHT <= hour < TWENTY else ""


def _in_force(visit: Visit, letter: Letter) -> list[Change]:
    """Return what the diary may have said at that time: two changes while the second is being made."""
    return [
        change
        for change, after in visit.spans()
        if change.began <= letter.at and (after is None or letter.real <= after.real + IN_FLIGHT)
    ]


def _killed_between(earlier: Letter, later: Letter, kills: list[float]) -> bool:
    place = bisect_left(kills, earlier.real - KILL_BEFORE)
    return place < len(kills) and kills[place] <= min(later.real, earlier.real + KILL_AFTER)


def _unexplained(earlier: Letter, later: Letter, kills: list[float]) -> str:
    near = min((kill - earlier.real for kill in kills), key=abs, default=None)
    words = "nobody was killed" if near is None else f"the nearest kill was {near:+.1f} s off"
    return f"sent again after {later.real - earlier.real:.1f} s, and {words}"


def _take(visit: Visit, letter: Letter, kind: str, waiting: list[Expected], verdict: Verdict) -> None:
    """Find what this letter answers: what must arrive first of all, else the oldest that waits for it."""
    fits = [each for each in waiting if not each.taken and _is_about(letter, kind, each) and each.due <= letter.at]
    in_time = [each for each in fits if letter.at <= each.latest]
    if not fits:
        verdict.wrong.append(_say(visit, letter, kind, "nothing asked for it, or it was said before"))
        return
    own = lambda each: (each.channel != letter.channel, not each.must, each.due)  # noqa: E731
    min(in_time or fits, key=own).taken = True
    if not in_time:
        verdict.late.append(_say(visit, letter, kind, f"was due {fits[0].due:%m-%d %H:%M:%S}"))


def _is_about(letter: Letter, kind: str, each: Expected) -> bool:
    # A text says the same of a visit that is booked and of a request that was approved.
    alike = kind == each.kind or (letter.channel, kind, each.kind) == ("sms", "confirmation", "approved")
    # What a text could not say any more today is said by email.
    instead = letter.channel == "email" and each.channel == "sms" and each.kind in OURS_TO_START
    return alike and letter.tells(each.told) and (letter.channel == each.channel or instead)


def _say(visit: Visit, letter: Letter, kind: str, what: str) -> str:
    return f"visit {visit.key}: {kind or letter.subject} at {letter.at:%m-%d %H:%M:%S}Z: {what}"
