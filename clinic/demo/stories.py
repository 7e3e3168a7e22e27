"""Give each visit its story: who it is for, how and when it was booked, and what happened after that.

A story does not know what time it is now; whoever writes it down stops at `now`. Minutes count from the epoch.
"""

import datetime as dt
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bookings.intervals import MINUTES_PER_DAY, from_minute, wall_minute
from bookings.models import Appointment, Patient
from bookings.scheduling import Next
from clinic.demo.rota import Visit
from treatments.models import Article, Treatment

Source = Appointment.Source
HOUR = 60
CANCEL_REASONS = ["time", "better", "unwell", "travel", "cost", "other"]
STAFF_REASONS = ["unwell", "clinician_away", "no_contact", "time"]
NEXT = [Next("follow_up", 2), Next("follow_up", 6), Next("follow_up", 6), Next("follow_up", 12), Next("discharge")]


@dataclass(frozen=True)
class Step:
    """A verb of the diary, when it happens, and who does it: `patient`, `desk` or `clinician`."""

    at: int
    verb: str
    by: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    visit: Visit
    patient: Patient
    booked_at: int
    source: str
    by: str
    steps: list[Step]
    answers: dict[str, Any]

    @property
    def is_request(self) -> bool:
        return is_request(self.visit.treatment, self.by)

    def steps_until(self, minute: int) -> list[Step]:
        return [step for step in self.steps if step.at <= minute]


def is_request(treatment: Treatment, by: str) -> bool:
    """Whether a booking by this person waits for the desk to decide."""
    return by == "patient" and treatment.policy == Treatment.Policy.REQUEST


@dataclass
class Storyteller:
    """Tells the same stories for the same `rng`. Nobody gets two visits on one date.

    `outcomes`: what clinicians write, by a treatment's role. With `plans` some of them also say what comes next.
    """

    people: list[Patient]
    articles: list[Article]
    rng: Random
    today: dt.date
    reasons: list[str]
    outcomes: dict[str, list[str]]
    plans: bool = False
    _seen: set[tuple[int, dt.date]] = field(default_factory=set)

    def tell(self, visit: Visit) -> Story:
        source = self._source(visit.treatment)
        by = {Source.WEB: "patient", Source.CLINICIAN: "clinician"}.get(source, "desk")
        waiting = self._is_waiting(visit, by)
        booked_at = self._yesterday_evening(visit) if waiting else self._booked_at(visit, source)
        steps = [] if waiting else self._steps(visit, booked_at, asked=is_request(visit.treatment, by))
        return Story(
            visit=visit,
            patient=self._patient(visit),
            booked_at=booked_at,
            source=source,
            by=by,
            steps=sorted(steps, key=lambda step: step.at),
            answers=self._answers(visit.treatment, source),
        )

    def _patient(self, visit: Visit) -> Patient:
        date = from_minute(visit.start).date()
        while True:
            patient = self.rng.choice(self.people)
            if (patient.pk, date) not in self._seen:
                self._seen.add((patient.pk, date))
                return patient

    def _source(self, treatment: Treatment) -> str:
        if treatment.policy == Treatment.Policy.CONSULTATION:
            return self.rng.choice([Source.PHONE, Source.DESK, Source.CLINICIAN, Source.CLINICIAN])
        return self.rng.choices([Source.WEB, Source.PHONE, Source.DESK, Source.CLINICIAN], [60, 22, 12, 6])[0]

    def _booked_at(self, visit: Visit, source: str) -> int:
        """Some days before the visit, never later than yesterday evening: what is known today was booked by then."""
        zone = visit.location.zone
        date = from_minute(visit.start).astimezone(zone).date()
        latest = min(date, self.today) - dt.timedelta(days=1 + visit.treatment.notice_hours // 24)
        spread = min(12, visit.treatment.horizon_days - (date - latest).days)
        booked_on = latest - dt.timedelta(days=self.rng.randint(0, max(0, spread)))
        first, last = (7 * HOUR, 22 * HOUR) if source == Source.WEB else (8 * HOUR, 17 * HOUR)
        return wall_minute(booked_on, self.rng.randint(first, last), zone)

    def _is_waiting(self, visit: Visit, by: str) -> bool:
        """Some requests came in last night, and nobody has decided yet."""
        later = (from_minute(visit.start).date() - self.today).days > 3
        return later and is_request(visit.treatment, by) and self.rng.random() < 0.6

    def _yesterday_evening(self, visit: Visit) -> int:
        return wall_minute(
            self.today - dt.timedelta(days=1), self.rng.randint(16 * HOUR, 22 * HOUR), visit.location.zone
        )

    def _answers(self, treatment: Treatment, source: str) -> dict[str, Any]:
        answers: dict[str, Any] = {}
        if source == Source.WEB:
            answers["reason"] = self.rng.choice(self.reasons) if self.rng.random() < 0.7 else ""
            answers |= self._article(treatment)
        regions = list(treatment.regions.all()) if treatment.asks_side else []
        if regions:
            answers["region"] = self.rng.choice(regions)
            answers["side"] = self.rng.choice(Appointment.Side.values)
        return answers

    def _article(self, treatment: Treatment) -> dict[str, Any]:
        """One web booking in three comes from an article; a consultation then remembers the treatment wanted."""
        if self.rng.random() > 0.35:
            return {}
        article = self.rng.choice(self.articles)
        wanted = [one for one in article.treatments.all() if one.policy == Treatment.Policy.CONSULTATION]
        if treatment.role == Treatment.Role.CONSULTATION and wanted:
            return {"article": article, "treatment_wanted": wanted[0]}
        return {"article": article}

    def _steps(self, visit: Visit, booked_at: int, *, asked: bool) -> list[Step]:
        steps: list[Step] = []
        if asked:
            decision = self._decision(visit, booked_at)
            steps.append(decision)
            if decision.verb == "decline":
                return steps
        lot = self.rng.random()
        if lot < 0.08:
            return [*steps, self._cancel(visit, steps[-1].at if steps else booked_at)]
        if lot < 0.45:
            steps += self._confirm(visit, steps[-1].at if steps else booked_at)
        if lot > 0.94:
            return [*steps, Step(visit.start + self.rng.randint(20, 40), "miss", "desk")]
        return steps + self._attend(visit)

    def _decision(self, visit: Visit, booked_at: int) -> Step:
        """The desk decides the same afternoon, or the next morning what came in after noon."""
        zone = visit.location.zone
        asked = from_minute(booked_at).astimezone(zone)
        days, first, last = (0, 13 * HOUR, 17 * HOUR) if asked.hour < 12 else (1, 8 * HOUR, 11 * HOUR)
        at = wall_minute(asked.date() + dt.timedelta(days=days), self.rng.randint(first, last), zone)
        return Step(at, "decline" if self.rng.random() < 0.12 else "approve", "desk")

    def _cancel(self, visit: Visit, after: int) -> Step:
        cutoff = visit.start - visit.treatment.cancel_cutoff_hours * HOUR
        if cutoff > after + HOUR and self.rng.random() < 0.7:
            return Step(
                self.rng.randint(after + 30, cutoff), "cancel", "patient", {"reason": self.rng.choice(CANCEL_REASONS)}
            )
        day_before = visit.start - self.rng.randint(19 * HOUR, 23 * HOUR)
        at = day_before if day_before > after else visit.start - 30
        return Step(at, "cancel", "desk", {"reason": self.rng.choice(STAFF_REASONS)})

    def _confirm(self, visit: Visit, after: int) -> list[Step]:
        at = visit.start - self.rng.randint(20 * HOUR, 3 * MINUTES_PER_DAY)
        return [Step(at, "confirm", self.rng.choice(["patient", "desk"]))] if at > after else []

    def _attend(self, visit: Visit) -> list[Step]:
        begins = visit.start + self.rng.randint(1, 7)
        steps = [Step(visit.start - self.rng.randint(8, 20), "check_in", "desk")]
        if visit.treatment.role != Treatment.Role.THERAPY:
            steps.append(Step(visit.start - self.rng.randint(1, 7), "room", "desk"))
        return [
            *steps,
            Step(begins, "start", "clinician"),
            Step(visit.end - self.rng.randint(0, 3), "finish", "clinician", self._finish(visit.treatment)),
        ]

    def _finish(self, treatment: Treatment) -> dict[str, Any]:
        said: dict[str, Any] = {"outcome": self.rng.choice(self.outcomes[treatment.role])}
        if self.plans and self.rng.random() < 0.6:
            said["then"] = self.rng.choice(NEXT)
        return said
