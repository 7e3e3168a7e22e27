"""What a source calls our clinicians, treatments, places, rooms and regions: found by any name they plainly have."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from bookings.imports.values import Unreadable
from bookings.models import Resource
from treatments.models import BodyRegion, Clinician, Location, Treatment

_TITLES = re.compile(r"\b(?:dr|doctor|prof|mr|mrs|ms|md|do|dpt|pt|np|pa|pa c|rn|dc|phd|mph|faapmr)\b")
MOST_NAMED = 12


def plain(text: Any) -> str:
    """Small letters and digits, one blank between words."""
    return " ".join(re.sub(r"[^\w]+|_", " ", str(text).casefold()).split())


class Names:
    """Our things by every name they go by; `given` says what the source calls them: {"treatment": {"TPI": "slug"}}."""

    def __init__(self, given: Mapping[str, Mapping[str, str]]):
        self._known: dict[str, dict[str, set]] = {}
        self._shown: dict[str, list[str]] = {}
        self._read("clinician", Clinician.objects.active(), _names_of_person)
        self._read("treatment", Treatment.objects.active(), _names_of_thing)
        self._read("location", Location.objects.active(), _names_of_thing)
        self._read("region", BodyRegion.objects.all(), _names_of_thing)
        rooms = Resource.objects.active().exclude(kind=Resource.Kind.CLINICIAN)
        self._read("room", rooms, lambda room: [room.name])
        self._resources = dict(Resource.objects.exclude(clinician=None).values_list("clinician", "pk"))
        self._given = {what: {plain(name): slug for name, slug in named.items()} for what, named in given.items()}

    def _read(self, what: str, rows: Iterable, names_of) -> None:
        known: dict[str, set] = defaultdict(set)
        self._shown[what] = []
        for row in rows:
            self._shown[what].append(getattr(row, "slug", row.name))
            for name in names_of(row):
                known[plain(name)].add(row)
        self._known[what] = known

    def find(self, what: str, text: Any) -> Any:
        """Return the row that goes by this name. Raises Unreadable when none does, or more than one."""
        wanted = plain(text)
        wanted = plain(self._given.get(what, {}).get(wanted, wanted))
        found = self._known[what].get(wanted, set())
        if what == "clinician" and not found:
            found = self._known[what].get(_person(wanted), set())
        if len(found) == 1:
            return next(iter(found))
        if found:
            raise Unreadable(f"there is more than one {what} “{text}”: {', '.join(sorted(str(one) for one in found))}")
        if not str(text).strip("* "):
            raise Unreadable(f"the {what} is missing")
        shown = ", ".join(self._shown[what][:MOST_NAMED]) or "none"
        raise Unreadable(f"we have no {what} “{text}” (we have {shown}): say --name “{what}:{text}=…”")

    def only_location(self) -> Location:
        """Return the one place there is, where a list does not say where."""
        places = {row for found in self._known["location"].values() for row in found}
        if len(places) != 1:
            raise Unreadable("the location is missing, and there is more than one")
        return next(iter(places))

    def rooms_at(self, place: Location, text: Any) -> frozenset[int]:
        """Return the rooms and devices (pk) of these names at a place; those that are gone are left out."""
        wanted = {plain(name) for name in str(text).split(";")}
        rows = {row for name in wanted for row in self._known["room"].get(name, ()) if row.location_id == place.pk}
        return frozenset(row.pk for row in rows)

    def resource_of(self, clinician: Clinician) -> int:
        """Return the pk of the resource that stands for a clinician in the diary."""
        if clinician.pk not in self._resources:
            raise Unreadable(f"{clinician} has no entry among the diary's resources yet")
        return self._resources[clinician.pk]


def _names_of_thing(row) -> list[str]:
    return [row.slug, row.name]


def _names_of_person(row) -> list[str]:
    """Amara Ortiz, Ortiz Amara, and Ortiz alone: the last is refused where two share it."""
    words = _person(plain(row.name)).split()
    turned = [f"{words[-1]} {' '.join(words[:-1])}", words[-1]] if len(words) > 1 else []
    initial = [f"{words[0][0]} {words[-1]}", f"{words[-1]} {words[0][0]}"] if len(words) > 1 else []
    return [row.slug, row.name, " ".join(words), *turned, *initial]


def _person(name: str) -> str:
    """Without titles and degrees: “dr amara ortiz md” is “amara ortiz”."""
    return " ".join(_TITLES.sub(" ", name).split())
