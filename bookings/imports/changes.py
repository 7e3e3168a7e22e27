"""A visit that was brought before and reads otherwise now: moved, canceled or amended by the same verbs, in silence."""

import datetime as dt

from bookings import scheduling
from bookings.imports import ledger
from bookings.imports.clashes import in_the_way
from bookings.imports.ledger import Run
from bookings.imports.rows import REFUSED, SKIPPED, UPDATED, Outcome
from bookings.models import Appointment, AppointmentEvent, ImportedRow
from bookings.scheduling import By, Refused


class Changed:
    """One row that was read before. `visit`: what it says now."""

    def __init__(self, visit, note: ImportedRow, run: Run):
        self.visit, self.note, self.run = visit, note, run

    def outcome(self, shown: str) -> Outcome:
        """Do what the row says now, unless somebody here has changed the visit since; return what became of it."""
        number = self.visit.row.number
        nothing = ledger.before(self.visit.row, self.note, self.run)
        if nothing:
            return nothing
        current = Appointment.objects.select_related("patient", "location", "treatment").get(
            pk=self.note.appointment_id
        )
        reason = self._why_by_hand(current)
        if reason:
            return Outcome(number, REFUSED, reason, row=shown, clash=current.reference)
        try:
            done = self._follow(current)
        except Refused as refusal:
            clash = in_the_way(self.visit.slot, current.patient, self.visit.minutes)
            return Outcome(number, REFUSED, str(refusal), row=shown, clash=clash)
        ImportedRow.objects.filter(pk=self.note.pk).update(digest=self.visit.row.digest, at=self.run.now)
        return Outcome(number, UPDATED if done else SKIPPED, done or "nothing that we keep has changed")

    def _why_by_hand(self, current: Appointment) -> str:
        last = current.events.last()
        if last is not None and last.actor != AppointmentEvent.Actor.SYSTEM:
            return f"it has changed in the other system, and here too ({current.get_status_display()}): please decide by hand"
        if current.treatment_id != self.visit.slot.treatment.pk:
            return f"it was booked for {current.treatment}: please cancel it here, and book it anew"
        if current.start <= self.run.now:
            return "it has changed in the other system, and it is over here"
        return ""

    def _follow(self, current: Appointment) -> str:
        visit, how = self.visit, {"by": By.system(), "now": self.run.now}
        if visit.status == "over" or not current.keeps_time:
            return ""
        if visit.status in ("canceled", "missed", "moved in the other system"):
            scheduling.cancel(current, reason="other", notify=False, **how)
            return "canceled"
        slot = visit.slot
        was = (current.start, current.clinician_id, current.location_id, current.end - current.start)
        length = was[-1] if visit.minutes is None else dt.timedelta(minutes=visit.minutes)
        if was != (slot.start, slot.clinician.pk, slot.location.pk, length):
            minutes = int(length.total_seconds()) // 60
            scheduling.move(current, slot, notify=False, in_notice=True, minutes=minutes, **how)
            return f"moved from {current.local_start:%Y-%m-%d %H:%M}"
        kept = {name: value for name, value in visit.answers.items() if name in ("reason", "region", "side")}
        amended = scheduling.amend(current, **kept, **how)
        return "details" if amended.version != current.version else ""
