"""Write what the demo's diary is made of: rooms, devices, people's hours, leave, public holidays, and the reminder plan."""

import datetime as dt

import holidays

from bookings.models import ReminderStep, Resource, SessionLimit, TimeOff, WorkingHours
from clinic.demo import content
from treatments.models import Capability, Clinician, Location, Treatment


def make_rooms() -> None:
    """Write rooms, devices and support people, then every clinician with their weekly hours."""
    house = content.house()
    for row in house["resources"]:
        resource = Resource.objects.create(
            kind=row["kind"], name=row["name"], location=Location.objects.get(slug=row["location"])
        )
        resource.capabilities.set(Capability.objects.filter(slug__in=row["capabilities"].split()))
    for row in house["clinicians"]:
        _make_clinician(row)


def make_plan() -> None:
    """Write the reminder plan as a clinic would keep it: the steps of all treatments, and those of each procedure."""
    plan = content.house()["reminders"]
    procedures = Treatment.objects.filter(role=Treatment.Role.PROCEDURE)
    rows = [(None, days) for days in plan["all"]] + [(each, days) for each in procedures for days in plan["procedures"]]
    ReminderStep.objects.bulk_create(ReminderStep(treatment=treatment, days_before=days) for treatment, days in rows)


def _make_clinician(row: dict) -> None:
    clinician = Clinician.objects.get(slug=row["slug"])
    resource = Resource.objects.create(kind=Resource.Kind.CLINICIAN, name=clinician.name, clinician=clinician)
    resource.capabilities.add(Capability.objects.get(slug=Capability.CLINICIAN))
    for session in row["hours"]:
        for weekday in content.weekdays(session["days"]):
            _make_session(resource, session, weekday)


def _make_session(resource: Resource, session: dict, weekday: int) -> None:
    hours = WorkingHours.objects.create(
        resource=resource,
        location=Location.objects.get(slug=session["at"]),
        weekday=weekday,
        start=content.wall_time(session["from"]),
        end=content.wall_time(session["until"]),
    )
    if "only" in session:
        hours.only_treatments.set(Treatment.objects.filter(slug__in=session["only"].split()))
    for slug, at_most in session.get("limits", {}).items():
        SessionLimit.objects.create(hours=hours, treatment=Treatment.objects.get(slug=slug), at_most=at_most)


def make_time_off(*, today: dt.date) -> None:
    """Write public holidays around `today`, one clinician's leave, and one morning without the X-ray."""
    _make_holidays(today)
    monday = today - dt.timedelta(days=today.weekday())
    away = Resource.objects.get(clinician__slug="hannah-birdsong")
    xray = Resource.objects.get(name="C-arm")
    zone = xray.location.zone
    TimeOff.objects.bulk_create(
        [
            TimeOff(
                kind=TimeOff.Kind.LEAVE,
                resource=away,
                start=_midnight(monday + dt.timedelta(days=14), zone),
                end=_midnight(monday + dt.timedelta(days=19), zone),
                note="Leave",
            ),
            TimeOff(
                kind=TimeOff.Kind.MAINTENANCE,
                resource=xray,
                start=_midnight(monday + dt.timedelta(days=17), zone),
                end=_midnight(monday + dt.timedelta(days=17), zone) + dt.timedelta(hours=13),
                note="Yearly safety test",
            ),
        ]
    )


def _make_holidays(today: dt.date) -> None:
    known = holidays.country_holidays("US", years=[today.year - 1, today.year, today.year + 1])
    near = [(date, name) for date, name in sorted(known.items()) if abs((date - today).days) <= 400]
    TimeOff.objects.bulk_create(
        TimeOff(
            kind=TimeOff.Kind.HOLIDAY,
            location=location,
            start=_midnight(date, location.zone),
            end=_midnight(date + dt.timedelta(days=1), location.zone),
            note=name[:120],
        )
        for location in Location.objects.active()
        for date, name in near
    )


def _midnight(date: dt.date, zone: dt.tzinfo) -> dt.datetime:
    return dt.datetime.combine(date, dt.time(0), tzinfo=zone)
