"""What goes on while a backup is made, each lane in a process of its own. Importable by name."""

import datetime as dt
import io

import time_machine
from django.core.management import call_command

from bookings import scheduling
from bookings.models import Patient
from tests.bookings.visits import book
from tests.cast import NOW
from treatments.models import Location, Treatment


class House:
    """As much of the cast as a booking needs, read by a process that did not make it."""

    def __init__(self):
        self.house, self.ada = Location.objects.get(), Patient.objects.earliest("pk")
        self.consultation = Treatment.objects.get(slug="consultation")


def work(lane, number):
    """Make so many backups in lane 0; book and cancel so many visits in the others, each on days of its own."""
    if lane == 0:
        return [back_up(NOW + dt.timedelta(minutes=minute)) for minute in range(number)]
    clinic = House()
    for day in range(number):
        patient = Patient.objects.create(first_name=f"Lane {lane}", email=f"lane{lane}@example.com", created_at=NOW)
        date = NOW.date() + dt.timedelta(days=14 + 7 * (day // 2) + lane)
        visit = book(clinic, patient, str(date), ("13:00", "15:00")[day % 2])
        if day % 3 == 0:
            scheduling.cancel(visit, by=scheduling.By.system(), now=NOW, reason="other")
    return number


def back_up(now):
    with time_machine.travel(now, tick=False):
        out = io.StringIO()
        call_command("backup", stdout=out, stderr=io.StringIO())
        return out.getvalue().partition(":")[0]
