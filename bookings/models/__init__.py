"""The diary: all personal data. Every change of it goes through `bookings.scheduling`."""

from bookings.models.access import AccessEntry, ColleagueLook
from bookings.models.appointments import Appointment, AppointmentEvent
from bookings.models.desk import Delay, LastLook, ParkedBooking, WorkDone
from bookings.models.feeds import CalendarFeed
from bookings.models.imports import ImportedRow, ImportKind, ImportMapping
from bookings.models.limits import RateCount, UrgentStop
from bookings.models.messages import ManageLink, Message, Tick
from bookings.models.messenger import Messenger, TextReply
from bookings.models.next_steps import DeskNote, NextStep
from bookings.models.occupancy import Hold, Occupancy
from bookings.models.patients import CallbackRequest, Patient, PossibleMatch
from bookings.models.plans import ReminderStep
from bookings.models.preparation import PreparationDone
from bookings.models.readiness import ReadinessAnswer
from bookings.models.resources import ExtraHours, Resource, SessionLimit, TimeOff, WorkingHours
from bookings.models.time_requests import TimeRequest

__all__ = [
    "AccessEntry",
    "Appointment",
    "AppointmentEvent",
    "CalendarFeed",
    "CallbackRequest",
    "ColleagueLook",
    "Delay",
    "DeskNote",
    "ExtraHours",
    "Hold",
    "ImportKind",
    "ImportMapping",
    "ImportedRow",
    "LastLook",
    "ManageLink",
    "Message",
    "Messenger",
    "NextStep",
    "Occupancy",
    "ParkedBooking",
    "Patient",
    "PossibleMatch",
    "PreparationDone",
    "RateCount",
    "ReadinessAnswer",
    "ReminderStep",
    "Resource",
    "SessionLimit",
    "TextReply",
    "Tick",
    "TimeOff",
    "TimeRequest",
    "UrgentStop",
    "WorkDone",
    "WorkingHours",
]
