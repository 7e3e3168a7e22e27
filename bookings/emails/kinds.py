"""One function for each kind of message. Most are words alone; those that change a calendar carry its part."""

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

from django.core.mail import EmailMultiAlternatives
from django.utils import translation

from bookings.emails.calendars import add_calendar
from bookings.emails.envelope import email_of
from bookings.emails.facts import language_of
from bookings.emails.words import CAN_BE_STOPPED, render
from bookings.models import Message, Messenger


class Around(NamedTuple):
    """What a letter is given beside its row: its links, what we call ourselves, and the time."""

    link: str
    stop_link: str
    name: str
    now: dt.datetime


def compose(
    message: Message, *, link: str, now: dt.datetime, stop_link: str = "", name: str = ""
) -> EmailMultiAlternatives:
    """Return the email of a row, ready to send.

    `link` is the full address of its manage link, for a clinician's digest of their day; `stop_link` that of the page that
    stops what nobody must read, for the kinds that can be stopped. `name`: what we call ourselves; without it a statement asks.
    """
    around = Around(link, stop_link, name or Messenger.current().name, now)
    return KINDS[Message.Kind(message.kind)](message, around)


def confirmation(message: Message, around: Around) -> EmailMultiAlternatives:
    """You are booked, when, and where."""
    return _with_calendar(message, around)


def request_received(message: Message, around: Around) -> EmailMultiAlternatives:
    """We keep this time and will say yes or no. If a yes was taken back, the calendar hears of it."""
    return _with_calendar(message, around)


def approved(message: Message, around: Around) -> EmailMultiAlternatives:
    """Yes to a request: it is booked."""
    return _with_calendar(message, around)


def declined(message: Message, around: Around) -> EmailMultiAlternatives:
    """No to a request, and how to find another time."""
    return _with_calendar(message, around)


def moved(message: Message, around: Around) -> EmailMultiAlternatives:
    """The same calendar entry with a higher SEQUENCE: calendars move it. A request that moved is in none."""
    return _with_calendar(message, around)


def cancelled(message: Message, around: Around) -> EmailMultiAlternatives:
    """The patient canceled: it is done, and can be taken back for a while."""
    return _with_calendar(message, around)


def cancelled_by_clinic(message: Message, around: Around) -> EmailMultiAlternatives:
    """Staff canceled, for our sake or as the patient asked on the phone; and how to get another time."""
    return _with_calendar(message, around)


def offered(message: Message, around: Around) -> EmailMultiAlternatives:
    """Another time than the one asked for; nothing for the calendar before the patient says yes."""
    return _with_calendar(message, around)


def reminder(message: Message, around: Around) -> EmailMultiAlternatives:
    """Please confirm that you will come."""
    return _letter(message, around)


def preparation(message: Message, around: Around) -> EmailMultiAlternatives:
    """How many things there are to do before the visit; what they are stands behind the link."""
    return _letter(message, around)


def missed(message: Message, around: Around) -> EmailMultiAlternatives:
    """You did not come, nobody blames you, and here is how to come another time."""
    return _letter(message, around)


def aftercare(message: Message, around: Around) -> EmailMultiAlternatives:
    """The day after: how are you, where the advice is, and when to call."""
    return _letter(message, around)


def invitation(message: Message, around: Around) -> EmailMultiAlternatives:
    """Your clinician wants to see you again: choose a time."""
    return _letter(message, around)


def delayed(message: Message, around: Around) -> EmailMultiAlternatives:
    """We run late today. The calendar keeps the time that was promised."""
    return _letter(message, around)


def link_again(message: Message, around: Around) -> EmailMultiAlternatives:
    """You asked for your link."""
    return _letter(message, around)


def digest(message: Message, around: Around) -> EmailMultiAlternatives:
    """To a clinician, the evening before: how many visits, and when the first one starts."""
    return _letter(message, around)


KINDS: dict[str, Callable[..., EmailMultiAlternatives]] = {
    Message.Kind.CONFIRMATION: confirmation,
    Message.Kind.REQUEST_RECEIVED: request_received,
    Message.Kind.APPROVED: approved,
    Message.Kind.DECLINED: declined,
    Message.Kind.MOVED: moved,
    Message.Kind.CANCELLED: cancelled,
    Message.Kind.CANCELLED_BY_CLINIC: cancelled_by_clinic,
    Message.Kind.REMINDER: reminder,
    Message.Kind.OFFERED: offered,
    Message.Kind.DELAYED: delayed,
    Message.Kind.PREPARATION: preparation,
    Message.Kind.MISSED: missed,
    Message.Kind.AFTERCARE: aftercare,
    Message.Kind.INVITATION: invitation,
    Message.Kind.LINK: link_again,
    Message.Kind.DIGEST: digest,
}


def _letter(message: Message, around: Around) -> EmailMultiAlternatives:
    stop_link = around.stop_link if message.kind in CAN_BE_STOPPED else ""
    rendered = render(message, link=around.link, stop_link=stop_link, name=around.name)
    return email_of(message, rendered, name=around.name, stop_link=stop_link)


def _with_calendar(message: Message, around: Around) -> EmailMultiAlternatives:
    email = _letter(message, around)
    with translation.override(language_of(message)):
        add_calendar(email, message.appointment, name=around.name, now=around.now)
    return email
