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

    @property
    def may_overbook(self) -> bool:
        """Staff with the permission; patients never."""
        if self.actor == AppointmentEvent.Actor.PATIENT:
            return False
        return self.user is None or self.user.has_perm("bookings.overbook_appointment")


@dataclass(frozen=True)
class Slot:
    """A time asked for: aware start (kept in UTC), place, and a clinician or whoever is free."""

    treatment: Treatment
    start: dt.datetime
    location: Location
    clinician: Clinician | None = None

    def __post_init__(self):
        # Arithmetic with a local start would be arithmetic of the wall clock. A naive one is refused by the verbs.
        if self.start.tzinfo is not None:
            object.__setattr__(self, "start", self.start.astimezone(dt.UTC))
