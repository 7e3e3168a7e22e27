"""The clinic of the answers, written into the database: what is missing is made, what differs is brought up to date."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify

from bookings import scheduling
from bookings.desk.closing import holidays_of
from bookings.models import Resource, TimeOff, WorkingHours
from bookings.scheduling import By
from clinic import roles
from clinic.first_run import starter
from clinic.first_run.answers import Answers, Hours
from clinic.models import User
from treatments.models import (
    BodyRegion,
    Capability,
    Clinician,
    ClinicianTreatment,
    Location,
    Need,
    OpeningHours,
    PreparationStep,
    Treatment,
)

Say = Callable[[str], None]


class Unfit(Exception):
    """An answer that no row can hold; the text says where and why."""


NO_COLUMNS = {"needs", "regions", "preparation_steps"}


def build(answers: Answers, *, now: dt.datetime, say: Say) -> list[User]:
    """Write it all, or nothing; return the accounts that are new and need an invitation."""
    with transaction.atomic():
        _starter(answers.treatments, say=say)
        for position, row in enumerate(answers.locations, start=1):
            _location(row, position, now=now, say=say)
        for row in answers.rooms:
            _room(row, say=say)
        for position, row in enumerate(answers.clinicians, start=1):
            _clinician(row, position, say=say)
        return list(_accounts(answers, say=say))


def _said(say: Say, what: str, name: str, made: bool, changed: bool = False) -> None:
    say(f"{what} {name}: {'made' if made else 'brought up to date' if changed else 'is there'}")


def _keep(model, what: str, title: str, /, *, say: Say, key: dict[str, Any], **values: Any) -> Any:
    """Make a row, or change what differs; say which. Raises Unfit with what the model refuses."""
    known = model.objects.filter(**key).first()
    row = known or model(**key)
    differs = [column for column, value in values.items() if getattr(row, column) != value]
    for column in differs:
        setattr(row, column, values[column])
    if known is None or differs:
        _save(row, f"{what} {title}")
    _said(say, what, title, known is None, bool(differs))
    return row


def _save(row: Any, called: str) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise Unfit(
            "\n  ".join(f"{called}, {key}: {' '.join(why)}" for key, why in error.message_dict.items())
        ) from None
    row.save()


# --- What is offered -------------------------------------------------------------------------------------------------


def _starter(slugs: list[str], *, say: Say) -> None:
    """Make the treatments of the starter set that are not there; those that are belong to the clinic and stay as they are."""
    for position, row in enumerate(starter.regions(), start=1):
        BodyRegion.objects.get_or_create(slug=row["slug"], defaults={**row, "position": position})
    for slug, name in starter.capabilities().items():
        Capability.objects.get_or_create(slug=slug, defaults={"name": name})
    for slug in slugs:
        row, body = starter.treatments()[slug]
        columns = {key: value for key, value in row.items() if key not in NO_COLUMNS}
        treatment, made = Treatment.objects.get_or_create(slug=slug, defaults={**columns, "body": body})
        _said(say, "Treatment", treatment.name, made)
        if made:
            _complete(treatment, row)


def _complete(treatment: Treatment, row: dict[str, Any]) -> None:
    treatment.regions.set(BodyRegion.objects.filter(slug__in=row["regions"]))
    for need in row["needs"]:
        minutes = {"minutes_before": need["before"], "minutes_after": need["after"]}
        Need.objects.create(treatment=treatment, capability=Capability.objects.get(slug=need["capability"]), **minutes)
    for step in row.get("preparation_steps", []):
        PreparationStep.objects.create(treatment=treatment, **step)


# --- Places ----------------------------------------------------------------------------------------------------------


def _location(row: dict[str, Any], position: int, *, now: dt.datetime, say: Say) -> None:
    columns = {key: value for key, value in row.items() if key not in ("hours", "holidays", "name")}
    columns |= {"name": row["name"], "holiday_region": row["holidays"], "position": position}
    location = _keep(Location, "Location", row["name"], say=say, key={"slug": slugify(row["name"])[:50]}, **columns)
    wanted = {(each.weekday, each.start, each.end) for each in row["hours"]}
    if wanted != set(location.opening_hours.values_list("weekday", "opens", "closes")):
        location.opening_hours.all().delete()
        for weekday, opens, closes in sorted(wanted):
            OpeningHours.objects.create(location=location, weekday=weekday, opens=opens, closes=closes)
    count = sum(1 for _day in _close_holidays(location, now=now))
    if count:
        say(f"  closed on {count} public holidays of {row['holidays']}, this year and next")


def _close_holidays(location: Location, *, now: dt.datetime) -> Iterator[dt.date]:
    """Close the location on its public holidays ahead, unless it is closed then already; visits that are there stay."""
    today = now.astimezone(location.zone).date()
    closed = set(location.time_off.filter(kind=TimeOff.Kind.HOLIDAY).values_list("start", flat=True))
    for year in (today.year, today.year + 1):
        for date, name in holidays_of(location.holiday_region, year) or () if location.holiday_region else ():
            start, end = (
                dt.datetime.combine(date + dt.timedelta(days=n), dt.time(0), tzinfo=location.zone) for n in (0, 1)
            )
            if date >= today and start not in closed:
                kind = {"kind": TimeOff.Kind.HOLIDAY, "note": name[:120]}
                scheduling.block(location=location, start=start, end=end, by=By.system(), now=now, **kind)
                yield date


def _room(row: dict[str, Any], *, say: Say) -> None:
    key = {"name": row["name"], "location": Location.objects.get(name=row["location"])}
    room = _keep(Resource, "Room or device", row["name"], say=say, key=key, kind=row["kind"])
    room.capabilities.set(Capability.objects.filter(slug__in=row["has"]))


# --- People ----------------------------------------------------------------------------------------------------------


def _clinician(row: dict[str, Any], position: int, *, say: Say) -> None:
    columns = {key: row[key] for key in ("name", "credentials", "job", "languages")} | {"position": position}
    slug = slugify(row["name"])[:50]
    clinician = _keep(Clinician, "Clinician", row["name"], say=say, key={"slug": slug}, **columns)
    for treatment in Treatment.objects.filter(slug__in=row["treatments"]):
        ClinicianTreatment.objects.get_or_create(clinician=clinician, treatment=treatment)
    resource, _made = Resource.objects.get_or_create(
        clinician=clinician, defaults={"kind": Resource.Kind.CLINICIAN, "name": clinician.name}
    )
    resource.capabilities.add(Capability.objects.get(slug=Capability.CLINICIAN))
    if not resource.working_hours.exists():  # later the clinic keeps them itself, in the admin
        for place, hours in row["hours"].items():
            _sessions(resource, Location.objects.get(name=place), hours)


def _sessions(resource: Resource, location: Location, hours: list[Hours]) -> None:
    for each in hours:
        WorkingHours.objects.create(
            resource=resource, location=location, weekday=each.weekday, start=each.start, end=each.end
        )


def _accounts(answers: Answers, *, say: Say) -> Iterator[User]:
    """Make the accounts that are missing, each without a password: the manager's, and those of clinicians with an address."""
    yield from _account(answers.manager["email"], answers.manager["name"], roles.MANAGER, say=say)
    for row in answers.clinicians:
        if row["email"]:
            for user in _account(row["email"], row["name"], roles.CLINICIAN, say=say):
                Clinician.objects.filter(slug=slugify(row["name"])[:50], user=None).update(user=user)
                yield user


def _account(email: str, name: str, role: str, *, say: Say) -> Iterator[User]:
    known = User.objects.filter(email=email.strip().lower()).exists()
    _said(say, role, name, not known)
    if not known:
        user = User.objects.create_user(email, None, name=name, is_active=False, is_staff=role != roles.CLINICIAN)
        user.groups.add(Group.objects.get(name=role))
        yield user
