"""What the races of `test_races.py` run, each in a process of its own. A refusal is an answer; anything else ends the test.

Every function returns "done" or the name of the refusal.
"""

import datetime as dt
import time

from bookings import scheduling
from bookings.models import Appointment, Patient, Resource
from bookings.scheduling import By, Slot, booking, times
from clinic.models import User
from tests.cast import NOW
from treatments.models import Clinician, Location, Treatment

# Between looking and writing, for the races that need every process to have looked before one has written.
PAUSE_SECONDS = 0.4


def answer_of(verb, *args, **options) -> str:
    try:
        verb(*args, **options)
    except scheduling.Refused as refusal:
        return type(refusal).__name__
    return "done"


def slot_of(start, treatment, location, clinician=None) -> Slot:
    return Slot(
        Treatment.objects.get(pk=treatment),
        dt.datetime.fromisoformat(start),
        Location.objects.get(pk=location),
        Clinician.objects.get(pk=clinician) if clinician else None,
    )


def now_of(minutes):
    return NOW + dt.timedelta(minutes=minutes)


def book(slot, patient=None, later=0, **options):
    who = (
        Patient.objects.get(pk=patient)
        if patient
        else Patient(first_name="Cleo", last_name="Marsh", email="cleo@example.com")
    )
    asked = {"patient": who, "by": By.patient(), "now": now_of(later), "source": "web", **options}
    return answer_of(scheduling.book, slot_of(**slot), **asked)


def book_slowly(slot, patient):
    """Book with everything in place, but with a pause between looking and writing."""
    return book(slot, patient, pick=_slow(times.choose))


def book_without_locks(slot, patient):
    """Book with the guard of the database alone."""
    booking.lock_for = lambda *args, **options: None
    return book_slowly(slot, patient)


def book_unguarded(slot, patient):
    """Book without locks and transaction: for the negative control, which takes the guard off too. Nothing else may."""
    booking.diary_transaction = times.diary_transaction = _no_transaction
    return book_without_locks(slot, patient)


class _no_transaction:  # noqa: N801  stands in for a function
    def __enter__(self):
        return None

    def __exit__(self, *error):
        return False


def _slow(choose):
    def slowly(*args, **options):
        choice = choose(*args, **options)
        time.sleep(PAUSE_SECONDS)
        return choice

    return slowly


def hold(slot, session_key, later=0):
    return answer_of(scheduling.hold, slot_of(**slot), session_key=session_key, now=now_of(later))


def overbook(slot, patient):
    desk = By.staff(User.objects.get(is_superuser=True))
    asked = {"overbook_reason": "pain", "by": desk, "now": NOW, "source": "phone"}
    return answer_of(scheduling.overbook, slot_of(**slot), patient=Patient.objects.get(pk=patient), **asked)


def step(verb, appointment, later=0, seen=None, **options):
    """One verb on one appointment; `seen` is the version that was on the screen."""
    row = Appointment.objects.get(pk=appointment)
    return answer_of(getattr(scheduling, verb), row, by=By.system(), now=now_of(later), version=seen, **options)


def move(appointment, slot, seen=None):
    row = Appointment.objects.get(pk=appointment)
    return answer_of(scheduling.move, row, slot_of(**slot), by=By.system(), now=NOW, version=seen)


def block(resource, start, end):
    times_off = {"start": dt.datetime.fromisoformat(start), "end": dt.datetime.fromisoformat(end)}
    whose = Resource.objects.get(pk=resource)
    return answer_of(scheduling.block, resource=whose, kind="block", by=By.system(), now=NOW, **times_off)


def one_of(do, **options):
    """Several different verbs in one race: each entry names its own."""
    return globals()[do](**options)
