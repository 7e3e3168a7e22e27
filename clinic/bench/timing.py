"""Timing in turns: on a busy machine only figures taken side by side can be compared."""

import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any

MILLISECONDS = 1000


def in_turns(sides: dict[str, Callable[[], Any]], *, turns: int, warm_ups: int) -> dict[str, list[float]]:
    """Run every side once a turn, back and forth (A B, B A, A B ...), and return the milliseconds each took."""
    for _turn in range(warm_ups):
        for side in sides.values():
            side()
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(turns):
        for name in list(sides) if turn % 2 == 0 else reversed(list(sides)):
            taken[name].append(milliseconds(sides[name]))
    return taken


def milliseconds(side: Callable[[], Any]) -> float:
    began = time.perf_counter()
    side()
    return (time.perf_counter() - began) * MILLISECONDS


def spread(taken: Iterable[float]) -> dict[str, float]:
    """Return the fastest, the median and the slowest of some milliseconds: the distance between them is the noise."""
    times = sorted(taken)
    figures = {"min": times[0], "median": statistics.median(times), "max": times[-1]}
    return {name: round(value, 3) for name, value in figures.items()}


def comparison(ours: Iterable[float], baseline: Iterable[float], *, what: str, aim: float | None = None) -> dict:
    """Return a figure beside its baseline: the ratio of their medians, and whether that is within the aim."""
    ours, baseline = spread(ours), spread(baseline)
    ratio = round(ours["median"] / baseline["median"], 2)
    verdict = {} if aim is None else {"aim": aim, "reached": ratio <= aim}
    return {"ms": ours, "baseline": what, "baseline_ms": baseline, "ratio": ratio, **verdict}


def worst(taken: Iterable[float], baseline: Iterable[float], *, what: str, aim_ms: float) -> dict:
    """Return the slowest of many at once beside the slowest of the baseline."""
    ours, baseline = spread(taken), spread(baseline)
    verdict = {"aim_worst_ms": aim_ms, "reached": ours["max"] <= aim_ms}
    return {"ms": ours, "baseline": what, "baseline_ms": baseline, **verdict}
