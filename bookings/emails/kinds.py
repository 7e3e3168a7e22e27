"""One function for each kind of message. Most are words alone; those that change a calendar carry its part."""

import datetime as dt
from collections.abc import Callable

from django.core.mail import EmailMultiAlternatives
from django.utils import translation

from bookings.emails.calendars import add_calendar
from bookings.emails.envelope import email_of
from bookings.emails.facts import language_of
from bookings.emails.words import render
from bookings.models import Message, Messenger


def compose(message: Message, *, link: str, now: dt.datetime, stop_link: str = "") -> EmailMultiAlternatives:
    """Return the email of a row, ready to send.

    `link` is the full address of its manage link, for a clinician's digest of their day; `stop_link` that of the page that
    stops what nobody must read, for the kinds that can be stopped.
    """
    return KINDS[Message.Kind(message.kind)](message, link=link, now=now, stop_link=stop_link)


def confirmation(message: Message, *, link: str, now: dt.datetime, stop_link: str) -> EmailMultiAlternatives:
    """You are booked, when, and where."""
    return _with_calendar(message, link, now=now)


def request_received(message: Message, *, link: str, now: dt.datetime, stop_link: str) -> EmailMultiAlternatives:
    """We keep this time and will say yes or no. If a yes was taken back, the calendar hears of it."""
    return _with_calendar(message, link, now=now)


def approved(message: Message, *, link: str, now: dt.datetime, stop_link: str) -> EmailMultiAlternatives:
    """Yes to a request: it is booked."""
    return _with_calendar(message, link, now=now)


def declined(message: Message, *, link: str, now: dt.datetime, stop_link: str) -> EmailMultiAlternatives:
    """No to a request, and how to find another time."""
    return _with_calendar(message, link, now=now)


def moved(message: Message, *, link: str, now: dt.datetime, stop_link: str) -> EmailMultiAlternatives:
    """The same calendar entry with a higher SEQUENCE: calendars move it. A request that moved is in none."""
    return _with_calendar(message, link, now=now)


def cancelled(message: Message, *, link: str, now: dt.datetime, stop_link: str) -> EmailMultiAlternatives:
    """The patient canceled: it is done, and can be taken back for a while."""
    return _with_calendar(message, link, now=now)


def cancelled_by_clinic(message: Message, *, link: str, now: dt.datetime, stop_link: str) -> EmailMultiAlternatives:
    """Staff canceled, for our sake or as the patient asked on the phone; and how to get another time."""
    return _with_calendar(message, link, now=now)


def offered(message: Message, *, link: str, now: dt.datetime, stop_link: str) -> EmailMultiAlternatives:
    """Another time than the one asked for; nothing for the calendar before the patient says yes."""
    return _with_calendar(message, link, now=now)


def reminder(message: Message, *, link: str, now: dt.datetime, stop_link: str) -> EmailMultiAlternatives:
    """Please confirm that you will come."""
    return _letter(message, link, stop_link)


def preparation(message: Message, *, link: str, now: dt.datetime, stop_link: str) -> EmailMultiAlternatives:
    """How many things there are to do before the visit; what they are stands behind the link."""
    return _letter(message, link, stop_link)


def missed(message: Message, *, link: str, now: dt.datetime, stop_link: str) -> EmailMultiAlternatives:
    """You did not come, nobody blames you, and here is how to come another time."""
    return _letter(message, link, stop_link)


def aftercare(message: Message, *, link: str, now: dt.datetime, stop_link: str) -> EmailMultiAlternatives:
    """The day after: how are you, where the advice is, and when to call."""
    return _letter(message, link, stop_link)


def delayed(message: Message, *, link: str, now: dt.datetime, stop_link: str) -> EmailMultiAlternatives:
    """We run late today. The calendar keeps the time that was promised."""
    return _letter(message, link)


def link_again(message: Message, *, link: str, now: dt.datetime, stop_link: str) -> EmailMultiAlternatives:
    """You asked for your link."""
    return _letter(message, link)


def digest(message: Message, *, link: str, now: dt.datetime, stop_link: str) -> EmailMultiAlternatives:
    """To a clinician, the evening before: how many visits, and when the first one starts."""
    return _letter(message, link)


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
    Message.Kind.LINK: link_again,
    Message.Kind.DIGEST: digest,
}


def _letter(message: Message, link: str, stop_link: str = "", *, name: str = "") -> EmailMultiAlternatives:
    name = name or Messenger.current().name
    rendered = render(message, link=link, stop_link=stop_link, name=name)
    return email_of(message, rendered, name=name, stop_link=stop_link)


def _with_calendar(message: Message, link: str, *, now: dt.datetime) -> EmailMultiAlternatives:
    name = Messenger.current().name
    email = _letter(message, link, name=name)
    with translation.override(language_of(message)):
        add_calendar(email, message.appointment, name=name, now=now)
    return email
