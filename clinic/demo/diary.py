"""Play stories with the diary's own verbs, up to now: today's visits are under way, those ahead are booked."""

import datetime as dt
from dataclasses import dataclass, field
from random import Random

from bookings import scheduling
from bookings.availability.search import clinic_date, free_times
from bookings.intervals import from_minute, to_minute
from bookings.models import Appointment, Patient
from bookings.scheduling import By, Refused, Slot
from clinic.demo.rota import Visit
from clinic.demo.stories import Source, Step, Story
from treatments.models import Clinician, Location, Treatment

VERBS = {
    "approve": scheduling.approve,
    "decline": scheduling.decline,
    "confirm": scheduling.confirm,
    "cancel": scheduling.cancel,
    "check_in": scheduling.check_in,
    "room": scheduling.room,
    "start": scheduling.start,
    "finish": scheduling.finish,
    "miss": scheduling.miss,
}


@dataclass
class Diary:
    """What was booked, and what the diary refused (nothing, when the plan is right)."""

    staff: dict[str, By]
    now: dt.datetime
    booked: list[tuple[Story, Appointment]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def book(self, story: Story) -> None:
        visit = story.visit
        slot = Slot(visit.treatment, from_minute(visit.start), visit.location, visit.clinician)
        at = from_minute(story.booked_at)
        try:
            row = scheduling.book(
                slot, patient=story.patient, by=self.staff[story.by], now=at, source=story.source, **story.answers
            )
        except Refused as refusal:
            self.refused.append(f"{visit.treatment}, {slot.start:%Y-%m-%d %H:%M} UTC: {refusal}")
        else:
            self.booked.append((story, row))

    def play(self) -> None:
        """Take every booked visit as far as its story has come by now."""
        for story, appointment in self.booked:
            row = appointment
            for step in story.steps_until(to_minute(self.now)):
                row = self._step(row, step)

    def _step(self, row: Appointment, step: Step) -> Appointment:
        try:
            return VERBS[step.verb](row, by=self.staff[step.by], now=from_minute(step.at), **step.options)
        except Refused as refusal:
            self.refused.append(f"{step.verb} {row}: {refusal}")
            return row

    def overbook_one(self, visits: list[Visit], *, patient: Patient) -> Appointment | None:
        """Squeeze one patient in with a clinician who is taken then; the first visit of these that has a room free."""
        for visit in visits:
            slot = Slot(visit.treatment, from_minute(visit.start), visit.location, visit.clinician)
            if visit.treatment.role != Treatment.Role.FOLLOW_UP or slot.start <= self.now:
                continue
            try:
                return scheduling.overbook(
                    slot,
                    patient=patient,
                    overbook_reason="Pain much worse since yesterday; agreed with the clinician.",
                    by=self.staff["desk"],
                    now=self.now - dt.timedelta(minutes=30),
                    source=Source.PHONE,
                )
            except Refused:
                continue  # no room then; the next visit may have one
        return None

    def book_as_new(self, treatment: Treatment, known: list[Patient], *, rng: Random) -> list[Appointment]:
        """Book from the website for people who are known already but wrote their details a little differently."""
        asked_at = self.now - dt.timedelta(hours=15)
        first = clinic_date(self.now) + dt.timedelta(days=4)
        made = []
        for patient in known:
            days = free_times(treatment, first=first, days=14, now=asked_at)
            time = rng.choice([time for day in days for time in day.times])
            slot = Slot(
                treatment,
                time.start,
                Location.objects.get(pk=time.location.pk),
                Clinician.objects.get(pk=time.clinician.pk),
            )
            made.append(
                scheduling.book(slot, patient=_as_new(patient), by=By.patient(), now=asked_at, source=Source.WEB)
            )
        return made


def _as_new(known: Patient) -> Patient:
    """The same person as they might fill in the form: short first name, another email, the same phone and birthday."""
    return Patient(
        first_name=known.first_name[:3],
        last_name=known.last_name.upper(),
        date_of_birth=known.date_of_birth,
        email=f"home.{known.phone.national_number}@example.com",
        phone=known.phone,
        coverage=Patient.Coverage.UNSURE,
    )
