"""Trying it out before anybody depends on it: a letter to oneself, and a booking that leaves no trace."""

import datetime as dt
from smtplib import SMTPException
from typing import NamedTuple

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils.translation import gettext as _

from bookings import availability, scheduling
from bookings.availability import FreeTime
from bookings.models import Appointment, Patient, Resource
from bookings.scheduling import By, Slot
from clinic.models import SetupMark, User
from treatments.models import Clinician, Location, Treatment

NOBODY = {"first_name": "Test", "last_name": "Booking", "date_of_birth": dt.date(1980, 1, 1), "phone": "+12125550100"}


class NotPossible(Exception):
    """It could not be tried or did not work; the text is the reason."""


class Tried(NamedTuple):
    """What the test booking held."""

    treatment: str
    start: dt.datetime
    location: str
    clinician: str
    things: list[str]


def mark(name: str, *, by: User | None, now: dt.datetime) -> None:
    """Note that this was done; the last time counts."""
    SetupMark.objects.update_or_create(name=name, defaults={"at": now, "by": by})


def write_to(user: User, *, now: dt.datetime) -> None:
    """Send a test letter. Raises NotPossible with what the mail server said."""
    if not settings.EMAIL_URL:
        raise NotPossible(_("EMAIL_URL is not set: letters are written into files. Set it, restart, and try again."))
    name = {"name": settings.CLINIC_NEUTRAL_NAME}
    letter = EmailMultiAlternatives(
        _("%(name)s: a test letter") % name,
        _("This letter shows that messages of %(name)s arrive. Nobody needs to answer it.") % name,
        to=[user.email],
        headers={"Auto-Submitted": "auto-generated"},
    )
    try:
        letter.send()
    except (OSError, SMTPException) as error:
        said = str(error) or type(error).__name__
        raise NotPossible(_("The mail server did not take it: %(reason)s") % {"reason": said}) from error
    mark(SetupMark.Name.MAIL, by=user, now=now)


def next_free(*, now: dt.datetime) -> list[tuple[Treatment, FreeTime | None]]:
    """Return the next free time of each treatment that is offered: one look, however many they are."""
    offered = list(Treatment.objects.active().order_by("position", "pk"))
    found = availability.next_times(offered, count=1, now=now)
    return [(treatment, next(iter(found[treatment.pk]), None)) for treatment in offered]


def book_one(*, by: User | None, now: dt.datetime) -> Tried:
    """Book the next free time for nobody and take all of it back. Raises NotPossible when nothing can be booked."""
    free = [(treatment, time) for treatment, time in next_free(now=now) if time]
    if not free:
        raise NotPossible(
            _("No treatment has a free time. The lines about treatments, hours and rooms say what is missing.")
        )
    try:
        tried = _book(*free[0], now=now)
    except scheduling.Refused as error:
        raise NotPossible(str(error)) from error
    mark(SetupMark.Name.BOOKING, by=by, now=now)
    return tried


def _book(treatment: Treatment, time: FreeTime, *, now: dt.datetime) -> Tried:
    """Book by the diary's own verb, look what it holds, and let the database forget it: no patient, event or message stays."""
    with transaction.atomic():
        slot = Slot(
            treatment,
            time.start,
            Location.objects.get(pk=time.location.pk),
            Clinician.objects.get(pk=time.clinician.pk),
        )
        patient = Patient.objects.create(**NOBODY, created_at=now)
        visit = scheduling.book(slot, patient=patient, by=By.system(), now=now, source="phone", notify=False)
        tried = _held(visit)
        transaction.set_rollback(True)
    return tried


def _held(visit: Appointment) -> Tried:
    things = Resource.objects.filter(occupancy__appointment=visit).exclude(kind=Resource.Kind.CLINICIAN).distinct()
    return Tried(
        visit.treatment.name,
        visit.start.astimezone(visit.location.zone),
        visit.location.name,
        visit.clinician.name,
        sorted(things.values_list("name", flat=True)),
    )
