"""People who book on the site's own pages, through a balancer before two webs of which one may be gone at any time.

The balancer does what every balancer does and no more: where a connection is refused it asks the next web, and a page that
only shows something it asks for again when it was cut off. A form that was sent it never sends again; the person presses
the button once more, as people do.
"""

import datetime as dt
import html
import itertools
import random
import re
import time
import urllib.parse
from collections import Counter
from http.client import HTTPConnection, HTTPException
from typing import NamedTuple

from tests.bookings.visitor import ABOUT
from tests.soak.clock import Clock
from tests.soak.world import TREATMENTS

PATIENCE = 30.0  # seconds a balancer looks for a web that answers, and waits for one that has been asked
STEPS = 30  # more pages than anybody has to see, even one who loses the time again and again
PRESSES = 6
AREAS = (212, 213, 312, 313, 404, 415, 503, 512, 602, 615, 617, 702, 713, 718, 801, 816, 901, 913)
SHOWN = re.compile(r'confirmation-panel__reference">([A-Z0-9]{8})<')
REQUESTED = "confirmation-panel--requested"


class Cut(Exception):
    """A web died over a form: whether it was taken nobody knows yet."""


class TurnedAway(Exception):
    """A page that nobody should see; the text says which."""


class Answer(NamedTuple):
    status: int
    path: str
    text: str

    def field(self, name: str) -> str:
        """Return what a hidden field of the page holds."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        return html.unescape(found[1]) if found else ""


class Booking(NamedTuple):
    """What a person was told on the last page, and when by the run's clock and by the machine's."""

    number: int
    address: str
    treatment: str
    reference: str
    status: str
    start: dt.datetime
    began: dt.datetime
    committed: dt.datetime
    real: float


class Balancer:
    """Takes turns between the webs at these ports of 127.0.0.1; counts what it had to do. One for each person."""

    def __init__(self, ports: list[int], first: int):
        self._turns = itertools.islice(itertools.cycle(ports), first % len(ports), None)
        self.counts: Counter = Counter()
        self.slowest = 0.0

    def ask(self, method: str, path: str, body: str, headers: dict[str, str]):
        """Return status, headers and text; Cut when a form was sent and nothing came back."""
        began = time.monotonic()
        while time.monotonic() < began + PATIENCE:
            connection = HTTPConnection("127.0.0.1", next(self._turns), timeout=PATIENCE)
            try:
                connection.connect()
            except OSError:
                self.counts["refused"] += 1
                time.sleep(0.05)
                continue
            try:
                return self._exchange(connection, method, path, body, headers)
            except (OSError, HTTPException) as error:
                self.counts["cut"] += 1
                if method != "GET":
                    raise Cut from error
            finally:
                connection.close()
                self.slowest = max(self.slowest, time.monotonic() - began)
        raise TurnedAway(f"no web answered {path}")

    def _exchange(self, connection, method, path, body, headers):
        connection.request(method, path, body or None, headers)
        response = connection.getresponse()
        self.counts["pages"] += 1
        return response.status, response.headers, response.read().decode()


class Person:
    """One person with a browser of their own, JavaScript off."""

    def __init__(self, number: int, ports: list[int], *, seed: int, clock: Clock):
        self.number, self._clock = number, clock
        self._rng = random.Random(f"{seed}/person/{number}")
        self.balancer = Balancer(ports, number)
        self.treatment = self._rng.choice(list(TREATMENTS))
        self.address = f"person{number}@example.com"
        self._cookies: dict[str, str] = {}
        self._slot = ""

    def book(self) -> Booking:
        """Walk from the first page to the last; TurnedAway by a page that nobody should see."""
        began = self._clock.now()
        page = self._get(f"/book/?treatment={self.treatment}")
        for _step in range(STEPS):
            if page.path == "/book/done/":
                return self._told(page, began)
            step = {
                "/book/urgent-signs/": self._signs,
                "/book/place-and-time/": self._time,
                "/book/about-you/": self._about,
                "/book/check/": self._check,
            }.get(page.path)
            if step is None:
                raise TurnedAway(f"led to {page.path}")
            page = step(page)
        raise TurnedAway("never came to an end")

    def _told(self, page: Answer, began: dt.datetime) -> Booking:
        reference = SHOWN.search(page.text)
        if reference is None:
            raise TurnedAway("the last page has no reference")
        return Booking(
            self.number,
            self.address,
            self.treatment,
            reference[1],
            "requested" if REQUESTED in page.text else "booked",
            dt.datetime.fromisoformat(self._slot.partition("/")[0]),
            began,
            self._clock.now(),
            time.monotonic(),
        )

    # --- Pages ------------------------------------------------------------------------------------------------------

    def _signs(self, page: Answer) -> Answer:
        return self._press(page, urgent="none")

    def _time(self, page: Answer) -> Answer:
        """One of the first times: others want them, too."""
        times = re.findall(r'name="slot" value="([^"]+)"', page.text)
        if not times:
            raise TurnedAway("no time is free")
        self.balancer.counts["chose again"] += bool(self._slot)
        self._slot = self._rng.choice(times[:12])
        return self._press(page, slot=self._slot)

    def _about(self, page: Answer) -> Answer:
        born = dt.date(1950, 1, 1) + dt.timedelta(days=self.number)
        area = AREAS[self.number // 100 % len(AREAS)]
        own = {
            "first_name": f"Person{self.number}",
            "last_name": f"Number{self.number}",
            "date_of_birth_0": str(born.month),
            "date_of_birth_1": str(born.day),
            "date_of_birth_2": str(born.year),
            "email": self.address,
            "phone": f"({area}) 555-01{self.number % 100:02}",
            "asked": page.field("asked"),
        }
        return self._press(page, **{**ABOUT, **own})

    def _check(self, page: Answer) -> Answer:
        return self._press(page, form_token=page.field("form_token"))

    # --- The browser ------------------------------------------------------------------------------------------------

    def _press(self, page: Answer, **fields: str) -> Answer:
        form = urllib.parse.urlencode({"csrfmiddlewaretoken": page.field("csrfmiddlewaretoken"), **fields})
        for _time in range(PRESSES):
            try:
                return self._follow("POST", page.path, form)
            except Cut:
                self.balancer.counts["pressed again"] += 1
        raise TurnedAway(f"cut off {PRESSES} times at {page.path}")

    def _get(self, path: str) -> Answer:
        return self._follow("GET", path)

    def _follow(self, method: str, path: str, form: str = "") -> Answer:
        for _hop in range(6):
            status, headers, text = self.balancer.ask(method, path, form, self._headers(method))
            for cookie in headers.get_all("Set-Cookie", []):
                name, _, value = cookie.partition(";")[0].partition("=")
                self._cookies[name] = value
            if status not in (301, 302, 303):
                break
            method, form, path = "GET", "", urllib.parse.urljoin(path, headers["Location"])
        # 400: a time that somebody else has taken meanwhile.
        if status not in (200, 400):
            raise TurnedAway(f"{status} at {path}")
        return Answer(status, urllib.parse.urlsplit(path).path, text)

    def _headers(self, method: str) -> dict[str, str]:
        cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
        return cookies | kind
