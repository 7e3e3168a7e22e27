"""Rows of patients: read, told apart, written in bulk with their history; never attached to somebody by a guess."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from bookings import contacts, matching
from bookings.imports import ledger, values
from bookings.imports.ledger import Run
from bookings.imports.names import plain
from bookings.imports.rows import CREATED, REFUSED, SKIPPED, UPDATED, Outcome, Row
from bookings.imports.values import Unreadable
from bookings.models import ImportedRow, ImportKind, Patient

KIND = ImportKind.PATIENTS
AT_ONE_TIME = 1000
MOMENTS = ("sms_consent_at", "sms_stopped_at", "reminders_off_at", "email_refused_at", "privacy_notice_at")
LANGUAGES = {"en": "en", "english": "en", "eng": "en", "es": "es", "spanish": "es", "spa": "es", "español": "es"}
COVERAGES = {
    **{value: value for value in Patient.Coverage.values},
    **dict.fromkeys(["self pay", "cash", "self-pay", "none"], "self"),
    **dict.fromkeys(["insurance", "commercial", "another insurance plan", "private"], "plan"),
}
CHANNELS = {"email": "email", "sms": "sms", "text": "sms", "text message": "sms", "both": "both", "any": "both"}


class Person:
    """The fields of a patient as a row has them, and remarks about what was left out."""

    def __init__(self, row: Row, run: Run):
        self.row, self.run, self.remarks = row, run, []
        self.values: dict[str, Any] = self._name() | self._birth() | self._contact()
        if not self.values.get("first_name"):
            raise Unreadable("the first name is missing")

    def read_rest(self) -> None:
        """Read what only a list of patients has."""
        self.values |= self._choices() | self._texts() | self._moments()
        extension = self.values.pop("extension", "")
        if extension:
            alert = f"{self.values.get('alert', '')} Phone extension {extension}.".strip()
            self.values["alert"] = values.text(alert, 300, "alert")

    @property
    def name_key(self) -> str:
        return plain(f"{self.values.get('last_name', '')} {self.values['first_name']}")[:170]

    def key(self, number_field: str) -> str:
        """Return the source's number, else name and what else tells people apart. Raises Unreadable without either."""
        number = values.text(self.row.get(number_field), 120, "number of the patient")
        if number:
            return number
        mark = next((self.values[name] for name in ("date_of_birth", "phone", "email") if self.values.get(name)), None)
        if mark is None:
            raise Unreadable(
                "a birth date, phone, email or the patient's number is needed to tell people of one name apart"
            )
        return f"{self.name_key[:150]}|{mark}"[:200]

    def patient(self) -> Patient:
        kept = {name: value for name, value in self.values.items() if name != "extension"}
        return Patient(**kept, created_at=self.run.now)

    def _name(self) -> dict[str, str]:
        named = {
            name: values.text(self.row.get(name), 80, name.replace("_", " "))
            for name in ("first_name", "last_name")
            if self.row.has(name)
        }
        if "first_name" not in named and self.row.has("name"):
            first, last = values.full_name(values.text(self.row.get("name"), 160, "name"))
            named = {
                "first_name": values.text(first, 80, "first name"),
                "last_name": values.text(last, 80, "last name"),
            }
        return named

    def _birth(self) -> dict[str, dt.date]:
        if not self.row.has("date_of_birth"):
            return {}
        today = self.run.today
        born = values.date(self.row.get("date_of_birth"), self.run.order, born=True, today=today)
        if not today.year - 125 < born.year or born > today:
            raise Unreadable(f"nobody who comes was born on {born}")
        return {"date_of_birth": born}

    def _contact(self) -> dict[str, str]:
        """A phone or an address that is none is left out and said; the person is brought all the same."""
        found: dict[str, str] = {}
        try:
            if self.row.has("phone"):
                found["phone"], found["extension"] = values.read_phone(self.row.get("phone"))
        except Unreadable as error:
            self.remarks.append(f"without the phone: {error}")
        try:
            if self.row.has("email"):
                found["email"] = values.email(self.row.get("email"))
        except Unreadable as error:
            self.remarks.append(f"without the email: {error}")
        return {name: value for name, value in found.items() if value}

    def _choices(self) -> dict[str, str]:
        asked = {"language": LANGUAGES, "coverage": COVERAGES, "message_channel": CHANNELS}
        found = {}
        for name, known in asked.items():
            said = str(self.row.get(name)).strip().casefold()
            if said in known:
                found[name] = known[said]
            elif said:
                self.remarks.append(f"without the {name.replace('_', ' ')}: we do not know “{said[:40]}”")
        return found

    def _texts(self) -> dict[str, str]:
        names = [name for name in ("access_needs", "alert") if self.row.has(name)]
        return {name: values.text(self.row.get(name), 300, name.replace("_", " ")) for name in names}

    def _moments(self) -> dict[str, dt.datetime]:
        found = {}
        for name in MOMENTS:
            said = self.row.get(name)
            if isinstance(said, dt.date) or any(each.isdigit() for each in str(said)[1:]):
                zone = timezone.get_default_timezone()
                found[name] = values.moment(said, self.run.order, zone=zone, today=self.run.today)[0]
            elif said != "" and values.is_yes(said, name.replace("_", " ")):
                found[name] = self.run.now
        return found


class Patients:
    """Takes rows of a list of patients."""

    kind = KIND

    def __init__(self, run: Run):
        self.run = run

    def take(self, rows: list[Row]) -> list[Outcome]:
        """Bring some rows, in one transaction; return what became of each."""
        outcomes: list[Outcome] = []
        people = self._read(rows, outcomes)
        return outcomes + ledger.steadily(lambda: self._write(people))

    def _write(self, people: dict[str, Person]) -> list[Outcome]:
        with self.run.transaction():
            known = self.run.known(KIND, people)
            fresh = {key: person for key, person in people.items() if key not in known}
            return create(fresh, self.run) + [self._again(people[key], note) for key, note in known.items()]

    def _read(self, rows: list[Row], outcomes: list[Outcome]) -> dict[str, Person]:
        people: dict[str, Person] = {}
        seen: dict[str, Row] = {}
        for row in rows:
            try:
                person, key = self._person(row)
            except Unreadable as error:
                outcomes.append(Outcome(row.number, REFUSED, str(error)))
                continue
            double = ledger.repeated(row, key, seen)
            if double:
                outcomes.append(double)
            elif row.has("merged_into"):
                outcomes.append(Outcome(row.number, SKIPPED, "merged into another entry of the same person"))
            else:
                people[key] = person
        return people

    def _person(self, row: Row) -> tuple[Person, str]:
        person = Person(row, self.run)
        person.read_rest()
        return person, person.key("id")

    def _again(self, person: Person, note: ImportedRow) -> Outcome:
        nothing = ledger.before(person.row, note, self.run)
        if nothing:
            return nothing
        number = person.row.number
        patient = Patient.objects.get(pk=note.patient_id)
        if patient.merged_into_id:
            return Outcome(number, SKIPPED, "this entry has been merged here since")
        changed = update(patient, person.values, now=self.run.now)
        ImportedRow.objects.filter(pk=note.pk).update(digest=person.row.digest, at=self.run.now)
        said = ", ".join(name.replace("_", " ") for name in changed) or "nothing that we keep"
        return Outcome(number, UPDATED, "; ".join([said, *person.remarks]))


def create(people: dict[str, Person], run: Run, *, digest: bool = True) -> list[Outcome]:
    """Write new patients with their history, note whom they may be, and remember their keys. In the caller's transaction."""
    made = bulk_create_with_history(
        [person.patient() for person in people.values()], Patient, batch_size=AT_ONE_TIME, default_date=run.now
    )
    notes = [
        run.note(KIND, key, person.row.digest if digest else "", patient=patient, name_key=person.name_key)
        for (key, person), patient in zip(people.items(), made, strict=True)
    ]
    ledger.write(notes)
    matching.note_many(made, source=run.source, now=run.now)
    return [Outcome(person.row.number, CREATED, "; ".join(person.remarks)) for person in people.values()]


def update(patient: Patient, said: dict[str, Any], *, now: dt.datetime) -> list[str]:
    """Write what the row says anew; a new address or phone by `contacts`, which closes the links that went to the old one."""
    new = {name: value for name, value in said.items() if getattr(patient, name) != value}
    reached = {name: new.pop(name) for name in ("email", "phone") if name in new}
    if new:
        for name, value in new.items():
            setattr(patient, name, value)
        patient.save(update_fields=list(new))
    if reached:
        contacts.change(patient, now=now, by_patient=False, **reached)
    return sorted([*new, *reached])


def of_source(people: Iterable[Person], run: Run) -> dict[str, list[ImportedRow]]:
    """Return by name the notes of this source's patients, with the patients."""
    names = {person.name_key for person in people}
    rows = ImportedRow.objects.filter(source=run.source, kind=KIND, name_key__in=names).select_related("patient")
    found: dict[str, list[ImportedRow]] = {}
    for row in rows.order_by("pk"):
        found.setdefault(row.name_key, []).append(row)
    return found
