"""Text messages: what they say, in one message of the alphabet every phone has (GSM 03.38, 160 septets).

One letter outside that alphabet would make the message a different one with room for 70 letters. So typographic signs and foreign
accents are written plainly, and what is still too long loses its least important words; never the day and the time.
"""

import unicodedata

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from bookings.models import Appointment, Delay, Message, Messenger
from treatments.templatetags.hours import clock, short_day

ROOM = 160
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Behind an escape: each counts two.
EXTENDED = frozenset("^{}\\[~]|€")
PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u2010": "-", "\u2011": "-", "−": "-", "…": "..."}
    | {"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "œ": "oe", "Œ": "OE", "\r": " ", "\t": " "}
)
# Accents that stand alone, and what joins or marks letters.
UNSEEN = frozenset({"Mn", "Cf", "Cc"})
LONGEST_NAME = 30  # septets
LATE_IN_PREVIEW = 20

# Short, neutral, and beginning with who writes. A lock screen shows all of it.
TEXTS = {
    Message.Kind.CONFIRMATION: _("%(clinic)s: you are booked for %(day)s. Arrive at %(arrive)s. Questions? %(phone)s"),
    Message.Kind.REQUEST_RECEIVED: _("%(clinic)s: we have your request for %(day)s, %(start)s. Questions? %(phone)s"),
    Message.Kind.APPROVED: _("%(clinic)s: you are booked for %(day)s. Arrive at %(arrive)s. Questions? %(phone)s"),
    Message.Kind.DECLINED: _("%(clinic)s: we cannot offer %(day)s, %(start)s. Please call us: %(phone)s"),
    Message.Kind.MOVED: _("%(clinic)s: your new time is %(day)s. Arrive at %(arrive)s. Questions? %(phone)s"),
    Message.Kind.CANCELLED_BY_CLINIC: _(
        "%(clinic)s: your appointment on %(day)s, %(start)s is canceled. For another time call %(phone)s"
    ),
    Message.Kind.PREPARATION: _(
        "%(clinic)s: there is something to do before %(day)s. See your email or call %(phone)s"
    ),
    Message.Kind.MISSED: _("%(clinic)s: we missed you on %(day)s. For another time call %(phone)s"),
    Message.Kind.AFTERCARE: _("%(clinic)s: we hope you are well. Does something worry you? Call us: %(phone)s"),
    Message.Kind.INVITATION: _(
        "%(clinic)s: it is time to plan the next visit after %(day)s. See your email or call %(phone)s"
    ),
    # No link: what a link opens is bound to an email address, and a phone is often a family's.
    Message.Kind.LINK: _("%(clinic)s: your appointment is on %(day)s, %(start)s. See your email or call %(phone)s"),
    Message.Kind.CANCELLED: _("%(clinic)s: your appointment on %(day)s is canceled. Questions? Call %(phone)s"),
    Message.Kind.OFFERED: _(
        "%(clinic)s: we can offer you %(day)s, %(start)s instead. Please see your email or call %(phone)s"
    ),
    Message.Kind.DELAYED: _(
        "%(clinic)s: today we run about %(late)s minutes late. Please come for %(start)s, or so much later. %(phone)s"
    ),
    Message.Kind.REMINDER: _(
        "%(clinic)s: see you %(day)s. Arrive at %(arrive)s. Reply C to confirm, STOP to end texts. Cannot come? %(phone)s"
    ),
}
# When the words above are too long for one message: true of every kind, with the day and the time.
SHORTER = _("%(clinic)s: about %(day)s, %(start)s. See your email or call %(phone)s")


def text(message: Message) -> str:
    """Return the words, in the patient's language and the place's own time."""
    appointment = message.appointment
    assert appointment is not None  # noqa: S101  what is about none, a digest, goes by email
    with translation.override(appointment.patient.message_language), timezone.override(appointment.location.zone):
        facts = {
            "clinic": _cut(plainly(Messenger.current().name), LONGEST_NAME),
            "day": short_day(appointment.local_start),
            "arrive": clock(appointment.local_arrive_at),
            "start": clock(appointment.local_start),
            "phone": appointment.location.phone.as_national,
            "late": _late(appointment) if message.kind == Message.Kind.DELAYED else 0,
        }
        words = plainly(TEXTS[Message.Kind(message.kind)] % facts)
        return words if septets(words) <= ROOM else plainly(SHORTER % facts)


def _late(appointment: Appointment) -> int:
    """Return the minutes; what previews show of an invented visit, which nobody runs late for, is a stand-in."""
    return LATE_IN_PREVIEW if appointment.pk is None else Delay.minutes_of(appointment)


def plainly(words: str) -> str:
    """Return the words in the alphabet every phone has: what is not in it loses its accent, or becomes a question mark."""
    composed = unicodedata.normalize("NFC", words).translate(PLAIN)
    return "".join(letter if _has(letter) else _without_accent(letter) for letter in composed)


def septets(words: str) -> int:
    """Return how much of a message the words take; they must be plain."""
    return sum(2 if letter in EXTENDED else 1 for letter in words)


def _has(letter: str) -> bool:
    return letter in BASIC or letter in EXTENDED


def _without_accent(letter: str) -> str:
    if unicodedata.category(letter) in UNSEEN:
        return ""
    bare = unicodedata.normalize("NFKD", letter)[0]
    return bare if _has(bare) else "?"


def _cut(words: str, most: int) -> str:
    """Return as much of plain words as fits into so many septets."""
    while septets(words) > most:
        words = words[:-1]
    return words
