"""Visitors who press *Book this time* on a real web server, and visits that are there already."""

import datetime as dt
import urllib.error
import urllib.parse
import urllib.request
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from bookings.models import Appointment, Message
from tests import factories
from tests.bookings.visitor import Visitor
from tests.bookings.visits import book

# Any secret does: the form repeats what the cookie says.
CSRF = "a" * 32


class Answer(NamedTuple):
    """What a visitor sees in the end, and where."""

    status: int
    path: str
    text: str


class Ticket(NamedTuple):
    """A visitor who has answered everything and looks at the last page."""

    session: str
    token: str

    def press(self, url: str, *, seconds: float = 30) -> Answer:
        """Press the button of the last page and follow to the page after it."""
        form = urllib.parse.urlencode({"form_token": self.token, "csrfmiddlewaretoken": CSRF}).encode()
        return ask(url + reverse("book-check"), form, session=self.session, seconds=seconds)


def ask(address: str, form: bytes | None = None, *, session: str = "", seconds: float = 30) -> Answer:
    """Ask as a browser does, with its cookies, and follow."""
    cookies = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={CSRF}"
    request = urllib.request.Request(address, form, {"Cookie": cookies})
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            return Answer(answer.status, urllib.parse.urlsplit(answer.url).path, answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, urllib.parse.urlsplit(error.url).path, error.read().decode())


def ready_to_press(count: int) -> list[Ticket]:
    """Let so many visitors walk up to the last page, each with a time of their own."""
    return [_walk(f"patient-{number}@example.com", f"(212) 555-01{number:02}") for number in range(count)]


def _walk(email: str, phone: str) -> Ticket:
    visitor = Visitor(host="localhost")
    visitor.arrive(treatment="consultation")
    visitor.answer_signs()
    visitor.choose()
    visitor.tell(email=email, phone=phone)
    return Ticket(visitor.client.cookies[settings.SESSION_COOKIE_NAME].value, visitor.page.context["token"])


def next_week() -> dt.date:
    """A Monday, at least four days from today: the clocks of the programs are today's."""
    today = timezone.now().date()
    return today + dt.timedelta(days=4 + (-today.weekday() - 4) % 7)


def book_some(clinic, count: int, *, skip: int = 0) -> list[Appointment]:
    """Book so many visits for as many patients, from the next week on, one each half hour; their letters are due.

    `skip`: so many half hours are taken already.
    """
    first, now = next_week(), timezone.now()
    visits = []
    for number in range(skip, skip + count):
        day, place = divmod(number, 14)
        date = first + dt.timedelta(days=day)
        time = f"{9 + place // 2:02}:{place % 2 * 30:02}"
        visits.append(book(clinic, factories.PatientFactory(), date=date.isoformat(), time=time, now=now))
    return visits


def write_letters(visit: Appointment, count: int, *, first_due: dt.datetime) -> None:
    """Write so many letters at once, due one second after the other."""
    Message.objects.bulk_create(
        Message(
            intent=f"one of many {number}",
            kind=Message.Kind.CONFIRMATION,
            channel=Message.Channel.EMAIL,
            appointment=visit,
            patient=visit.patient,
            revision=visit.revision,
            created_at=first_due,
            due_at=first_due + dt.timedelta(seconds=number),
            useful_until=visit.start,
        )
        for number in range(count)
    )


def letters(**chosen):
    """The rows of what was to be said at once."""
    return Message.objects.filter(kind=Message.Kind.CONFIRMATION, **chosen)


def states() -> dict[str, int]:
    """Return how many of those rows ended as what."""
    found: dict[str, int] = {}
    for state in letters().values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def all_sent(count: int):
    """Return a question for `wait_until`: have that many been sent?"""
    return lambda: states() == {"sent": count}
