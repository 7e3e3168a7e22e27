"""The day on paper: what stands on each sheet. Sheets are cut here, not by the browser, so that “page 2 of 3” is true.

Heights are millimeters, and sheet.css gives every line exactly the height it has here: a sheet is 186 mm wide and 243 mm high,
which Letter (216 x 279) and A4 (210 x 297) both hold within margins of 10 mm.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from bookings.desk.opening import Notice, Opening, day_of, look
from bookings.intervals import from_minute
from bookings.models import Appointment, Occupancy, Resource
from bookings.models.appointments import Status
from treatments.models import Clinician, Location

SHEET = 212  # mm: what a sheet holds below its head
ROW, LINE, ALERT_LINE, EMPTY_LINE = 15, 5, 4, 16  # mm: a visit; a line; a line of an alert; “No visits on this day.”
ALERT_WIDTH = 56  # letters that surely fit one line of an alert, wide ones too
NOTICE, EMPTY, VISIT, CANCELED = "notice", "empty", "visit", "canceled"
TEMPLATE, STYLE = "admin/sheet.html", "bookings/sheet.css"


class Row(NamedTuple):
    """A visit on the sheet: who it is, the rooms and devices, and how many lines its alert is given."""

    visit: Appointment
    who: str
    rooms: list[str]
    alert: str = ""

    @property
    def alert_lines(self) -> int:
        return -(-len(self.alert) // ALERT_WIDTH)

    @property
    def height(self) -> int:
        return ROW + ALERT_LINE * self.alert_lines


class Line(NamedTuple):
    """What takes room on a sheet: a `notice`, that it is `empty`, a `visit`, or a visit that was `canceled`."""

    kind: str
    what: Any
    height: int = LINE


class Page(NamedTuple):
    number: int
    notices: list[Notice]
    rows: list[Row]
    canceled: list[Row]


class DaySheet(NamedTuple):
    """A day of one place, or of one clinician there, cut into pages."""

    place: Location
    date: dt.date
    clinician: Clinician | None
    people: list[Clinician]  # who works there that day, or has visits
    pages: list[Page]
    visits: int
    minimal: bool

    @property
    def patients(self) -> set[int]:
        return {row.visit.patient_id for page in self.pages for row in page.rows} | {
            row.visit.patient_id for page in self.pages for row in page.canceled
        }


def compose(place: Location, date: dt.date, *, clinician: str = "", minimal: bool = False) -> DaySheet:
    """Read a local date of the place and cut it into pages: five statements. `clinician` is a slug, "" for everybody."""
    opening = look(place, date)
    found = list(visits_on(place, date))
    busy = {visit.clinician_id for visit in found}
    people = [
        person.clinician
        for person in opening.people
        if person.clinician and (person.clinician_id in busy or opening.hours_of(person, date))
    ]
    chosen = next((person for person in people if person.slug == clinician), None)
    visits = [visit for visit in found if chosen is None or visit.clinician_id == chosen.pk]
    rows = _rows(visits, minimal=minimal) or [Line(EMPTY, None, EMPTY_LINE)]
    pages = paginate([*_notices(opening, date), *rows, *_canceled(visits, minimal=minimal)])
    return DaySheet(place, date, chosen, people, pages, sum(len(page.rows) for page in pages), minimal)


def visits_on(place: Location, date: dt.date):
    """Return the visits that start on a local date of the place, in the order of the day."""
    start, end = map(from_minute, day_of(place, date))
    rows = Appointment.objects.filter(location=place).starting_in(start, end)
    return rows.select_related("patient", "treatment", "clinician", "region").order_by("start", "clinician", "pk")


def paginate(lines: Iterable[Line]) -> list[Page]:
    """Fill one sheet after the other, in order. No lines are one sheet, which says so."""
    sheets: list[list[Line]] = [[]]
    left = SHEET
    for line in lines:
        # The heading above the canceled ones takes a line of each sheet it stands on.
        heading = LINE if line.kind == CANCELED and not any(each.kind == CANCELED for each in sheets[-1]) else 0
        if line.height + heading > left:
            sheets.append([])
            left, heading = SHEET, LINE if line.kind == CANCELED else 0
        sheets[-1].append(line)
        left -= line.height + heading
    return [_page(number, sheet) for number, sheet in enumerate(sheets, start=1)]


def _page(number: int, sheet: list[Line]) -> Page:
    by_kind = {kind: [line.what for line in sheet if line.kind == kind] for kind in (NOTICE, VISIT, CANCELED)}
    return Page(number, by_kind[NOTICE], by_kind[VISIT], by_kind[CANCELED])


def _notices(opening: Opening, date: dt.date) -> list[Line]:
    return [Line(NOTICE, notice) for notice in [*opening.closures(date), *opening.away(date)]]


def _canceled(visits: list[Appointment], *, minimal: bool) -> list[Line]:
    rows = (Row(visit, _who(visit, minimal=minimal), []) for visit in visits if visit.status == Status.CANCELLED)
    return [Line(CANCELED, row) for row in rows]


def _rows(visits: list[Appointment], *, minimal: bool) -> list[Line]:
    shown = [visit for visit in visits if visit.status != Status.CANCELLED]
    rooms = rooms_of(shown)
    rows = (_row(visit, rooms[visit.pk], minimal=minimal) for visit in shown)
    return [Line(VISIT, row, row.height) for row in rows]


def _row(visit: Appointment, rooms: list[str], *, minimal: bool) -> Row:
    alert = "" if minimal else " ".join(visit.patient.alert.split())
    return Row(visit, _who(visit, minimal=minimal), rooms, alert)


def _who(visit: Appointment, *, minimal: bool) -> str:
    """Return the name, or the initials: “A. V.”."""
    names = (visit.patient.first_name.strip(), visit.patient.last_name.strip())
    return " ".join(f"{name[0]}." for name in names if name) if minimal else str(visit.patient)


def rooms_of(visits: list[Appointment]) -> dict[int, list[str]]:
    """Return the names of what each visit (pk) takes beside its clinician, the rooms first: one statement."""
    names: dict[int, list[str]] = defaultdict(list)
    rows = Occupancy.objects.filter(appointment__in=[visit.pk for visit in visits], resource__clinician=None)
    found = rows.order_by("resource_id").values_list("appointment_id", "resource__kind", "resource__name")
    for visit, _kind, name in sorted(found, key=lambda row: row[1] != Resource.Kind.ROOM):
        names[visit].append(name)
    return names


# --- As a file --------------------------------------------------------------------------------------------------------


def as_file(sheet: DaySheet, *, now: dt.datetime) -> str:
    """Return the sheet as HTML that needs no server: its style inside, no scripts, no links."""
    return render_to_string(TEMPLATE, context_of(sheet, now=now) | {"style": _style()})


def context_of(sheet: DaySheet, *, now: dt.datetime, by: str = "") -> dict[str, Any]:
    """Return what the template needs; `by` is who prints, "" for the nightly copy."""
    what_it_is = {"is_rehearsal": settings.CLINIC_REHEARSAL, "is_demo": settings.CLINIC_DEMO}
    return {"sheet": sheet, "now": now, "by": by, "clinic_name": settings.CLINIC_NEUTRAL_NAME} | what_it_is


def _style() -> str:
    """Return the style sheet from where it is written, whether or not the static files were collected yet."""
    return Path(str(finders.find(STYLE))).read_text(encoding="utf-8")
