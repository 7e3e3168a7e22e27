"""A real SMTP server that keeps what it is sent, or refuses it as a test says."""

import email
import email.policy
import logging
import threading
import time
from dataclasses import dataclass
from email.message import EmailMessage

from aiosmtpd.controller import Controller

from tests.engines import free_port

logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # it tells of every connection


@dataclass(frozen=True)
class Delivery:
    """One message as it arrived: the envelope's addresses and the parsed message."""

    sender: str
    recipients: list[str]
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    def text(self, subtype: str = "plain") -> str:
        """Return the readable part of that kind, `plain` or `html`; empty when there is none."""
        part = self.message.get_body((subtype,))
        return part.get_content() if part else ""


class Mailbox:
    """`url` for EMAIL_URL, `deliveries` so far, `wait_for(n)`, and `refuse(...)` to play a bad server."""

    host = "127.0.0.1"

    def __init__(self):
        self.port = free_port()
        self.url = f"smtp://{self.host}:{self.port}"
        self.deliveries: list[Delivery] = []
        self.attempts = 0
        self.connections: set[tuple[str, int]] = set()
        self._refusals: dict[str, str] = {}
        self._changed = threading.Condition()
        self._server = Controller(self, hostname=self.host, port=self.port)

    def __enter__(self):
        self._server.start()
        return self

    def __exit__(self, *error):
        self._server.stop()

    def refuse(self, answer: str, *, recipient: str = ""):
        """Answer every message with this SMTP line, such as "451 try again", or only those to one recipient.

        A recipient is refused at RCPT, everything at DATA. `accept()` ends it.
        """
        self._refusals[recipient] = answer

    def accept(self):
        self._refusals.clear()

    def wait_for(self, count: int, *, seconds: float = 20) -> list[Delivery]:
        """Return the deliveries once there are that many; TimeoutError after `seconds`."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while len(self.deliveries) < count:
                if not self._changed.wait(deadline - time.monotonic()):
                    raise TimeoutError(f"{len(self.deliveries)} of {count} messages within {seconds} s")
        return list(self.deliveries)

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  aiosmtpd's name
        if address in self._refusals:
            return self._refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  aiosmtpd's name
        self.attempts += 1
        self.connections.add(session.peer)
        if "" in self._refusals:
            return self._refusals[""]
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.keep(Delivery(envelope.mail_from, list(envelope.rcpt_tos), message))
        return "250 OK"

    def keep(self, delivery: Delivery) -> None:
        """Take what has arrived, before the server says so. A long run keeps less of it."""
        with self._changed:
            self.deliveries.append(delivery)
            self._changed.notify_all()
