"""What the races of `test_own_races.py` run, each in a process of its own: presses on the patient's page, deeds of the desk."""

import datetime as dt

from django.conf import settings
from django.test import Client
from django.utils import timezone

from bookings import scheduling
from bookings.models import Appointment, NextStep, Patient
from tests.bookings.scheduling.racers import answer_of, slot_of


def press(session, path, **data):
    """Press a button of the patient's page, as the visitor who is known by the session; returns the status."""
    client = Client(headers={"host": "localhost"})
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    return client.post(f"/appointments/{path}/", data).status_code


def desk_cancels(appointment, seen):
    how = {"by": scheduling.By.system(), "now": timezone.now(), "version": seen}
    return answer_of(scheduling.cancel, Appointment.objects.get(pk=appointment), reason="other", **how)


def desk_moves(appointment, seen, slot):
    how = {"by": scheduling.By.system(), "now": timezone.now(), "version": seen}
    return answer_of(scheduling.move, Appointment.objects.get(pk=appointment), slot_of(**slot), **how)


def desk_books(slot, patient, wish=None):
    asked = {"by": scheduling.By.system(), "now": timezone.now(), "source": "phone"}
    if wish:
        asked["wish"] = NextStep.objects.select_related("appointment").get(pk=wish)
    return answer_of(scheduling.book, slot_of(**slot), patient=Patient.objects.get(pk=patient), **asked)


def end_is_taken_back(appointment):
    how = {"by": scheduling.By.system(), "now": timezone.now()}
    return answer_of(scheduling.undo, Appointment.objects.get(pk=appointment), **how)


def patient_takes_back(appointment, now):
    """Without the page: the row as it was read, at a given moment."""
    how = {"by": scheduling.By.patient(), "now": dt.datetime.fromisoformat(now)}
    return answer_of(scheduling.take_back, Appointment.objects.get(pk=appointment), **how)


def one_of(do, **options):
    """Several different deeds in one race: each entry names its own."""
    return globals()[do](**options)
