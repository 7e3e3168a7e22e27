"""The diary: all personal data. Every change of it goes through `bookings.scheduling`."""

from bookings.models.access import AccessEntry
from bookings.models.appointments import Appointment, AppointmentEvent
from bookings.models.desk import Delay, LastLook, ParkedBooking, WorkDone
from bookings.models.imports import ImportedRow, ImportKind, ImportMapping
from bookings.models.limits import RateCount, UrgentStop
from bookings.models.messages import ManageLink, Message, Tick
from bookings.models.messenger import Messenger, TextReply
from bookings.models.occupancy import Hold, Occupancy
from bookings.models.patients import CallbackRequest, Patient, PossibleMatch
from bookings.models.plans import ReminderStep
from bookings.models.preparation import PreparationDone
from bookings.models.resources import ExtraHours, Resource, SessionLimit, TimeOff, WorkingHours

__all__ = [
    "AccessEntry",
    "Appointment",
    "AppointmentEvent",
    "CallbackRequest",
    "Delay",
    "ExtraHours",
    "Hold",
    "ImportKind",
    "ImportMapping",
    "ImportedRow",
    "LastLook",
    "ManageLink",
    "Message",
    "Messenger",
    "Occupancy",
    "ParkedBooking",
    "Patient",
    "PossibleMatch",
    "PreparationDone",
    "RateCount",
    "ReminderStep",
    "Resource",
    "SessionLimit",
    "TextReply",
    "Tick",
    "TimeOff",
    "UrgentStop",
    "WorkDone",
    "WorkingHours",
]
