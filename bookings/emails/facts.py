"""What a template may say about a visit, and about a clinician's day. What is not here cannot be told by mistake.

Previews show invented visits that are in no database; what would be counted there has a stand-in.
"""

import datetime as dt
import re
import unicodedata
from typing import Any

from django.conf import settings
from django.utils import formats, timezone
from django.utils.translation import pgettext

from bookings import preparation
from bookings.models import Appointment, Delay, Message

# What we cancel for our own sake; every other reason is the patient's, also where staff wrote it down.
OUR_DOING = frozenset({"clinician_away", "closed"})
# What previews say of a visit, and of a day, that nobody has.
LATE_IN_PREVIEW, TO_DO_IN_PREVIEW, VISITS_IN_PREVIEW = 20, 3, 8
# A stranger may book with somebody else's address, and a name that is one: nobody gets another's links from us.
LOOKS_LIKE_A_LINK = re.compile(r"[/@:]|\bwww\b|\w\.\w{2,}", re.IGNORECASE)


def of_visit(message: Message) -> dict[str, Any]:
    """Return what may be said of a visit. Never its surname, treatment, region, reason or clinician."""
    appointment = message.appointment
    assert appointment is not None  # noqa: S101  a message about a day has words of its own
    return {
        "appointment": appointment,
        "day": plain_day(appointment.local_start),
        "first_name": greeted(appointment.patient.first_name),
        "location": appointment.location,
        "our_doing": appointment.cancel_reason in OUR_DOING,
        **_counted(message.kind, appointment),
    }


def of_day(message: Message) -> dict[str, Any]:
    """Return what a clinician is told of a day ahead: how many visits, and when the first one starts. No patient."""
    date = date_of(message)
    first, visits = _first_and_count(message, date)
    zone = first.location.zone if first is not None else timezone.get_default_timezone()
    return {
        "day": plain_day(date),
        "first_start": first.start if first is not None else None,
        "visits": visits,
        "zone": zone,
    }


def date_of(message: Message) -> dt.date:
    """Return the date a digest is about: its intent says it, `digest/<user>/<date>/email`."""
    return dt.date.fromisoformat(message.intent.split("/")[2])


def plain_day(date: dt.date) -> str:
    """Return “Thursday, August 6”."""
    # Translators: a day in a message, without its year.
    return formats.date_format(date, pgettext("format of a day without its year", "l, F j"))


def greeted(first_name: str) -> str:
    """Return a first name as it may stand in a letter: on one line, nothing invisible in it; empty if it is a link."""
    visible = "".join(sign if unicodedata.category(sign)[0] != "C" else " " for sign in first_name)
    name = " ".join(visible.split())
    return "" if LOOKS_LIKE_A_LINK.search(name) else name


def language_of(message: Message) -> str:
    """Return the language the reader is written to in."""
    return message.appointment.patient.message_language if message.appointment else settings.LANGUAGE_CODE


def _counted(kind: str, appointment: Appointment) -> dict[str, int]:
    """Return the number a kind speaks of; a statement or two for those that have one."""
    is_invented = appointment.pk is None
    if kind == Message.Kind.DELAYED:
        return {"late": LATE_IN_PREVIEW if is_invented else Delay.minutes_of(appointment)}
    if kind == Message.Kind.PREPARATION:
        steps = [] if is_invented else preparation.steps_of(appointment)
        return {"to_do": TO_DO_IN_PREVIEW if is_invented else sum(not step.is_done for step in steps)}
    return {}


def _first_and_count(message: Message, date: dt.date) -> tuple[Appointment | None, int]:
    if message.user_id is None:
        return None, VISITS_IN_PREVIEW
    mine = Appointment.objects.expected().filter(clinician__user=message.user_id).on_dates(date)
    visits = list(mine.select_related("location").order_by("start", "pk"))
    return (visits[0] if visits else None), len(visits)
