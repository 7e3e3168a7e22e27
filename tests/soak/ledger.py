"""What the drivers did to each visit, and when: the only thing the oracle believes."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Change(NamedTuple):
    """One verb that went through. The change was made at some time between `began` and `committed`.

    `real` is when it was committed by the machine's own clock, in seconds, only for differences.
    """

    verb: str
    by: str
    began: dt.datetime
    committed: dt.datetime
    status: str
    start: dt.datetime
    zone: ZoneInfo
    real: float
    clinician: str = ""

    @property
    def local_start(self) -> dt.datetime:
        """The start on the wall of the place, without a zone: what people read."""
        return self.start.astimezone(self.zone).replace(tzinfo=None)


class Span(NamedTuple):
    """A change and the one that ended what it said; `after` is None for what still stands."""

    change: Change
    after: Change | None


@dataclass
class Visit:
    """One appointment of one person, who has an address and a phone of their own, so that each letter names its visit."""

    key: int
    treatment: str
    procedure: bool
    address: str
    phone: str = ""
    first_step: int | None = None  # days before the visit on which its preparation begins
    changes: list[Change] = field(default_factory=list)

    @property
    def ways(self) -> dict[str, str]:
        """Return how this person can be reached: by channel the address."""
        return {way: at for way, at in [("email", self.address), ("sms", self.phone)] if at}

    def spans(self) -> Iterator[Span]:
        """Yield each change with the next one."""
        yield from map(Span, self.changes, [*self.changes[1:], None])

    def history(self) -> str:
        """Return what was done to it, a line for each change, for whoever looks into a finding."""
        return "\n".join(
            f"    {each.verb} by {each.by} at {each.committed:%m-%d %H:%M:%S}Z: {each.status}, {each.start:%m-%d %H:%M}Z"
            for each in self.changes
        )


# What leaves time, place and status as they are, so that no message follows from it or is spoiled by it.
SILENT = frozenset({"confirm", "amend"})


def change_of(answer: dict) -> Change:
    """Read the driver's answer about a verb that went through."""
    moment = dt.datetime.fromisoformat
    began, committed, start = (moment(answer[name]) for name in ("began", "committed", "start"))
    return Change(
        answer["verb"],
        answer["by"],
        began,
        committed,
        answer["status"],
        start,
        ZoneInfo(answer["zone"]),
        answer["real"],
        answer["clinician"],
    )
