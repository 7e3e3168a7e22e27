"""Rows of clinicians' hours, and of leave and closures. What stands in the diary already is not written twice."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from bookings import scheduling
from bookings.imports import ledger, values
from bookings.imports.clashes import shown
from bookings.imports.ledger import Run
from bookings.imports.names import Names, plain
from bookings.imports.rows import CREATED, REFUSED, SKIPPED, UNCHANGED, Outcome, Row
from bookings.imports.values import Unreadable
from bookings.models import ExtraHours, ImportKind, Resource, SessionLimit, TimeOff, WorkingHours
from bookings.scheduling import Refused

MOST_HIT = 20
KINDS = {
    **{value: value for value in TimeOff.Kind.values},
    **dict.fromkeys(
        ["vacation", "pto", "holiday leave", "time off", "annual leave", "conference", "away", "off"], "leave"
    ),
    **dict.fromkeys(["sick leave", "illness"], "sick"),
    **dict.fromkeys(["blocked", "hold", "admin time", "meeting"], "block"),
    **dict.fromkeys(["closed", "office closed"], "closure"),
    **dict.fromkeys(["public holiday", "bank holiday"], "holiday"),
    **dict.fromkeys(["repair", "out of order", "service"], "maintenance"),
}


class _List:
    """Takes rows one by one, each in a transaction: lists of hours and leave are short."""

    kind = ""

    def __init__(self, run: Run, names: Names):
        self.run, self.names = run, names

    def take(self, rows: list[Row]) -> list[Outcome]:
        return [self._one(row) for row in rows]

    def _one(self, row: Row) -> Outcome:
        try:
            return ledger.steadily(lambda: self._in_transaction(row))
        except Unreadable as error:
            return Outcome(row.number, REFUSED, str(error), row=_all(row))
        except ValidationError as error:
            return Outcome(row.number, REFUSED, " ".join(error.messages), row=_all(row))
        except Refused as refusal:
            return Outcome(row.number, REFUSED, str(refusal), row=_all(row))

    def _in_transaction(self, row: Row) -> Outcome:
        with self.run.transaction():
            return self._bring(row)

    def _bring(self, row: Row) -> Outcome:
        raise NotImplementedError

    def _known(self, key: str, row: Row) -> Outcome | None:
        return Outcome(row.number, UNCHANGED, "it is here already") if self.run.known(self.kind, [key]) else None

    def _place(self, row: Row):
        return self.names.find("location", row.get("location")) if row.has("location") else self.names.only_location()


class Hours(_List):
    kind = ImportKind.HOURS

    def _bring(self, row: Row) -> Outcome:
        found = self._values(row)
        known = self._known(_key(found, row.get("treatments"), row.get("limits")), row)
        if known:
            return known
        model, became = (ExtraHours, "extra_hours") if "date" in found else (WorkingHours, "hours")
        same = model.objects.filter(**found).first()
        if same is None:
            same = model(**found)
            same.full_clean()
            vars(same).update(_history_date=self.run.now)
            same.save()
            self._limit(same, row)
            outcome = Outcome(row.number, CREATED)
        else:
            outcome = Outcome(row.number, UNCHANGED, "the diary has these hours already")
        key = _key(found, row.get("treatments"), row.get("limits"))
        ledger.write([self.run.note(self.kind, key, row.digest, **{became: same})])
        return outcome

    def _values(self, row: Row) -> dict[str, Any]:
        clinician = self.names.find("clinician", row.get("clinician"))
        start, end = values.time(row.get("start")), values.time(row.get("end"))
        if end <= start and end != dt.time(0):
            raise Unreadable(f"they end at {end:%H:%M}, before they start at {start:%H:%M}")
        found = {
            "resource": Resource.objects.get(pk=self.names.resource_of(clinician)),
            "location": self._place(row),
            "start": start,
            "end": end,
        }
        if row.has("date"):
            return found | {"date": values.date(row.get("date"), self.run.order, today=self.run.today)}
        dates = {name: row.get(name) for name in ("valid_from", "valid_until") if row.has(name)}
        read = {name: values.date(said, self.run.order, today=self.run.today) for name, said in dates.items()}
        return found | {"weekday": values.weekday(row.get("weekday")), "valid_from": None, "valid_until": None} | read

    def _limit(self, hours, row: Row) -> None:
        if row.has("treatments"):
            hours.only_treatments.set(
                self.names.find("treatment", one) for one in str(row.get("treatments")).split(";")
            )
        for each in str(row.get("limits")).split(";") if row.has("limits") else []:
            name, _equals, most = each.partition("=")
            if not most.strip().isdecimal():
                raise Unreadable(f"“{each[:40]}” is no limit: write treatment=2")
            SessionLimit.objects.create(hours=hours, treatment=self.names.find("treatment", name), at_most=int(most))


class Leave(_List):
    kind = ImportKind.LEAVE

    def _bring(self, row: Row) -> Outcome:
        who, zone = self._who(row)
        start, end = self._span(row, zone)
        if end <= self.run.now:
            return Outcome(row.number, SKIPPED, "it is over")
        kind = KINDS.get(plain(row.get("kind"))) or ("closure" if who["resource"] is None else "leave")
        note = values.text(row.get("note"), 120, "note")
        key = _key({**who, "start": start, "end": end}, kind)
        known = self._known(key, row)
        if known:
            return known
        same = TimeOff.objects.filter(**who, start=start, end=end).first()
        hit: list = []
        if same is None:
            how = {"start": start, "end": end, "kind": kind, "note": note}
            same, hit = scheduling.block(**who, **how, by=self.run.by, now=self.run.now)
            outcome = _written(row, hit)
        else:
            outcome = Outcome(row.number, UNCHANGED, "the diary has it already")
        ledger.write([self.run.note(self.kind, key, row.digest, time_off=same)])
        return outcome

    def _who(self, row: Row):
        if row.has("clinician"):
            pk = self.names.resource_of(self.names.find("clinician", row.get("clinician")))
            return {"resource": Resource.objects.get(pk=pk), "location": None}, self._zone(row)
        if row.has("room"):
            room = self.names.find("room", row.get("room"))
            return {"resource": room, "location": None}, room.location.zone
        place = self._place(row)
        return {"resource": None, "location": place}, place.zone

    def _zone(self, row: Row):
        if row.has("location"):
            return self._place(row).zone
        try:
            return self.names.only_location().zone
        except Unreadable:
            return timezone.get_default_timezone()

    def _span(self, row: Row, zone) -> tuple[dt.datetime, dt.datetime]:
        """A last day without a time is included."""
        how = {"zone": zone, "today": self.run.today}
        start, start_timed = values.moment(row.get("start"), self.run.order, **how)
        end, end_timed = values.moment(row.get("end") or row.get("start"), self.run.order, **how)
        if not start_timed and row.has("start_time"):
            start = values.at(start.astimezone(zone).date(), values.time(row.get("start_time")), zone)
        if not end_timed and row.has("end_time"):
            end, end_timed = values.at(end.astimezone(zone).date(), values.time(row.get("end_time")), zone), True
        if not end_timed:
            end = values.at(end.astimezone(zone).date() + dt.timedelta(days=1), dt.time(0), zone)
        return start, end


def _written(row: Row, hit: list) -> Outcome:
    if not hit:
        return Outcome(row.number, CREATED)
    said = f"{len(hit)} visits stand in it: move or cancel them at the desk"
    return Outcome(row.number, CREATED, said, row=_all(row), clash="; ".join(shown(visit) for visit in hit[:MOST_HIT]))


def _key(found: dict[str, Any], *more: Any) -> str:
    said = [f"{name}={getattr(value, 'pk', value)}" for name, value in sorted(found.items())]
    return "|".join([*said, *(plain(each) for each in more if each)])[:200]


def _all(row: Row) -> str:
    return ", ".join(str(value) for value in row.values.values())
