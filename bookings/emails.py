"""What an email says: one function and three templates for each kind.

Neutral on purpose: first name, day, arrival time, place, phone and a link. Treatment, body region, reason and the
clinician stay behind the link; what patients wrote is never sent. Bodies are made as they are sent and not kept.
"""

import datetime as dt
import re
from collections.abc import Callable
from email.utils import formataddr, parseaddr
from typing import NamedTuple

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import formats, timezone, translation
from django.utils.translation import pgettext

from bookings import ical
from bookings.models import Appointment, Delay, Message
from bookings.models.appointments import Status

FOLDER = "bookings/messages"
PARTS = ("subject.txt", "body.txt", "body.html")


class Rendered(NamedTuple):
    """The words of one message, ready to read; `html` is empty for a text message."""

    subject: str
    text: str
    html: str


def compose(message: Message, *, link: str, now: dt.datetime) -> EmailMultiAlternatives:
    """Return the email of a row, ready to send. `link` is the full address of its manage link."""
    return KINDS[Message.Kind(message.kind)](message, link=link, now=now)


def render(message: Message, *, link: str) -> Rendered:
    """Return subject, text and HTML of a row in the patient's language, its times by the clock of the place."""
    appointment = message.appointment
    with translation.override(appointment.patient.message_language), timezone.override(appointment.location.zone):
        facts = _facts(appointment) | {"link": link}
        if message.kind == Message.Kind.DELAYED:
            facts["late"] = Delay.minutes_of(appointment)
        subject, text, html = (render_to_string(f"{FOLDER}/{message.kind}/{part}", facts) for part in PARTS)
    return Rendered(" ".join(subject.split()), _tidy(text), html)


def _facts(appointment: Appointment) -> dict[str, object]:
    """Everything a template may say."""
    return {
        "appointment": appointment,
        "clinic_name": settings.CLINIC_NEUTRAL_NAME,
        # Translators: a day in the subject of a message, without its year.
        "day": formats.date_format(appointment.local_start, pgettext("format of a day without its year", "l, F j")),
        "first_name": appointment.patient.first_name,
        "location": appointment.location,
    }


def _tidy(text: str) -> str:
    """No more than one blank line in a row, whatever the templates left."""
    return re.sub(r"\n{3,}", "\n\n", text.strip()) + "\n"


def confirmation(message: Message, *, link: str, now: dt.datetime) -> EmailMultiAlternatives:
    """You are booked. The calendar part puts the visit into the patient's calendar."""
    return _with_calendar(_email(message, link), _invitation(message.appointment, now=now))


def request_received(message: Message, *, link: str, now: dt.datetime) -> EmailMultiAlternatives:
    """We keep this time and will say yes or no; nothing for the calendar yet."""
    return _email(message, link)


def approved(message: Message, *, link: str, now: dt.datetime) -> EmailMultiAlternatives:
    return _with_calendar(_email(message, link), _invitation(message.appointment, now=now))


def declined(message: Message, *, link: str, now: dt.datetime) -> EmailMultiAlternatives:
    return _email(message, link)


def moved(message: Message, *, link: str, now: dt.datetime) -> EmailMultiAlternatives:
    """The same calendar entry with a higher SEQUENCE: calendars move it. A request that moved is in no calendar."""
    if message.appointment.status == Status.REQUESTED:
        return _email(message, link)
    return _with_calendar(_email(message, link), _invitation(message.appointment, now=now))


def cancelled(message: Message, *, link: str, now: dt.datetime) -> EmailMultiAlternatives:
    """METHOD:CANCEL, or the entry would stay and keep reminding."""
    with translation.override(message.appointment.patient.message_language):
        file = ical.cancelled(message.appointment, now=now)
    return _with_calendar(_email(message, link), file, method="CANCEL")


def reminder(message: Message, *, link: str, now: dt.datetime) -> EmailMultiAlternatives:
    return _email(message, link)


def offered(message: Message, *, link: str, now: dt.datetime) -> EmailMultiAlternatives:
    """Another time than the one asked for; nothing for the calendar before the patient says yes."""
    return _email(message, link)


def delayed(message: Message, *, link: str, now: dt.datetime) -> EmailMultiAlternatives:
    """We run late today. The calendar keeps the time that was promised."""
    return _email(message, link)


KINDS: dict[str, Callable[..., EmailMultiAlternatives]] = {
    Message.Kind.CONFIRMATION: confirmation,
    Message.Kind.REQUEST_RECEIVED: request_received,
    Message.Kind.APPROVED: approved,
    Message.Kind.DECLINED: declined,
    Message.Kind.MOVED: moved,
    Message.Kind.CANCELLED: cancelled,
    Message.Kind.REMINDER: reminder,
    Message.Kind.OFFERED: offered,
    Message.Kind.DELAYED: delayed,
}


def _email(message: Message, link: str) -> EmailMultiAlternatives:
    rendered = render(message, link=link)
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    email = EmailMultiAlternatives(
        subject=rendered.subject,
        body=rendered.text,
        from_email=formataddr((settings.CLINIC_NEUTRAL_NAME, address)),
        to=[message.appointment.patient.email],
        reply_to=[address],
        headers={
            # The same for every attempt, so that a second copy collapses with the first.
            "Message-ID": f"<{message.message_id}@{address.partition('@')[2]}>",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
    email.attach_alternative(rendered.html, "text/html")
    return email


def _invitation(appointment: Appointment, *, now: dt.datetime) -> bytes:
    with translation.override(appointment.patient.message_language):
        return ical.requested(appointment, now=now)


def _with_calendar(email: EmailMultiAlternatives, file: bytes, *, method: str = "REQUEST") -> EmailMultiAlternatives:
    """Add the calendar as the last alternative: mail programs that know it act on it, the others show the letter."""
    email.attach_alternative(file.decode(), f"text/calendar; method={method}")
    return email
