"""Whoever presses the buttons: a process that calls the diary's verbs, as the web and the desk do. `python -m tests.soak`.

It reads a job from each line of its input, a JSON object with a list of errands, and answers with a list of what became of
them. `housekeeping` in a job asks the worker for that task, as the beat does every hour.
"""

import contextlib
import datetime as dt
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator

from celery import current_app
from django.utils import timezone
from kombu.exceptions import OperationalError

from bookings import scheduling
from bookings.broker import impatient_connection
from bookings.models import Appointment, Patient, WorkingHours
from clinic.models import User
from tests.soak.world import DESK
from treatments.models import ClinicianTreatment, Location, Treatment

TRIES = 60
REASONS = {"patient": "time", "clinic": "clinician_away"}


class Driver:
    """Patients, and one member of staff. Knows the visits it has booked."""

    def __init__(self):
        desk = User.objects.get(email=DESK)
        self._by = {"patient": scheduling.By.patient(), "clinic": scheduling.By.staff(desk)}
        self._visits: dict[int, int] = {}
        self._offers = _offers()

    def run(self, errand: dict) -> dict:
        """Do one errand; the answer says when it was done and how the visit is now, or why it was refused."""
        began = timezone.now()
        try:
            visit = getattr(self, f"_{errand['verb']}", self._step)(errand)
        except scheduling.Refused as refusal:
            return {"key": errand["key"], "refused": str(refusal.message)}
        self._visits[errand["key"]] = visit.pk
        return {
            "key": errand["key"],
            "verb": errand["verb"],
            "by": errand["by"],
            "began": began.isoformat(),
            "committed": timezone.now().isoformat(),
            "real": time.monotonic(),
            "status": visit.status,
            "start": visit.start.isoformat(),
            "end": visit.end.isoformat(),
            "zone": visit.location.time_zone,
            "clinician": visit.clinician.slug,
        }

    def _book(self, errand: dict):
        key, details = errand["key"], errand["details"]
        treatment = Treatment.objects.get(slug=details["treatment"])

        def book(slot):
            patient = Patient(
                first_name=f"Person{key}",
                last_name=f"Number{key}",
                date_of_birth=dt.date(1950, 1, 1) + dt.timedelta(days=key),
                email=details.get("email", ""),
                phone=details.get("sms", ""),
                sms_consent_at=timezone.now() if "sms" in details else None,
            )
            by = self._by[errand["by"]]
            return scheduling.book(slot, patient=patient, by=by, now=timezone.now(), source="web")

        return self._first_free(self._slots(errand, treatment), book)

    def _move(self, errand: dict):
        visit = self._visit(errand)
        elsewhere = errand["details"].get("elsewhere", False)
        slots = self._slots(errand, visit.treatment, near=None if elsewhere else visit.location_id)

        def move(slot):
            return scheduling.move(visit, slot, by=self._by[errand["by"]], now=timezone.now())

        return self._first_free((slot for slot in slots if slot.start != visit.start), move)

    def _cancel(self, errand: dict):
        by = errand["by"]
        return scheduling.cancel(self._visit(errand), by=self._by[by], now=timezone.now(), reason=REASONS[by])

    def _step(self, errand: dict):
        verb = getattr(scheduling, errand["verb"])
        return verb(self._visit(errand), by=self._by[errand["by"]], now=timezone.now())

    def _visit(self, errand: dict):
        visits = Appointment.objects.select_related("treatment", "location", "patient", "clinician")
        return visits.get(pk=self._visits[errand["key"]])

    def _slots(self, errand: dict, treatment, *, near: int | None = None) -> Iterator:
        """Yield times to try, by chance: on the wanted day first, later when it is full."""
        rng = random.Random(f"{errand['key']}/{errand['seen']}/{errand['verb']}")
        offers = [offer for offer in self._offers[treatment.pk] if near in (None, offer[1].pk)]
        for number in range(TRIES):
            clinician, location = rng.choice(offers)
            today = timezone.now().astimezone(location.zone).date()
            date = today + dt.timedelta(days=errand["details"]["lead"] + number // 12)
            clock = dt.time(rng.randrange(6, 21), rng.choice([0, 15, 30, 45]))
            start = dt.datetime.combine(date, clock, tzinfo=location.zone)
            yield scheduling.Slot(treatment, start, location, clinician)

    def _first_free(self, slots, take):
        refusal = None
        for slot in slots:
            if slot.start < timezone.now() + dt.timedelta(hours=2):
                continue
            try:
                return take(slot)
            except (scheduling.Taken, scheduling.NotOffered) as error:
                refusal = error
        raise refusal or scheduling.Taken


def _offers() -> dict[int, list]:
    """Return by treatment who offers it, and where they work."""
    found = defaultdict(list)
    places = dict(WorkingHours.objects.filter(weekday=0).values_list("resource__clinician", "location"))
    houses = Location.objects.in_bulk()
    for offer in ClinicianTreatment.objects.select_related("clinician").order_by("pk"):
        found[offer.treatment_id].append((offer.clinician, houses[places[offer.clinician_id]]))
    return found


def _ask_for_housekeeping() -> None:
    """Ask once; an hour later somebody asks again."""
    with contextlib.suppress(OperationalError, OSError), impatient_connection(0.3) as connection:
        current_app.send_task("bookings.housekeeping", connection=connection, retry=False, expires=60)


def main() -> None:
    """Answer each line until the input ends."""
    driver = Driver()
    for line in sys.stdin:
        job = json.loads(line)
        if job["housekeeping"]:
            _ask_for_housekeeping()
        sys.stdout.write(json.dumps([driver.run(errand) for errand in job["errands"]]) + "\n")
        sys.stdout.flush()
