"""Read one delivery report of a mail server from standard input, and note the mail that came back."""

import sys
from email import message_from_bytes
from email.message import Message
from typing import NamedTuple

from django.core.management.base import BaseCommand
from django.utils import timezone

from bookings.management.commands.check_diary import plain
from bookings.outbox import receipts

MOST_BYTES = 1024 * 1024

DETAILS = """
Reports (RFC 3464) come to the address in DEFAULT_FROM_EMAIL. Let the mail server pipe them in, in /etc/aliases:

  appointments: "|/srv/clinic/.venv/bin/python /srv/clinic/manage.py take_bounce"

What the report says is done to the message it names by our Message-ID:

  5.1.x, 5.2.1   no such mailbox: the message failed, nothing more is sent to this address, the desk phones
  other 5.x.x    refused for another reason: the message failed, the address is kept, the desk phones
  4.x.x, 2.x.x   late, or delivered: nothing changes

A report that is not one, or is about somebody else's mail, changes nothing. The exit code is 0 in each of these cases, so
that the mail server does not send a report about the report. The same report a second time changes nothing.

A mail service that calls addresses instead may post to /messages/bounce/ (CLINIC_BOUNCE_KEY).
"""


class Report(NamedTuple):
    """What a delivery report says of one recipient."""

    message_id: str
    action: str
    status: str
    recipient: str


class Command(BaseCommand):
    help = f"{__doc__}\n{DETAILS}"
    stealth_options = ("stdin",)

    def create_parser(self, *args, **kwargs):
        parser = super().create_parser(*args, **kwargs)
        parser.formatter_class = plain(parser.formatter_class)
        return parser

    def handle(self, *, stdin=None, **options):
        report = read((stdin or sys.stdin.buffer).read(MOST_BYTES))
        if report is None:
            self.stdout.write("This is no delivery report about a message. Nothing changed.")
            return
        noted = report.action == "failed" and receipts.note_bounce(
            report.message_id, report.status, recipient=report.recipient, now=timezone.now()
        )
        self.stdout.write(f"Noted: {report.status}." if noted else f"Nothing changed: {report.status or 'no status'}.")


def read(raw: bytes) -> Report | None:
    """Return what a report says, of its failed recipient if there are several; None when it is none."""
    parts = list(message_from_bytes(raw).walk())
    message_id = next((found for part in parts if (found := _message_id(part))), "")
    said = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    blocks = [block for block in _inner(said) if _word(block, "Action")]
    if not blocks or not message_id:
        return None
    block = next((each for each in blocks if _word(each, "Action") == "failed"), blocks[0])
    recipient = _address(block, "Original-Recipient") or _address(block, "Final-Recipient")
    return Report(message_id, _word(block, "Action"), _word(block, "Status"), recipient)


def _inner(part: Message | None) -> list[Message]:
    """Return the messages inside a part: the blocks of a report, or the mail that came back."""
    inside = part.get_payload() if part is not None else None
    return [each for each in inside if isinstance(each, Message)] if isinstance(inside, list) else []


def _message_id(part: Message) -> str:
    """Return the Message-ID of the mail that came back, all of it or its headers alone."""
    kind = part.get_content_type()
    if kind == "message/rfc822":
        returned = _inner(part)
    elif kind == "text/rfc822-headers":
        raw = part.get_payload(decode=True)
        returned = [message_from_bytes(raw)] if isinstance(raw, bytes) else []
    else:
        returned = []
    return str(returned[0].get("Message-ID", "")) if returned else ""


def _word(block: Message, name: str) -> str:
    """Return the first word of a field: some servers add a comment behind it."""
    return str(block.get(name, "")).strip().lower().partition(" ")[0]


def _address(block: Message, name: str) -> str:
    """Return the address of a field such as `rfc822; ada@example.com`."""
    return str(block.get(name, "")).partition(";")[2].strip().strip("<>")
