"""Adds up what several pytest runs wrote: `python -m tests.summary FILE...` prints one line for people and machines."""

import sys
from pathlib import Path
from xml.etree import ElementTree


def counts(path: Path) -> dict[str, int]:
    """Return passed, failed and skipped of one JUnit file; a run that wrote none counts as one failure."""
    if not path.exists():
        return {"passed": 0, "failed": 1, "skipped": 0}
    suites = list(ElementTree.parse(path).getroot().iter("testsuite"))
    tests, failures, errors, skipped = (_sum(suites, key) for key in ("tests", "failures", "errors", "skipped"))
    failed = failures + errors
    return {"passed": max(tests - failed - skipped, 0), "failed": failed, "skipped": skipped}


def _sum(suites, key):
    return sum(int(suite.get(key, 0)) for suite in suites)


def total(paths: list[Path]) -> dict[str, int]:
    """Return the sums over several files."""
    every = [counts(path) for path in paths]
    return {kind: sum(one[kind] for one in every) for kind in ("passed", "failed", "skipped")}


def main(names: list[str]) -> int:
    """Print the line; the exit code is 1 when something failed or nothing ran at all."""
    sums = total([Path(name) for name in names])
    sys.stdout.write(", ".join(f"{number} {kind}" for kind, number in sums.items()) + "\n")
    return int(sums["failed"] > 0 or sums["passed"] + sums["skipped"] == 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
