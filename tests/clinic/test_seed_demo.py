"""Seeding: the same for the same day, never over somebody's clinic, and true to the hour."""

import datetime as dt
import io
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from bookings.models import (
    Appointment,
    AppointmentEvent,
    CallbackRequest,
    Message,
    Occupancy,
    Patient,
    PossibleMatch,
    TimeOff,
)
from bookings.models.appointments import Status
from clinic import roles
from clinic.demo import seeding
from clinic.models import User
from treatments.models import Article, Clinician, Location, Treatment

pytestmark = pytest.mark.django_db

NEW_YORK = ZoneInfo("America/New_York")
MONDAY = dt.date(2026, 11, 23)


def seed(today=MONDAY, *, now=None, weeks=0):
    """Seed today alone, which is quick, or some weeks each way; return the lines it said."""
    lines = []
    now = now or seeding.morning_of(today, NEW_YORK)
    seeding.seed(today=today, now=now, weeks=weeks, say=lines.append)
    return lines


def run(*arguments):
    """Run the command; return what it wrote to standard output and to standard error."""
    out, err = io.StringIO(), io.StringIO()
    call_command("seed_demo", *arguments, stdout=out, stderr=err, no_color=True)
    return out.getvalue(), err.getvalue()


def dump():
    """Everything a person could see, without keys, secrets and the times of writing."""
    visit = "appointment__reference"
    return {
        "treatments": sorted(Treatment.objects.values_list("slug", "minutes", "policy", "needs__capability__slug")),
        "clinicians": sorted(
            Clinician.objects.values_list("slug", "offers__treatment__slug", "resource__working_hours__start")
        ),
        "articles": list(Article.objects.order_by("slug").values_list("slug", "title", "published_at", "author__slug")),
        "off": sorted(TimeOff.objects.values_list("kind", "start", "end", "note")),
        "users": sorted(User.objects.values_list("email", "name", "groups__name", "is_staff", "date_joined")),
        "patients": sorted(Patient.objects.values_list("first_name", "last_name", "email", "phone", "date_of_birth")),
        "visits": sorted(
            Appointment.objects.values_list(
                "reference",
                "patient__first_name",
                "patient__date_of_birth",
                "treatment__slug",
                "clinician__slug",
                "location__slug",
                "start",
                "end",
                "arrive_at",
                "status",
                "status_at",
                "revision",
                "version",
                "source",
                "reason",
                "side",
                "cancel_reason",
                "created_at",
            )
        ),
        "events": sorted(
            AppointmentEvent.objects.values_list(visit, "revision", "verb", "at", "actor", "status_after")
        ),
        "occupancy": sorted(Occupancy.objects.values_list(visit, "resource__name", "start", "end", "overbooked")),
        "messages": sorted(Message.objects.values_list(visit, "kind", "revision", "channel", "state", "due_at")),
        "calls": list(CallbackRequest.objects.values_list("name", "phone", "created_at")),
        "matches": sorted(PossibleMatch.objects.values_list("patient__first_name", "known__first_name", "reason")),
    }


def seed_dump_and_forget(today):
    with transaction.atomic():
        seed(today, weeks=1)
        dumped = dump()
        transaction.set_rollback(True)
    return dumped


@pytest.mark.engine
def test_the_same_day_makes_the_same_clinic():
    assert seed_dump_and_forget(MONDAY) == seed_dump_and_forget(MONDAY)


@pytest.mark.engine
def test_the_command_fills_an_empty_database_with_load_and_the_diary_is_consistent():
    _out, err = run("--today", "2026-11-23", "--appointments", "500")
    assert "refused" not in err
    assert "500 of 500" in err
    window = dt.datetime(2026, 10, 26, tzinfo=NEW_YORK)
    assert Appointment.objects.filter(start__lt=window).count() == 500
    call_command("check_diary", stdout=io.StringIO(), stderr=io.StringIO())


@pytest.mark.parametrize(
    "today",
    [
        dt.date(2026, 3, 8),  # the clock changes
        dt.date(2026, 11, 1),  # and back
        dt.date(2026, 11, 26),  # a public holiday: nobody works
        dt.date(2028, 2, 29),
    ],
)
def test_the_diary_refuses_nothing_on_odd_days(today):
    assert [line for line in seed(today) if "refused" in line] == []


def test_seeding_rings_for_nobody(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        seed()
    assert callbacks == []


@pytest.mark.parametrize("hour", [0, 13])
def test_visits_are_as_far_as_the_hour(hour):
    now = dt.datetime(2026, 11, 23, hour, 5, tzinfo=NEW_YORK)
    lines = seed(now=now)
    assert [line for line in lines if "refused" in line] == []
    assert not AppointmentEvent.objects.filter(at__gt=now).exists()
    inside = Appointment.objects.filter(status__in=[Status.ARRIVED, Status.IN_ROOM, Status.WITH_CLINICIAN])
    assert inside.exists() == (hour == 13)


def test_a_second_run_does_nothing_when_it_may_and_refuses_when_it_may_not():
    seed()
    visits = Appointment.objects.count()
    assert run("--if-empty") == ("", "The database already holds the demo clinic; nothing to seed.\n")
    with pytest.raises(CommandError, match="already holds the demo clinic"):
        run()
    assert Appointment.objects.count() == visits


def test_a_clinic_that_is_not_the_demo_is_left_alone():
    Location.objects.create(slug="real", name="Real", street="1 Road", city="Town", state="NY", phone="+15185550100")
    with pytest.raises(CommandError, match="a clinic that is not the demo"):
        run("--appointments", "5")
    assert run("--if-empty")[1] == "The database already holds a clinic that is not the demo; nothing to seed.\n"
    assert not Treatment.objects.exists()


def test_the_sign_ins_are_printed_alone_and_touch_nothing():
    out, err = run("--sign-ins")
    assert err == ""
    assert out.splitlines()[0].split() == ["Role", "Email", "Password", "Works", "at"]
    assert [line.split("  ")[0] for line in out.splitlines()[1:]] == list(roles.ROLES)
    assert not User.objects.exists()
