"""What the races of a clinician's deeds run, each in a process of its own."""

import datetime as dt

import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from bookings import readiness, scheduling
from bookings.models import Appointment, Patient, TimeRequest
from clinic.models import User
from tests.bookings.scheduling.racers import answer_of
from tests.cast import NOW
from treatments.models import BodyRegion, Clinician, Location, Treatment


def press(session, path, now, data):
    """Press a button of the clinician's pages, as whoever is known by the session; returns where it leads, or the status."""
    client = Client(headers={"host": "localhost"})
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    with time_machine.travel(dt.datetime.fromisoformat(now)):
        answer = client.post(path, data)
    return answer.headers.get("location", answer.status_code)


def tell(clinician, user, words, form_token):
    """Send one message to the desk and return its pk."""
    by = scheduling.By.staff(User.objects.get(pk=user))
    asked = {"by": by, "now": timezone.now(), "form_token": form_token}
    return scheduling.tell_desk(Clinician.objects.get(pk=clinician), words, **asked).pk


def decide(request, user, approves):
    """Decide about a clinician's time as the page showed it, or take it back where `approves` is None.

    Return "done" or the name of the refusal.
    """
    asked = TimeRequest.objects.select_related("clinician").get(pk=request)
    by, now = scheduling.By.staff(User.objects.get(pk=user)), NOW
    if approves is None:
        return answer_of(scheduling.withdraw_time, asked, by=by, now=now)
    mark = scheduling.mark_of(asked, scheduling.hit_by_request(asked, now=now))
    if approves:
        return answer_of(scheduling.approve_time, asked, by=by, now=now, mark=mark)
    return answer_of(scheduling.decline_time, asked, by=by, now=now)


def decide_or_book(**asked):
    """Approve leave, or book into it."""
    if "request" in asked:
        return decide(**asked)
    start = dt.datetime.fromisoformat(asked["visit_at"])
    ortiz = Clinician.objects.get(slug="amara-ortiz")
    consultation = Treatment.objects.get(slug="consultation")
    slot = scheduling.Slot(consultation, start, Location.objects.get(), ortiz)
    patient = Patient.objects.get(pk=asked["patient"])
    return answer_of(scheduling.book, slot, patient=patient, by=scheduling.By.patient(), now=NOW, source="web")


def answer(visit, user, question, choice):
    """Answer a readiness question and return the pk of what stands then."""
    about = Appointment.objects.select_related("treatment").get(pk=visit)
    asked = {"user": User.objects.get(pk=user), "now": NOW}
    return readiness.answer(about, question, choice, **asked).pk


def start(visit, region, side):
    """Begin a procedure with what its patient said; return "done" or the name of the refusal."""
    about, by = Appointment.objects.get(pk=visit), scheduling.By.system()
    said = {"region": BodyRegion.objects.get(pk=region), "side": side}
    return answer_of(scheduling.start, about, by=by, now=about.start, version=about.version, **said)
