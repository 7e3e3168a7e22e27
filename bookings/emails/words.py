"""The words of a message: its three templates, in the reader's language and by the clock of the place."""

import re
from typing import Any, NamedTuple

from django.template.loader import render_to_string
from django.utils import timezone, translation

from bookings.emails import facts
from bookings.models import Message, Messenger

FOLDER = "bookings/messages"
PARTS = ("subject.txt", "body.txt", "body.html")
# What nobody asked for and nobody needs to keep an appointment: it says how to stop it.
CAN_BE_STOPPED = frozenset(
    {
        Message.Kind.REMINDER,
        Message.Kind.PREPARATION,
        Message.Kind.MISSED,
        Message.Kind.AFTERCARE,
        Message.Kind.INVITATION,
    }
)


class Rendered(NamedTuple):
    """The words of one message, ready to read; `html` is empty for a text message."""

    subject: str
    text: str
    html: str


def render(message: Message, *, link: str, stop_link: str = "", name: str = "") -> Rendered:
    """Return subject, text and HTML of a row. `name` is what we call ourselves; without it, one statement asks.

    The row, its visit and its patient may be unsaved, as they are in a preview.
    """
    with translation.override(facts.language_of(message)):
        said = _facts(message) | {
            "clinic_name": name or Messenger.current().name,
            "link": link,
            "stop_link": stop_link if message.kind in CAN_BE_STOPPED else "",
        }
        with timezone.override(said["zone"]):
            subject, text, html = (render_to_string(f"{FOLDER}/{message.kind}/{part}", said) for part in PARTS)
    return Rendered(" ".join(subject.split()), _tidy(text), html)


def _facts(message: Message) -> dict[str, Any]:
    if message.appointment is None:
        return facts.of_day(message)
    return {"zone": message.appointment.location.zone} | facts.of_visit(message)


def _tidy(text: str) -> str:
    """No more than one blank line in a row, whatever the templates left."""
    return re.sub(r"\n{3,}", "\n\n", text.strip()) + "\n"
