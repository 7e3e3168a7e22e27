"""Nobody is written to before an import is released; then what still lies ahead, at its own time, and no flood."""

import datetime as dt
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command

from bookings import outbox, scheduling, tasks
from bookings.findings import findings
from bookings.models import Appointment, Message
from bookings.scheduling import By, Slot
from tests import cast, factories
from tests.bookings.imports.lists import PATIENTS, VISITS, options, run, write_csv
from treatments.models import PreparationStep

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
DAY = dt.timedelta(days=1)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def moved_in(clinic, tmp_path):
    """Three visits: on 9 March at 9 and 10, and on 10 March at 2:30 pm."""
    run(write_csv(tmp_path / "p.csv", PATIENTS), write_csv(tmp_path / "v.csv", VISITS), *options())
    return list(Appointment.objects.order_by("start"))


def live(until, *, since=cast.NOW):
    """Let the worker's tasks run every hour from then until then."""
    now = since
    while now < until:
        with time_machine.travel(now, tick=False):
            tasks.housekeeping()
            tasks.tick()
        now += dt.timedelta(hours=1)


def test_held_visits_are_silent_up_to_their_day_whatever_the_worker_does(moved_in, smtp_sink):
    live(cast.at("2026-03-09", "12:00"))
    assert smtp_sink.deliveries == []
    assert Message.objects.exclude(kind="digest").count() == 0
    assert list(findings(now=cast.NOW)) == []


def test_a_released_import_is_reminded_at_the_usual_times_and_confirmed_to_nobody(moved_in, smtp_sink):
    said = run(release="oldsoft")
    assert "3 visits released: 6 reminders and preparations are written" in said
    assert smtp_sink.deliveries == []
    live(cast.at("2026-03-10", "15:00"))
    sent = Message.objects.filter(state="sent").order_by("due_at", "pk")
    assert [(row.kind, row.due_at) for row in sent] == [
        ("reminder", cast.at("2026-03-07", "09:00")),
        ("reminder", cast.at("2026-03-07", "10:00")),
        ("reminder", cast.at("2026-03-08", "09:00")),
        ("reminder", cast.at("2026-03-08", "10:00")),
        ("reminder", cast.at("2026-03-08", "14:30")),
        ("reminder", cast.at("2026-03-09", "14:30")),
    ]
    assert sorted(one.recipients[0] for one in smtp_sink.deliveries) == [
        *["dana@example.com"] * 2,
        *["omar@example.com"] * 2,
        *["zoe@example.com"] * 2,
    ]
    assert list(findings(now=cast.NOW)) == []


def test_a_late_release_sends_nothing_that_is_over(moved_in, smtp_sink):
    released_at = cast.at("2026-03-08", "12:00")
    assert ": 1 reminders" in run(release="oldsoft", now=released_at)
    live(cast.at("2026-03-10", "15:00"), since=released_at)
    sent = Message.objects.filter(state="sent").order_by("due_at")
    assert [(row.appointment_id, row.due_at) for row in sent] == [(moved_in[2].pk, cast.at("2026-03-09", "14:30"))]
    assert len(smtp_sink.deliveries) == 1


def test_how_to_prepare_is_told_where_its_day_lies_ahead_and_not_where_it_is_over(clinic, tmp_path):
    PreparationStep.objects.create(treatment=clinic.consultation, days_before=3, text="Bring your pictures.")
    rows = [*VISITS, ["V4", "1002", "3/4/2026", "9:00 AM", "Ortiz", "Consultation", ""]]
    run(write_csv(tmp_path / "p.csv", PATIENTS), write_csv(tmp_path / "v.csv", rows), *options())
    run(release="oldsoft")
    prepared = Message.objects.filter(kind="preparation").order_by("due_at")
    assert [row.due_at for row in prepared] == [
        cast.at("2026-03-05", "09:00"),
        cast.at("2026-03-05", "10:00"),
        cast.at("2026-03-06", "14:30"),
    ]


def test_what_the_desk_moves_before_the_release_is_told_by_phone(moved_in, clinic):
    staff = By.staff(factories.UserFactory())
    slot = Slot(clinic.consultation, cast.at("2026-03-11", "09:00"), clinic.house, clinic.ortiz)
    moved = scheduling.move(moved_in[0], slot, by=staff, now=cast.NOW)
    assert moved.phone_to_confirm
    assert Message.objects.count() == 0
    run(release="oldsoft")
    reminded = Message.objects.filter(appointment=moved).order_by("due_at")
    assert [row.due_at for row in reminded] == [cast.at("2026-03-09", "09:00"), cast.at("2026-03-10", "09:00")]
    assert list(findings(now=cast.NOW)) == []


def test_what_came_after_a_release_is_held_until_the_next_one(moved_in, tmp_path):
    run(release="oldsoft")
    rows = [VISITS[0], ["V7", "1001", "3/12/2026", "9:00 AM", "Ortiz", "Consultation", ""]]
    said = run(write_csv(tmp_path / "w.csv", rows), *options())
    assert "The messages of 1 visits are held" in said
    newest = Appointment.objects.order_by("-pk").first()
    assert newest.messages.count() == 0
    assert "1 visits released" in run(release="oldsoft")
    assert newest.messages.count() == 2


def test_a_release_twice_writes_nothing_twice(moved_in):
    run(release="oldsoft")
    assert "No visit that came from “oldsoft” is held" in run(release="oldsoft")
    assert Message.objects.count() == 6


def test_visits_of_the_clinics_own_are_told_of_while_an_import_is_held(moved_in, clinic):
    slot = Slot(clinic.consultation, cast.at("2026-03-11", "09:00"), clinic.house, clinic.ortiz)
    own = scheduling.book(slot, patient=clinic.ada, by=By.patient(), now=cast.NOW, source="web")
    assert own.messages.count() == 3
    assert outbox.count_held(Appointment.objects.all()) == 3


def test_staff_and_the_terminal_are_told_that_visits_are_held(moved_in, client):
    client.force_login(factories.UserFactory(is_superuser=True))
    with time_machine.travel(cast.NOW, tick=False):
        page = client.get("/admin/messenger/").content.decode()
        said = StringIO()
        call_command("messages", "state", stdout=said)
        assert "3: no message of them is written" in page
        assert "3 imported visits are held: nobody is told of them before import_clinic --release." in said.getvalue()
        run(release="oldsoft")
        assert "Imported visits not released" not in client.get("/admin/messenger/").content.decode()
