"""What a row of a list says of a visit: when, where, with whom, for what, for whom, and what became of it there."""

import datetime as dt
from typing import Any

from bookings.imports import values
from bookings.imports.ledger import Run
from bookings.imports.names import Names
from bookings.imports.people import Person
from bookings.imports.rows import Row
from bookings.imports.values import Unreadable
from bookings.models.appointments import REFERENCE_ALPHABET
from bookings.scheduling import Slot, Wanted

STATUSES = {
    **dict.fromkeys(["", "booked", "scheduled", "active", "open", "new", "pending visit", "reserved"], "booked"),
    **dict.fromkeys(["confirmed", "patient confirmed", "reminder confirmed"], "confirmed"),
    **dict.fromkeys(["requested", "pending", "tentative", "waiting for approval"], "requested"),
    **dict.fromkeys(
        ["canceled", "cancelled", "cancelled by patient", "canceled by patient", "deleted", "void"], "canceled"
    ),
    **dict.fromkeys(["rescheduled", "moved"], "moved in the other system"),
    **dict.fromkeys(["missed", "no show", "no-show", "noshow", "dna"], "missed"),
    **dict.fromkeys(["done", "completed", "complete", "checked out", "seen", "kept", "arrived", "checked in"], "over"),
}
BRING = ("booked", "confirmed", "requested")
SIDES = {
    **dict.fromkeys(["left", "l", "lt", "your left"], "left"),
    **dict.fromkeys(["right", "r", "rt", "your right"], "right"),
    **dict.fromkeys(["both", "bilateral", "b", "both sides"], "both"),
    **dict.fromkeys(["middle", "midline", "the middle"], "middle"),
}


class Visit:
    """What a row says of a visit: when, where, with whom, for what, and for which patient."""

    def __init__(self, row: Row, run: Run, names: Names):
        self.row, self.run = row, run
        place = names.find("location", row.get("location")) if row.has("location") else names.only_location()
        self.status = _status(row.get("status"))
        start = self._start(place.zone)
        treatment = names.find("treatment", row.get("treatment") or "*")
        self.slot = Slot(treatment, start, place, names.find("clinician", row.get("clinician")))
        self.minutes = self._minutes(place.zone)
        self.prefer = names.rooms_at(place, row.get("rooms")) if row.has("rooms") else frozenset()
        self.answers = self._answers(names)
        self.person: Person | None = None
        self.patient_key = values.text(row.get("patient_id"), 120, "number of the patient")
        if not self.patient_key or row.has("first_name") or row.has("name"):
            self.person = Person(row, run)
            self.patient_key = self.person.key("patient_id")

    @property
    def key(self) -> str:
        """Return the source's number of the visit, else whose it is and when."""
        number = values.text(self.row.get("id"), 120, "number of the visit")
        return number or f"{self.patient_key[:160]}|{self.slot.start:%Y-%m-%dT%H:%M}"

    def wanted(self, patient, references: set[str]) -> Wanted:
        """Return what to book. `references`: those that are given already; this one's is added."""
        answers = dict(self.answers)
        if answers.get("reference") in references:
            del answers["reference"]
        references.add(answers.get("reference", ""))
        return Wanted(
            self.slot,
            patient,
            requested=self.status == "requested",
            confirmed=self.status == "confirmed",
            minutes=self.minutes,
            prefer=self.prefer,
            overbook_reason=values.text(self.row.get("overbooked"), 200, "reason to overbook") or self.run.overbook,
            answers=answers,
        )

    def _start(self, zone) -> dt.datetime:
        order, today = self.run.order, self.run.today
        if self.row.has("start"):
            start, has_time = values.moment(self.row.get("start"), order, zone=zone, today=today)
            if has_time or not self.row.has("time"):
                return _with_time(start, has_time)
            return values.at(start.astimezone(zone).date(), values.time(self.row.get("time")), zone)
        if self.row.has("time"):
            day = values.date(self.row.get("date"), order, today=today)
            return values.at(day, values.time(self.row.get("time")), zone)
        return _with_time(*values.moment(self.row.get("date"), order, zone=zone, today=today))

    def _minutes(self, zone) -> int | None:
        if self.row.has("minutes"):
            return _length(values.text(self.row.get("minutes"), 10, "length").removesuffix("min").strip())
        if not self.row.has("end"):
            return None
        end = self._end(zone)
        minutes = int((end - self.slot.start).total_seconds()) // 60
        if not 1 <= minutes <= 480:
            raise Unreadable(f"it would end {minutes} minutes after it starts")
        return minutes

    def _end(self, zone) -> dt.datetime:
        said = self.row.get("end")
        if isinstance(said, dt.datetime) or "-" in str(said) or "/" in str(said):
            return values.moment(said, self.run.order, zone=zone, today=self.run.today)[0]
        return values.at(self.slot.start.astimezone(zone).date(), values.time(said), zone)

    def _answers(self, names: Names) -> dict[str, Any]:
        answers: dict[str, Any] = {"reason": values.paragraphs(self.row.get("reason"), 1000, "reason")}
        if self.row.has("region"):
            answers["region"] = names.find("region", self.row.get("region"))
        if self.row.has("side"):
            side = SIDES.get(str(self.row.get("side")).strip().casefold())
            if side is None:
                raise Unreadable(
                    f"we do not know the side “{str(self.row.get('side'))[:40]}”: left, right, both or middle"
                )
            answers["side"] = side
        reference = str(self.row.get("reference")).upper()
        if len(reference) == 8 and set(reference) <= set(REFERENCE_ALPHABET):
            answers["reference"] = reference
        if (
            self.status == "booked"
            and self.row.has("confirmed_at")
            and str(self.row.get("confirmed_at")).casefold() not in values.NO
        ):
            self.status = "confirmed"
        return answers


def _status(said: Any) -> str:
    status = STATUSES.get(" ".join(str(said).casefold().replace("_", " ").split()))
    if status is None:
        raise Unreadable(f"we do not know the status “{str(said)[:40]}”")
    return status


def _with_time(start: dt.datetime, has_time: bool) -> dt.datetime:
    if not has_time:
        raise Unreadable("the time is missing")
    return start


def _length(said: str) -> int:
    if not said.isdecimal() or not 1 <= int(said) <= 480:
        raise Unreadable(f"“{said}” is no length in minutes (1 to 480)")
    return int(said)
