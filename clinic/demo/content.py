"""The content files of the demo: YAML for the house, Markdown with YAML front matter for what people read.

Keys are named like the fields of the models, so that most of a file goes straight into its row.
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "content"
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def house() -> dict[str, list[dict]]:
    """Return regions, muscles, capabilities, locations, resources and clinicians, as `clinic.yaml` has them."""
    return yaml.safe_load((FOLDER / "clinic.yaml").read_text(encoding="utf-8"))


def names() -> dict[str, list]:
    """Return what invented people are called and say, as `people.yaml` has it."""
    known = yaml.safe_load((FOLDER / "people.yaml").read_text(encoding="utf-8"))
    return known | {key: known[key].split() for key in ("first_names", "last_names")}


def pages(kind: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield (front matter, Markdown) of each file of `treatments` or `articles`, by file name."""
    for path in sorted((FOLDER / kind).glob("*.md")):
        _before, front_matter, text = path.read_text(encoding="utf-8").split("---\n", 2)
        yield yaml.safe_load(front_matter), text.strip() + "\n"


def spots() -> Iterator[dict[str, Any]]:
    """Yield the spots of the atlas, in order."""
    for path in sorted((FOLDER / "spots").glob("*.yaml")):
        yield yaml.safe_load(path.read_text(encoding="utf-8"))


def spot_marks() -> dict[int, dict[str, Any]]:
    """Return where each spot is marked on the body chart, by its number."""
    return yaml.safe_load((FOLDER / "spot_marks.yaml").read_text(encoding="utf-8"))


def portraits() -> list[tuple[str, str]]:
    """Return (slug, what it shows) of each drawn portrait."""
    return list(yaml.safe_load((FOLDER / "portraits" / "portraits.yaml").read_text(encoding="utf-8")).items())


def weekdays(names: str) -> list[int]:
    """Return the numbers of weekday names, Monday 0: `mon wed` is [0, 2]."""
    return [WEEKDAYS.index(name) for name in names.split()]


def wall_time(text: str) -> dt.time:
    """Return the time of `HH:MM`; `24:00` is midnight at the day's end."""
    return dt.time(0) if text == "24:00" else dt.time.fromisoformat(text)
