"""What a verb is asked with: who asks, and for which time."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from bookings.models import AppointmentEvent
from treatments.models import Clinician, Location, Treatment


@dataclass(frozen=True)
class By:
    """Who asks: the patient, a member of staff, or the system itself."""

    actor: str
    user: Any = None

    @classmethod
    def patient(cls) -> "By":
        return cls(AppointmentEvent.Actor.PATIENT)

    @classmethod
    def staff(cls, user) -> "By":
        return cls(AppointmentEvent.Actor.STAFF, user)

    @classmethod
    def system(cls) -> "By":
        return cls(AppointmentEvent.Actor.SYSTEM)

    @property
    def is_staff(self) -> bool:
        return self.actor == AppointmentEvent.Actor.STAFF


@dataclass(frozen=True)
class Slot:
    """A time asked for: aware start, place, and a clinician or whoever is free."""

    treatment: Treatment
    start: dt.datetime
    location: Location
    clinician: Clinician | None = None
