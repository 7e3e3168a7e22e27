"""The answers of `./run setup`, asked one by one where there is no file of answers yet.

Each answer is checked as it is given, by what reads the file later; Enter takes what stands in brackets. What comes out is
what docs/first-run.example.yaml shows.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from bookings.desk.closing import holidays_of
from clinic.first_run import answers, starter
from treatments.models import Capability

Found = dict[str, Any]
Shape = Callable[[str], Any]

HEAD = "# Answers for `./run setup`. docs/first-run.example.yaml tells what each line means, and what else can stand here.\n\n"
TELLING = {
    "pain",
    "spine",
    "back",
    "clinic",
    "center",
    "centre",
    "injection",
    "rehab",
}  # what a neutral name leaves out
WEEK = "mon-fri 08:00-17:00"
NONE = "-"


def interview(found: Found, *, ask: Callable[[str], str], say: Callable[[str], None]) -> None:
    """Fill `found` with the answers. Whatever `ask` raises comes through, and what was answered before is in `found`."""
    asked = _Interview(found, ask, say)
    asked.clinic()
    asked.manager()
    asked.locations()
    asked.treatments()
    asked.clinicians()
    asked.rooms()


class _Interview:
    def __init__(self, found: Found, ask: Callable[[str], str], say: Callable[[str], None]):
        self.found, self.ask, self.say = found, ask, say

    # --- Parts, in the order of the file ---

    def clinic(self) -> None:
        self.say("\nThe clinic. Enter takes what stands in brackets.")
        row = self.found["clinic"] = {}
        self._fill(row, "name", "What is the clinic called?", at="clinic")
        self._fill(
            row,
            *("neutral_name", "What should messages call it? Anybody may read them: a name that says nothing of pain"),
            default=neutral(row["name"]),
            at="clinic",
        )
        self._fill(
            row,
            *("address", "Where will the site be reached? (as it stands, on this machine alone)"),
            default="http://localhost:8000",
            at="clinic",
        )
        self._fill(row, "time_zone", "Its time zone", default=settings.TIME_ZONE, at="clinic")
        host = urlsplit(row["address"]).hostname or ""
        mail = f"appointments@{host}" if "." in host else "appointments@example.com"
        self._fill(row, "from_email", "Which address do messages come from?", default=mail, at="clinic")

    def manager(self) -> None:
        self.say("\nThe first manager, who gets the invitation and invites everybody else.")
        row = self.found["manager"] = {}
        self._fill(row, "name", "Name", at="manager")
        self._fill(row, "email", "Email", at="manager")

    def locations(self) -> None:
        rows = self.found["locations"] = []
        while not rows or self._agreed("Is there another location?"):
            at = f"locations {len(rows) + 1}"
            self.say(f"\nLocation {len(rows) + 1}.")
            rows.append(row := {})
            self._fill(row, "name", "What do patients call it?", at=at)
            for key, words in [("street", "Street and number"), ("city", "City"), ("state", "State, as NY")]:
                self._fill(row, key, words, at=at)
            self._fill(row, "postal_code", "Postal code", at=at)
            self._fill(row, "phone", "Phone, as patients dial it", at=at)
            words = f"Whose public holidays close it? ({NONE} for none)"
            self._fill(row, "holidays", words, default=_region(row["state"]), at=at, shape=_or_none)
            self._fill(row, "hours", "When is it open?", default=WEEK, at=at, shape=_lines)

    def treatments(self) -> None:
        self.say("\nTreatments, from the starter set:")
        for number, name in enumerate(_names().values(), start=1):
            self.say(f"  {number} {name}")
        words = "Which do you offer? Their numbers, as 1 2 5, or all"
        self._fill(self.found, "treatments", words, default="all", at="", shape=_slugs(list(_names())))

    def clinicians(self) -> None:
        rows = self.found["clinicians"] = []
        while not rows or self._agreed("Is there another clinician?"):
            at = f"clinicians {len(rows) + 1}"
            self.say(f"\nClinician {len(rows) + 1}.")
            rows.append(row := {})
            self._fill(row, "name", "Name, without title", at=at)
            self._fill(row, "credentials", "Letters after the name, as MD or DPT", at=at)
            self._fill(row, "job", "Job, as Pain medicine physician", at=at)
            self._fill(row, "email", f"Email for signing in ({NONE} for no account yet)", NONE, at=at, shape=_or_none)
            offered = self.found["treatments"]
            for number, slug in enumerate(offered, start=1):
                self.say(f"  {number} {_names()[slug]}")
            words = "Which of these? Their numbers, as 1 2 5, or all"
            self._fill(row, "treatments", words, default="all", at=at, shape=_slugs(offered))
            self._sessions(row, at)

    def _sessions(self, row: Found, at: str) -> None:
        places = [place["name"] for place in self.found["locations"]]
        hours = row["hours"] = {}
        for place in places:
            if places[1:] and not self._agreed(f"At {place}?", "yes"):
                continue
            words = f"Hours at {place}, as mon-thu 08:00-12:00; mon-thu 13:00-17:00"
            self._fill(hours, place, words, default=WEEK, at=f"{at} hours at", shape=_lines)

    def rooms(self) -> None:
        self.say("\nRooms, devices and support staff that the treatments need.")
        rows = self.found["rooms"] = []
        for place in self.found["locations"]:
            for has, (kind, name) in _things(self.found["treatments"]).items():
                number = self._number(f"How many at {place['name']}: {name}")
                for each in range(1, number + 1):
                    called = f"{name} {each}" if number > 1 else name
                    rows.append({"name": called, "location": place["name"], "kind": kind, "has": [has]})

    # --- Asking ---

    def _fill(self, row: Found, key: str, words: str, default: str = "", *, at: str, shape: Shape = str) -> None:
        """Ask until what reads the answers has nothing to say about this one, or about all of its kind."""
        of_this, of_its_kind = f"{at} {key}: ".lstrip(), f"{at.split(' ', maxsplit=1)[0]}: "
        while True:
            row[key] = shape(self._line(words, default))
            why = [reason for reason in answers.reasons(self.found) if reason.startswith((of_this, of_its_kind))]
            if not why:
                return
            self.say(f"  {why[0].removeprefix(of_this).removeprefix(of_its_kind)}")

    def _line(self, words: str, default: str = "") -> str:
        offer, end = f" [{default}]" if default else "", " " if words.endswith("?") else ": "
        return self.ask(f"{words}{offer}{end}").strip() or default

    def _agreed(self, words: str, default: str = "no") -> bool:
        return self._line(f"{words} (yes or no)", default).lower() in ("y", "yes")

    def _number(self, words: str) -> int:
        while not (said := self._line(words, "1")).isdecimal() or int(said) > 99:
            self.say("  a number from 0 to 99")
        return int(said)


# --- What is offered to choose from ----------------------------------------------------------------------------------


def neutral(name: str) -> str:
    """Return what is left of a name without the words that tell what is treated there."""
    return " ".join(word for word in name.split() if word.lower() not in TELLING)


def _region(state: str) -> str:
    region = f"US-{state.upper()}"
    return region if holidays_of(region, answers.FIRST_YEAR) is not None else "US"


def _names() -> dict[str, str]:
    return {slug: row["name"] for slug, (row, _body) in starter.treatments().items()}


def _things(slugs: list[str]) -> dict[str, tuple[str, str]]:
    """Return (kind, name) of each capability that these treatments need besides a clinician, in the order of the starter set."""
    needed = {need["capability"] for slug in slugs for need in starter.treatments()[slug][0]["needs"]}
    wanted = needed - {Capability.CLINICIAN}
    kinds = starter.kinds()
    return {slug: (kinds[slug], name) for slug, name in starter.capabilities().items() if slug in wanted}


# --- Shapes of what was said -----------------------------------------------------------------------------------------


def _or_none(said: str) -> str:
    return "" if said == NONE else said


def _lines(said: str) -> list[str]:
    return [line.strip() for line in said.split(";") if line.strip()]


def _slugs(among: list[str]) -> Shape:
    """Return what reads `1 2 5` or `all`; what is no number of the list stays as it was said, and is refused by name."""
    numbers = {str(number): slug for number, slug in enumerate(among, start=1)}

    def read(said: str) -> list[str]:
        words = said.replace(",", " ").split()
        return list(among) if words == ["all"] else list(dict.fromkeys(numbers.get(word, word) for word in words))

    return read
