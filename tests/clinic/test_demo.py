"""The demo clinic: believable, the same for the same day, true to the diary's rules, and it writes to nobody."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import authenticate
from django.core import mail
from django.db import transaction
from django.http import HttpRequest

from bookings.models import (
    Appointment,
    CallbackRequest,
    Message,
    Occupancy,
    Patient,
    PossibleMatch,
)
from bookings.models.appointments import Status
from clinic import roles
from clinic.demo import accounts, seeding
from clinic.models import User
from treatments.models import Clinician

pytestmark = pytest.mark.django_db

NEW_YORK = ZoneInfo("America/New_York")
MONDAY = dt.date(2026, 11, 23)


def seed(today=MONDAY, **options):
    """Seed a week each way, which is quick; return the lines it said."""
    lines = []
    now = options.pop("now", None) or seeding.morning_of(today, NEW_YORK)
    seeding.seed(today=today, now=now, weeks=options.pop("weeks", 1), say=lines.append, **options)
    return lines


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """Two weeks each way, seeded once for the tests that only look; the lines it said."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield seed(weeks=2)
        transaction.set_rollback(True)


def test_a_visit_stands_in_every_state_and_at_most_one_is_overbooked(demo):
    assert [line for line in demo if "refused" in line] == []
    under_way = {Status.ARRIVED, Status.IN_ROOM, Status.WITH_CLINICIAN}
    found = set(Appointment.objects.values_list("status", flat=True))
    assert found | under_way == set(Status.values)
    assert found & under_way
    assert Occupancy.objects.filter(overbooked=True).count() == 1


def test_people_have_awkward_names_and_some_have_no_email(demo):
    names = set(Patient.objects.values_list("first_name", "last_name"))
    assert {("Siobhán", "O'Brien-Núñez"), ("José Luis", "García Márquez"), ("Mei", "O"), ("Wulandari", "")} <= names
    assert Patient.objects.filter(email="").exclude(phone="").exists()
    assert not Patient.objects.filter(email="", phone="").exists()
    assert not Patient.objects.exclude(email="").exclude(email__endswith="@example.com").exists()
    assert not Patient.objects.exclude(phone="").exclude(phone__contains="55501").exists()


def test_some_web_bookings_come_from_an_article_and_remember_the_treatment_wanted(demo):
    assert Appointment.objects.filter(source="web", article__isnull=False).exists()
    assert not Appointment.objects.exclude(source="web").filter(article__isnull=False).exists()
    wanted = Appointment.objects.filter(treatment_wanted__isnull=False)
    assert set(wanted.values_list("treatment__role", "treatment_wanted__policy")) == {("consultation", "consultation")}


def test_the_desk_has_calls_to_make_and_possible_matches_to_decide(demo):
    assert CallbackRequest.objects.filter(done_at=None).count() == 3
    assert PossibleMatch.objects.filter(decision="").count() >= 3


def test_every_sign_in_opens_its_role(demo):
    for email in accounts.DEMO_EMAILS:
        assert authenticate(HttpRequest(), username=email, password=accounts.DEMO_PASSWORD).email == email
    assert list(User.objects.order_by("pk").values_list("groups__name", flat=True)) == list(roles.ROLES)
    assert Clinician.objects.get(user__email="clinician@example.com").slug == "elena-marchetti"


def test_nothing_waits_to_be_sent_but_what_lies_ahead(demo):
    now = seeding.morning_of(MONDAY, NEW_YORK)
    assert mail.outbox == []
    assert not Message.objects.due(now=now).exists()
    assert Message.objects.filter(kind="reminder", state="due", due_at__gt=now).exists()
