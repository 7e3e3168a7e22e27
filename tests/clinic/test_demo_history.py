"""History in bulk writes what the diary's verbs would have written."""

import datetime as dt
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from bookings.intervals import to_minute
from bookings.models import Appointment, AppointmentEvent, Message, Occupancy, Patient
from bookings.scheduling import By
from clinic.demo import content, seeding
from clinic.demo.diary import Diary
from clinic.demo.history import write_history
from clinic.demo.rota import read_rota
from clinic.demo.stories import Storyteller
from clinic.models import User
from treatments.models import Article

NOW = dt.datetime(2026, 11, 23, 0, 0, tzinfo=ZoneInfo("America/New_York"))
TODAY = NOW.date()
WHOSE = ("appointment__patient_id", "appointment__start")
OWN_MARKS = {"id", "reference"}


def stories():
    people, articles = list(Patient.objects.all()), list(Article.objects.prefetch_related("treatments"))
    words = content.names()
    teller = Storyteller(people, articles, Random(1), TODAY, words["reasons"], words["outcomes"])
    rota, rng = read_rota(), Random(2)
    dates = [TODAY - dt.timedelta(days=days) for days in (7, 6, 5)]
    return [teller.tell(visit) for date in dates for visit in rota.plan(date, fill=0.9, rng=rng)]


def written():
    """Everything but keys, references, and whether a message went out."""
    visits = [{key: row[key] for key in row.keys() - OWN_MARKS} for row in Appointment.objects.values()]
    intents = Message.objects.values_list("intent", "kind", "revision", "created_at", "due_at", "useful_until", *WHOSE)
    return {
        "visits": sorted(visits, key=lambda row: (row["patient_id"], row["start"])),
        "events": sorted(
            AppointmentEvent.objects.values_list(
                *WHOSE, "revision", "at", "verb", "actor", "user", "status_before", "status_after", "detail"
            ),
            key=str,
        ),
        "occupancy": sorted(Occupancy.objects.values_list(*WHOSE, "resource", "start", "end", "overbooked")),
        "messages": sorted((intent.split("/", 1)[1], *rest) for intent, *rest in intents),
    }


def forget_after(write):
    with transaction.atomic():
        write()
        rows = written()
        transaction.set_rollback(True)
    return rows


@pytest.mark.django_db
@pytest.mark.engine
def test_bulk_and_verbs_write_the_same_diary():
    seeding.seed(today=TODAY, now=NOW, weeks=0)
    Patient.objects.update(email_refused_at=None)  # nobody wrote to those two in the days behind
    desk, clinician = User.objects.get(email="desk@example.com"), User.objects.get(email="clinician@example.com")
    staff = {"patient": By.patient(), "desk": By.staff(desk), "clinician": By.staff(clinician)}
    told = stories()
    diary = Diary(staff, NOW)

    def by_verbs():
        for story in told:
            diary.book(story)
        diary.play()

    verbs = forget_after(by_verbs)
    bulk = forget_after(lambda: write_history(told, until=to_minute(NOW), staff=staff, rng=Random(3)))
    assert diary.refused == []
    assert bulk["visits"] == verbs["visits"]
    assert bulk["events"] == verbs["events"]
    assert bulk["occupancy"] == verbs["occupancy"]
    assert bulk["messages"] == verbs["messages"]
