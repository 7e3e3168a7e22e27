"""A carrier of text messages, as the gateway speaks to it over HTTP, that keeps what it is asked to send."""

import datetime as dt
import itertools
import json
import re
import threading
import urllib.parse
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from tests.soak.letters import Letter, clock_time

DAY = re.compile(r"[A-Z][a-z]{2}, ([A-Z][a-z]{2} \d{1,2})")
ARRIVE = re.compile(r"Arrive at (\d{1,2}(?::\d{2})? [ap]m|noon|midnight)")
ARRIVE_EARLY = dt.timedelta(minutes=10)
# What a text is about, by the words its reader sees.
WORDS = {
    "you are booked for": "confirmation",
    "we have your request": "request",
    "we cannot offer": "declined",
    "your new time is": "moved",
    "see you": "reminder",
    "is canceled. Questions": "cancelled",
    "is canceled. For another": "cancelled_by_clinic",
    "something to do before": "preparation",
    "we missed you": "missed",
    "we hope you are well": "aftercare",
    "it is time to plan the next visit": "invitation",
}


class Text(NamedTuple):
    """One text as it was handed over."""

    number: str
    phone: str
    words: str


class Carrier:
    """`url` for CLINIC_SMS_URL; `arrived` is called with each text before it is acknowledged."""

    def __init__(self, arrived: Callable[[Text], None]):
        numbers = itertools.count(1)

        class Desk(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                asked = dict(urllib.parse.parse_qsl(body))
                text = Text(f"SM{next(numbers)}", asked["To"], asked["Body"])
                arrived(text)
                self.send_response(201)
                self.end_headers()
                self.wfile.write(json.dumps({"sid": text.number}).encode())

            def log_message(self, *arguments):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
        self.url = f"twilio+http://SID:TOKEN@127.0.0.1:{self._server.server_port}/?from=%2B12125550100"

    def __enter__(self) -> "Carrier":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error) -> None:
        self._server.shutdown()
        self._server.server_close()


def read(text: Text, *, at: dt.datetime, real: float) -> Letter:
    """Return what the oracle needs of a text: a day without a year, and where it says one, the time."""
    kind = next((kind for words, kind in WORDS.items() if words in text.words), "")
    day, told = _day(text.words, at), None
    arrive = ARRIVE.search(text.words)
    if day and arrive:
        told = dt.datetime.combine(day, clock_time(arrive[1])) + ARRIVE_EARLY
    return Letter(at, real, text.phone, text.number, told, None, text.words, channel="sms", kind=kind, day=day)


def _day(words: str, at: dt.datetime) -> dt.date | None:
    found = DAY.search(words)
    if found is None:
        return None
    return dt.datetime.strptime(f"{found[1]} {at.year}", "%b %d %Y").date()  # noqa: DTZ007  a wall calendar
