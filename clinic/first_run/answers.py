"""The answers of `./run setup`: a YAML file, checked as a whole before anything is written.

docs/first-run.example.yaml shows every key. What is wrong is said by where it stands and what it should look like.
"""

import datetime as dt
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import yaml
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from phonenumber_field.phonenumber import to_python

from bookings.desk.closing import holidays_of
from clinic.first_run import starter

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
HOURS = re.compile(r"^(?P<days>[a-z, -]+?)\s+(?P<start>\d{1,2}:\d{2})\s*-\s*(?P<end>\d{1,2}:\d{2})$", re.IGNORECASE)
FIRST_YEAR = 2026  # any year does to ask whether a region is known
KINDS = ("room", "device", "staff")
SERVER = ("data", "database", "redis", "email")
PARTS = ("clinic", "server", "manager", "locations", "rooms", "clinicians", "treatments")


class Wrong(Exception):
    """The answers cannot be used; `reasons` says each place and why."""

    def __init__(self, reasons: list[str]):
        super().__init__("\n".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Hours:
    """Weekly hours on the wall clock of a place; `weekday` 0 is Monday. An end of 00:00 is midnight."""

    weekday: int
    start: dt.time
    end: dt.time


@dataclass
class Answers:
    """What was answered, checked: text as text, hours as `Hours`, slugs that exist in the starter set."""

    clinic: dict[str, str]
    server: dict[str, str]
    manager: dict[str, str]
    locations: list[dict[str, Any]]
    rooms: list[dict[str, Any]]
    clinicians: list[dict[str, Any]]
    treatments: list[str] = field(default_factory=list)


def read(path: Path) -> Answers:
    """Return the answers of a file. Raises Wrong with every reason at once."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Wrong([f"{path}: {' '.join(str(error).split())}"]) from None
    if not isinstance(found, dict):
        raise Wrong([f"{path}: it must hold {', '.join(PARTS)}; docs/first-run.example.yaml shows how."])
    return _Reader(found).answers()


def reasons(found: dict[str, Any]) -> list[str]:
    """Return what is wrong with answers that are not complete yet: each place, a colon, and why."""
    try:
        _Reader(found).answers()
    except Wrong as error:
        return error.reasons
    return []


class _Reader:
    """Reads the answers part by part and collects what is wrong."""

    def __init__(self, found: dict[str, Any]):
        self.found, self.reasons = found, []

    def answers(self) -> Answers:
        for name in self.found.keys() - set(PARTS):
            self.wrong(str(name), f"is no part of the answers; the parts are {', '.join(PARTS)}")
        clinic = self._clinic()
        locations = [self._location(row, at) for row, at in self._rows("locations")]
        names = {row["name"] for row in locations}
        answers = Answers(
            clinic=clinic,
            server=self._server(),
            manager=self._manager(),
            locations=locations,
            rooms=[self._room(row, at, names) for row, at in self._rows("rooms")],
            clinicians=[self._clinician(row, at, names) for row, at in self._rows("clinicians")],
            treatments=self._treatments(self.found.get("treatments"), "treatments"),
        )
        self._refuse_twice("locations", [row["name"] for row in locations])
        self._refuse_twice("clinicians", [row["name"] for row in answers.clinicians])
        if self.reasons:
            raise Wrong(self.reasons)
        return answers

    def wrong(self, at: str, why: str) -> None:
        self.reasons.append(f"{at}: {why}")

    # --- Parts ---

    def _part(self, name: str) -> dict[str, Any]:
        part = self.found.get(name) or {}
        if isinstance(part, dict):
            return part
        self.wrong(name, "must be lines of `key: value`")
        return {}

    def _rows(self, name: str) -> list[tuple[dict[str, Any], str]]:
        rows = self.found.get(name)
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
            self.wrong(name, "must be a list with at least one entry, each beginning with a dash")
            return []
        return [(row, f"{name} {number}") for number, row in enumerate(rows, start=1)]

    def _clinic(self) -> dict[str, str]:
        part = self._part("clinic")
        kept = {key: self._text(part, key, "clinic") for key in ("name", "neutral_name", "address", "from_email")}
        kept["time_zone"] = self._zone(part.get("time_zone"), "clinic")
        self._check(URLValidator(["https", "http"]), kept["address"], "clinic address", "https://clinic.example.com")
        self._check(validate_email, kept["from_email"], "clinic from_email", "appointments@example.com")
        return kept | {"phone_region": str(part.get("phone_region") or "US")}

    def _server(self) -> dict[str, str]:
        part = self._part("server")
        self._known([str(key) for key in part], SERVER, "server")
        return {key: str(part.get(key) or "") for key in SERVER}

    def _manager(self) -> dict[str, str]:
        part = self._part("manager")
        kept = {key: self._text(part, key, "manager") for key in ("name", "email")}
        self._check(validate_email, kept["email"], "manager email", "you@example.com")
        return kept

    def _location(self, row: dict[str, Any], at: str) -> dict[str, Any]:
        kept: dict[str, Any] = {
            key: self._text(row, key, at) for key in ("name", "street", "city", "state", "postal_code", "phone")
        }
        phone = to_python(kept["phone"], region=str(self._part("clinic").get("phone_region") or "US"))
        if kept["phone"] and not (phone and phone.is_valid()):
            self.wrong(f"{at} phone", f"“{kept['phone']}” is no phone number; write one like (212) 555-0140")
        kept |= {key: str(row.get(key) or "") for key in ("directions", "holidays")}
        if kept["holidays"] and holidays_of(kept["holidays"], FIRST_YEAR) is None:
            self.wrong(f"{at} holidays", f"nothing is known of “{kept['holidays']}”; write one like US-NY, or nothing")
        kept["emergency_number"] = str(row.get("emergency_number") or "911")
        zone = self._part("clinic").get("time_zone")
        kept["time_zone"] = self._zone(row["time_zone"], at) if row.get("time_zone") else str(zone or "")
        return kept | {"hours": self._hours(row.get("hours"), f"{at} hours")}

    def _room(self, row: dict[str, Any], at: str, locations: set[str]) -> dict[str, Any]:
        kind, has = str(row.get("kind") or "room"), _list(row.get("has"))
        if kind not in KINDS:
            self.wrong(f"{at} kind", f"“{kind}” must be one of {', '.join(KINDS)}")
        self._known(has, starter.capabilities(), f"{at} has")
        return {
            "name": self._text(row, "name", at),
            "location": self._place(row, at, locations),
            "kind": kind,
            "has": has,
        }

    def _clinician(self, row: dict[str, Any], at: str, locations: set[str]) -> dict[str, Any]:
        kept: dict[str, Any] = {key: self._text(row, key, at) for key in ("name", "credentials", "job")}
        kept |= {"languages": str(row.get("languages") or ""), "email": str(row.get("email") or "")}
        if kept["email"]:
            self._check(validate_email, kept["email"], f"{at} email", "name@example.com")
        sessions = row.get("hours")
        if not isinstance(sessions, dict) or not sessions:
            self.wrong(
                f"{at} hours", "must say for each location: `Main Street: [mon-thu 08:00-12:00, mon-thu 13:00-17:00]`"
            )
            sessions = {}
        for place in sessions.keys() - locations:
            self.wrong(f"{at} hours", f"there is no location “{place}” in the answers")
        hours = {place: self._hours(lines, f"{at} hours at {place}") for place, lines in sessions.items()}
        return kept | {"treatments": self._treatments(row.get("treatments"), f"{at} treatments"), "hours": hours}

    def _treatments(self, found: Any, at: str) -> list[str]:
        slugs = _list(found) or list(starter.treatments())
        self._known(slugs, starter.treatments(), at)
        return slugs

    # --- Values ---

    def _text(self, part: dict[str, Any], key: str, at: str) -> str:
        value = str(part.get(key) or "").strip()
        if not value:
            self.wrong(f"{at} {key}", "is missing")
        return value

    def _check(self, validate, value: str, at: str, like: str) -> None:
        try:
            if value:
                validate(value)
        except ValidationError:
            self.wrong(at, f"“{value}” cannot be used; write one like {like}")

    def _zone(self, value: Any, at: str) -> str:
        zone = str(value or "")
        if zone not in available_timezones():
            self.wrong(f"{at} time_zone", f"“{zone}” is no time zone; write one like America/New_York")
        return zone

    def _place(self, row: dict[str, Any], at: str, locations: set[str]) -> str:
        place = self._text(row, "location", at)
        if place and place not in locations:
            self.wrong(f"{at} location", f"there is no location “{place}” in the answers")
        return place

    def _known(self, names: list[str], among, at: str) -> None:
        for name in names:
            if name not in among:
                self.wrong(at, f"“{name}” is not known; there are {', '.join(among)}")

    def _refuse_twice(self, at: str, names: list[str]) -> None:
        for name in sorted({name for name in names if name and names.count(name) > 1}):
            self.wrong(at, f"“{name}” is there twice")

    def _hours(self, lines: Any, at: str) -> list[Hours]:
        found: list[Hours] = []
        for line in _list(lines):
            hours = hours_of(line)
            if hours is None:
                self.wrong(at, f"“{line}” cannot be read; write it like mon-thu 08:00-17:00 or mon, wed 9:00-12:30")
            found += hours or []
        if not found and not _list(lines):
            self.wrong(at, "is missing; write it like mon-fri 08:00-17:00")
        return found


def _list(value: Any) -> list[str]:
    """Return a list of what may be a list, one text, or nothing."""
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def hours_of(line: str) -> list[Hours] | None:
    """Return the hours of a line like `mon-thu 08:00-17:00` or `mon, wed 9:00-12:30`; None when it cannot be read."""
    parts = HOURS.match(line.strip())
    days = _days(parts["days"]) if parts else None
    try:
        start, end = (dt.time.fromisoformat(parts[key].zfill(5)) for key in ("start", "end")) if parts else (None, None)
    except ValueError:
        return None
    if not days or start is None or end is None or (end <= start and end != dt.time(0)):
        return None
    return [Hours(day, start, end) for day in days]


def _days(words: str) -> list[int] | None:
    found: list[int] = []
    for word in re.split(r"[,\s]+", words.strip().lower()):
        ends = [part[:3] for part in word.split("-")]
        if len(ends) > 2 or any(end not in DAYS for end in ends):
            return None
        first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
        found += range(first, last + 1) if first <= last else [*range(first, 7), *range(last + 1)]
    return sorted(set(found))
