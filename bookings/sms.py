"""Text messages: what they say, and the gateway that carries them.

CLINIC_SMS_URL names the gateway; while it is empty no text messages are written. `console:` only logs that one would
have gone. A real gateway is one more function in GATEWAYS with the same three arguments.
"""

import logging

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from bookings.models import Delay, Message
from treatments.templatetags.hours import clock, short_day

log = logging.getLogger(__name__)


class SmsRefused(Exception):
    """The gateway will not carry this message."""


class SmsUnknown(Exception):
    """The gateway did not say whether it took the message. There is no second try: it might be a second text."""


# Short, neutral, and beginning with who writes. A lock screen shows all of it.
TEXTS = {
    Message.Kind.CONFIRMATION: _("%(clinic)s: you are booked for %(day)s. Arrive at %(arrive)s. Questions? %(phone)s"),
    Message.Kind.REQUEST_RECEIVED: _("%(clinic)s: we have your request for %(day)s, %(start)s. Questions? %(phone)s"),
    Message.Kind.APPROVED: _("%(clinic)s: you are booked for %(day)s. Arrive at %(arrive)s. Questions? %(phone)s"),
    Message.Kind.DECLINED: _("%(clinic)s: we cannot offer %(day)s, %(start)s. Please call us: %(phone)s"),
    Message.Kind.MOVED: _("%(clinic)s: your new time is %(day)s. Arrive at %(arrive)s. Questions? %(phone)s"),
    Message.Kind.CANCELLED: _("%(clinic)s: your appointment on %(day)s is canceled. Questions? %(phone)s"),
    Message.Kind.OFFERED: _(
        "%(clinic)s: we can offer you %(day)s, %(start)s instead. Please see your email or call %(phone)s"
    ),
    Message.Kind.DELAYED: _(
        "%(clinic)s: today we run about %(late)s minutes late. Please come for %(start)s, or so much later. %(phone)s"
    ),
    Message.Kind.REMINDER: _("%(clinic)s: see you %(day)s. Arrive at %(arrive)s. Cannot come? %(phone)s"),
}


def text(message: Message) -> str:
    """Return the words, in the patient's language and the place's own time."""
    appointment = message.appointment
    with translation.override(appointment.patient.message_language), timezone.override(appointment.location.zone):
        return TEXTS[Message.Kind(message.kind)] % {
            "clinic": settings.CLINIC_NEUTRAL_NAME,
            "day": short_day(appointment.local_start),
            "arrive": clock(appointment.local_arrive_at),
            "start": clock(appointment.local_start),
            "phone": appointment.location.phone.as_national,
            "late": Delay.minutes_of(appointment),
        }


def send(phone: str, text: str, key: str) -> None:
    """Hand one text to the gateway. `phone` is E.164; `key` is the same for every try, for gateways that drop repeats.

    Raises SmsRefused when it will not be carried, SmsUnknown when nobody knows.
    """
    scheme = settings.CLINIC_SMS_URL.partition(":")[0]
    gateway = GATEWAYS.get(scheme)
    if gateway is None:
        raise SmsRefused(f"CLINIC_SMS_URL names no gateway we have: {scheme}")
    gateway(phone, text, key)


def _console(phone: str, text: str, key: str) -> None:
    """Nothing leaves. The log names the row; never the number, never the words."""
    log.info("Text message %s would go now.", key)


GATEWAYS = {"console": _console}
