"""May this treatment be booked by this person: one answer, with reasons that can be said to them."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.models import Patient
from treatments.models import Treatment

ADULT_AGE = 18


class Outcome(StrEnum):
    BOOK = "book"
    REQUEST = "request"
    CONSULTATION = "consultation"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Answer:
    outcome: Outcome
    reasons: list = field(default_factory=list)

    @property
    def allowed(self) -> bool:
        return self.outcome in (Outcome.BOOK, Outcome.REQUEST)


def answer(treatment: Treatment, *, patient: Patient | None = None, now: dt.datetime, by_staff: bool = False) -> Answer:
    """Return whether a booking is made at once, becomes a request, begins with a consultation, or is refused.

    Staff book anything that is offered; for everybody else the treatment's policy and the patient's age decide.
    """
    if not treatment.active:
        return Answer(Outcome.REFUSE, [_("We do not offer this treatment any more.")])
    if by_staff:
        return Answer(Outcome.BOOK)
    if treatment.policy == Treatment.Policy.CONSULTATION:
        return Answer(Outcome.CONSULTATION, [_("This treatment begins with a consultation.")])
    if patient is not None and is_minor(patient.date_of_birth, timezone.localdate(now)):
        return Answer(Outcome.REQUEST, [_("For patients under 18 we call you before the visit is certain.")])
    if treatment.policy == Treatment.Policy.REQUEST:
        return Answer(Outcome.REQUEST, [_("We keep the time and tell you soon whether the visit is right for you.")])
    return Answer(Outcome.BOOK)


def bookable_instead(treatment: Treatment) -> Treatment:
    """Return the consultation for a treatment that begins with one, else the treatment itself."""
    if treatment.policy != Treatment.Policy.CONSULTATION:
        return treatment
    return Treatment.objects.active().filter(role=Treatment.Role.CONSULTATION).first() or treatment


def is_minor(date_of_birth: dt.date | None, today: dt.date) -> bool:
    """Whether somebody born that day is under 18 today. Born on 29 February, one comes of age on 1 March."""
    return date_of_birth is not None and age_on(date_of_birth, today) < ADULT_AGE


def age_on(date_of_birth: dt.date, today: dt.date) -> int:
    """Return full years of age."""
    had_birthday = (today.month, today.day) >= (date_of_birth.month, date_of_birth.day)
    return today.year - date_of_birth.year - (0 if had_birthday else 1)
