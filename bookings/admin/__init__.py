"""The diary in the admin: read here, written only by the verbs of `bookings.scheduling`."""

from bookings.admin.appointments import AppointmentAdmin
from bookings.admin.hours import ExtraHoursAdmin, ResourceAdmin, TimeOffAdmin, WorkingHoursAdmin
from bookings.admin.imports import ImportMappingAdmin
from bookings.admin.messages import ManageLinkAdmin, MessageAdmin
from bookings.admin.people import CallbackRequestAdmin, PatientAdmin, PossibleMatchAdmin
from bookings.admin.plans import ReminderStepAdmin, TreatmentWithPlanAdmin
from bookings.admin.records import (
    AccessEntryAdmin,
    AppointmentEventAdmin,
    ColleagueLookAdmin,
    HoldAdmin,
    OccupancyAdmin,
    RateCountAdmin,
    TickAdmin,
    TimeRequestAdmin,
    UrgentStopAdmin,
)
from bookings.admin.texts import TextReplyAdmin

__all__ = [
    "AccessEntryAdmin",
    "AppointmentAdmin",
    "AppointmentEventAdmin",
    "CallbackRequestAdmin",
    "ColleagueLookAdmin",
    "ExtraHoursAdmin",
    "HoldAdmin",
    "ImportMappingAdmin",
    "ManageLinkAdmin",
    "MessageAdmin",
    "OccupancyAdmin",
    "PatientAdmin",
    "PossibleMatchAdmin",
    "RateCountAdmin",
    "ReminderStepAdmin",
    "ResourceAdmin",
    "TextReplyAdmin",
    "TickAdmin",
    "TimeOffAdmin",
    "TimeRequestAdmin",
    "TreatmentWithPlanAdmin",
    "UrgentStopAdmin",
    "WorkingHoursAdmin",
]
