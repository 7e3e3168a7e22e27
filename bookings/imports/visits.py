"""Rows of appointments: every one is booked by `scheduling`, many in a transaction, with nobody told."""

import datetime as dt
from typing import Any

from bookings import scheduling
from bookings.imports import ledger, people
from bookings.imports.changes import Changed
from bookings.imports.clashes import in_the_way
from bookings.imports.ledger import Run
from bookings.imports.names import Names
from bookings.imports.people import Person
from bookings.imports.rows import CREATED, REFUSED, SKIPPED, Outcome, Row
from bookings.imports.values import Unreadable
from bookings.imports.visit import BRING, Visit
from bookings.models import Appointment, ImportedRow, ImportKind
from bookings.scheduling import Refused, Taken

KIND = ImportKind.APPOINTMENTS
# How long a transaction may keep others waiting is measured in visits: some 200 take less than a second.
AT_ONE_TIME = 200


class Appointments:
    """Takes rows of a list of appointments."""

    kind = KIND

    def __init__(self, run: Run, names: Names):
        self.run, self.names = run, names

    def take(self, rows: list[Row]) -> list[Outcome]:
        """Bring some rows: patients first, then their visits by day, so many in a transaction."""
        outcomes: list[Outcome] = []
        visits = self._read(rows, outcomes)
        lost: list[Outcome] = []
        patients = ledger.steadily(lambda: self._patients(visits, lost))
        outcomes += lost
        by_day = sorted(visits, key=lambda key: visits[key].slot.start.date())
        for start in range(0, len(by_day), AT_ONE_TIME):
            some = {
                key: visits[key] for key in by_day[start : start + AT_ONE_TIME] if visits[key].patient_key in patients
            }
            outcomes += self._book(some, patients)
        return outcomes

    def _read(self, rows: list[Row], outcomes: list[Outcome]) -> dict[str, Visit]:
        visits: dict[str, Visit] = {}
        seen: dict[str, Row] = {}
        for row in rows:
            try:
                visit = Visit(row, self.run, self.names)
                key = visit.key
            except Unreadable as error:
                outcomes.append(Outcome(row.number, REFUSED, str(error), row=_shown(row)))
                continue
            double = ledger.repeated(row, key, seen)
            if double:
                outcomes.append(double)
            else:
                visits[key] = visit
        return visits

    def _patients(self, visits: dict[str, Visit], outcomes: list[Outcome]) -> dict[str, Any]:
        """Return the patients by the visits' patient keys; those nobody knows are made from the row, where it names them."""
        outcomes.clear()
        with self.run.transaction():
            keys = {visit.patient_key for visit in visits.values() if self._matters(visit)}
            found = {key: note.patient for key, note in self._known_patients(keys).items()}
            missing = [visit for visit in visits.values() if visit.patient_key in keys - found.keys()]
            named = people.of_source([visit.person for visit in missing if visit.person], self.run)
            fresh: dict[str, Person] = {}
            for visit in missing:
                try:
                    known = _same(visit, named)
                except Unreadable as error:
                    outcomes.append(Outcome(visit.row.number, REFUSED, str(error), row=_shown(visit.row)))
                    continue
                if known is not None:
                    found[visit.patient_key] = known
                else:
                    fresh.setdefault(visit.patient_key, visit.person)
            people.create(fresh, self.run, digest=False)
            found |= {key: note.patient for key, note in self._known_patients(fresh).items()}
        skipped = [visit for visit in visits.values() if not self._matters(visit)]
        found |= {visit.patient_key: None for visit in skipped if visit.patient_key not in found}
        return found

    def _known_patients(self, keys) -> dict[str, ImportedRow]:
        rows = ImportedRow.objects.filter(source=self.run.source, kind=ImportKind.PATIENTS, key__in=list(keys))
        return {row.key: row for row in rows.select_related("patient")}

    def _matters(self, visit: Visit) -> bool:
        """Whether the visit is ahead and kept: nobody becomes a patient here for a visit that is over."""
        return visit.status in BRING and visit.slot.start > self.run.now

    def _book(self, visits: dict[str, Visit], patients: dict[str, Any]) -> list[Outcome]:
        try:
            return ledger.steadily(lambda: self._book_once(visits, patients))
        except Taken:
            pass
        return [
            Outcome(each.row.number, REFUSED, "the diary was busy: run it again", row=_shown(each.row))
            for each in visits.values()
        ]

    def _book_once(self, visits: dict[str, Visit], patients: dict[str, Any]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        clashes: list[tuple[Visit, Any, Refused]] = []
        with self.run.transaction():
            known = self.run.known(KIND, visits)
            new = {}
            for key, visit in visits.items():
                if key in known:
                    outcomes.append(Changed(visit, known[key], self.run).outcome(_shown(visit.row)))
                elif self._matters(visit):
                    new[key] = visit
                else:
                    outcomes.append(Outcome(visit.row.number, SKIPPED, _why_not(visit, self.run.now)))
            references = self._references(new)
            wanted = [visit.wanted(patients[visit.patient_key], references) for visit in new.values()]
            results = scheduling.take_over(wanted, by=self.run.by, now=self.run.now)
            notes = []
            for (key, visit), asked, result in zip(new.items(), wanted, results, strict=True):
                if isinstance(result, Refused):
                    clashes.append((visit, asked.patient, result))
                    continue
                notes.append(self.run.note(KIND, key, visit.row.digest, appointment=result))
                said = f"overbooked: {asked.overbook_reason}" if asked.overbook_reason else ""
                outcomes.append(Outcome(visit.row.number, CREATED, said))
            ledger.write(notes)
        return outcomes + [_clash(*each) for each in clashes]

    def _references(self, visits: dict[str, Visit]) -> set[str]:
        asked = {visit.answers["reference"] for visit in visits.values() if "reference" in visit.answers}
        return (
            set(Appointment.objects.filter(reference__in=asked).values_list("reference", flat=True)) if asked else set()
        )


def _same(visit: Visit, named: dict[str, list[ImportedRow]]):
    """Return the one patient of this source the row names; None when there is nobody of that name yet."""
    if visit.person is None:
        raise Unreadable(
            f"patient {visit.patient_key} is not among the imported ones: import the list of patients first"
        )
    if visit.row.has("patient_id"):
        return None  # a number of its own: somebody new
    said = visit.person.values
    marks = [name for name in ("date_of_birth", "phone", "email") if said.get(name)]
    alike = [note.patient for note in named.get(visit.person.name_key, []) if _agree(note.patient, said, marks)]
    if len(alike) > 1:
        raise Unreadable("there is more than one patient of that name: say the patient's number")
    return alike[0] if alike else None


def _agree(patient, said: dict, marks: list[str]) -> bool:
    """Whether the first mark that both have is the same."""
    both = [name for name in marks if getattr(patient, name)]
    return bool(both) and getattr(patient, both[0]) == said[both[0]]


def _why_not(visit: Visit, now: dt.datetime) -> str:
    return f"it is {visit.status}" if visit.status not in BRING else "it is over"


def _shown(row: Row) -> str:
    return row.shown("start", "date", "time", "clinician", "treatment", "patient_id", "name", "first_name", "last_name")


def _clash(visit: Visit, patient, refusal: Refused) -> Outcome:
    said = str(refusal)
    if isinstance(refusal, Taken):
        said = "the time is taken"
    elif visit.slot.start.astimezone(visit.slot.location.zone).hour < 7 and ":" in str(visit.row.get("time")):
        said += " It was read as a time of the night: write 2:30 pm or 14:30."
    return Outcome(
        visit.row.number, REFUSED, said, row=_shown(visit.row), clash=in_the_way(visit.slot, patient, visit.minutes)
    )
