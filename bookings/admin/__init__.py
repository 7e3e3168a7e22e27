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
    HoldAdmin,
    OccupancyAdmin,
    RateCountAdmin,
    TickAdmin,
    UrgentStopAdmin,
)
from bookings.admin.texts import TextReplyAdmin

__all__ = [
    "AccessEntryAdmin",
    "AppointmentAdmin",
    "AppointmentEventAdmin",
    "CallbackRequestAdmin",
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
    "TreatmentWithPlanAdmin",
    "UrgentStopAdmin",
    "WorkingHoursAdmin",
]
