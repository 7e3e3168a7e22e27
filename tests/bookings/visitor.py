"""A visitor without JavaScript, who walks through the booking flow page by page."""

import html
import re

from django.conf import settings
from django.test import Client
from django.urls import reverse

from bookings.models import Appointment

ABOUT = {
    "first_name": "Maya",
    "last_name": "O'Brien-Núñez",
    "date_of_birth_0": "8",
    "date_of_birth_1": "27",
    "date_of_birth_2": "1961",
    "email": "maya@example.com",
    "phone": "(212) 555-0123",
    "reason": "My neck hurts when I turn my head.",
    "coverage": "medicare",
    "privacy": "on",
}


class Visitor:
    def __init__(self, host="testserver"):
        self.client = Client(headers={"host": host})
        self.page = None

    # --- One step each; the answer is the page reached -----------------------------------------------------------

    def arrive(self, **words):
        return self._get(reverse("book"), words)

    def look(self, name, **words):
        return self._get(reverse(name), words)

    def answer_signs(self, urgent="none"):
        return self._post("book-signs", urgent=urgent)

    def answer_what_for(self, treatment):
        return self._post("book-treatment", treatment=treatment)

    def choose(self, slot=None):
        return self._post("book-time", slot=slot or self.slots()[-1])

    def tell(self, **answers):
        shown = self.look("book-details")
        stamp = shown.context["form"]["asked"].value()
        told = {name: value for name, value in (ABOUT | {"asked": stamp} | answers).items() if value is not None}
        return self._post("book-details", **told)

    def confirm(self, token=None):
        token = token or self.look("book-check").context["token"]
        return self._post("book-check", form_token=token)

    def book(self, treatment, **answers):
        """Walk the whole way to the confirmation."""
        self.arrive()
        self.answer_signs()
        self.answer_what_for(treatment)
        self.choose()
        self.tell(**answers)
        return self.confirm()

    # --- What the page shows -------------------------------------------------------------------------------------

    def slots(self):
        return re.findall(r'name="slot" value="([^"]+)"', self.page.content.decode())

    @property
    def path(self):
        return self.page.request["PATH_INFO"]

    @property
    def text(self):
        """The words of the page, without its tags."""
        words = re.sub(r"<[^>]+>", " ", self.page.content.decode())
        return " ".join(html.unescape(words).split())

    def _get(self, path, words):
        self.page = self.client.get(path, words, follow=True)
        return self.page

    def _post(self, name, /, **data):
        self.page = self.client.post(reverse(name), data, follow=True)
        return self.page


def path(name) -> str:
    return reverse(name)


def only_appointment() -> Appointment:
    return Appointment.objects.get()


# --- For processes of their own: go on as a visitor who is known by the session --------------------------------------


def press_confirm(session, token):
    return _press(session, "book-check", form_token=token)


def press_choose(session, token, slot):
    return _press(session, "book-time", slot=slot)


def _press(session, name, /, **data):
    client = Client(headers={"host": "localhost"})
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    answer = client.post(reverse(name), data)
    return [answer.status_code, answer.get("Location", "")]
