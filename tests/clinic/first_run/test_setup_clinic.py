"""`manage.py setup_clinic`: a clinic from answers, in one go, twice the same, never over the demo."""

import datetime as dt
import io
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.core import mail
from django.core.management import CommandError, call_command

from bookings import availability
from bookings.models import Appointment, AppointmentEvent, Message, Patient, Resource, TimeOff, WorkingHours
from clinic import roles
from clinic.demo.accounts import DEMO_EMAILS
from clinic.models import Invitation, SetupMark, User
from tests import cast, factories
from tests.processes import ROOT, environment
from treatments.models import Clinician, Location, Treatment

EXAMPLE = ROOT / "docs" / "first-run.example.yaml"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(time_machine):
    time_machine.move_to(cast.NOW)
    roles.apply_roles()


def run(*options, file=EXAMPLE):
    out = io.StringIO()
    call_command("setup_clinic", str(file), *options, stdout=out)
    return out.getvalue()


def everything():
    models = (Location, Treatment, Clinician, Resource, WorkingHours, TimeOff, User, Invitation)
    return {model.__name__: model.objects.count() for model in models}


def changed(tmp_path, change):
    found = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    change(found)
    file = tmp_path / "answers.yaml"
    file.write_text(yaml.safe_dump(found), encoding="utf-8")
    return file


@pytest.mark.engine
def test_the_answers_make_a_clinic_in_which_every_treatment_has_a_free_time():
    said = run()
    assert everything() == {
        "Location": 1, "Treatment": 7, "Clinician": 2, "Resource": 10, "WorkingHours": 17, "TimeOff": 27, "User": 2,
        "Invitation": 2,
    }  # fmt: skip
    free = availability.next_times(Treatment.objects.active(), count=1, now=cast.NOW)
    assert [len(times) for times in free.values()] == [1] * 7
    assert said.count("/invitation/") == 2


@pytest.mark.engine
def test_the_test_booking_leaves_nothing_behind():
    assert "Test booking, taken back at once: Consultation, " in run()
    assert [model.objects.count() for model in (Patient, Appointment, AppointmentEvent, Message)] == [0, 0, 0, 0]
    assert list(SetupMark.objects.values_list("name", flat=True)) == ["booking"]


def test_the_same_answers_again_make_nothing_twice():
    run()
    before = everything()
    said = run()
    assert (everything(), said.count(": made"), said.count("/invitation/")) == (before, 0, 0)


def test_who_has_not_accepted_is_named_with_the_way_to_a_new_link():
    assert "has not opened" not in run()
    User.objects.filter(email="jordan@example.com").update(is_active=True)
    User.objects.create_user("gone@example.com", None, name="Gone Away", is_active=False, left_at=cast.NOW)
    told = [line for line in run().splitlines() if "has not opened" in line]
    assert told == [
        "Morgan Reyes has not opened the invitation yet. For a new link: .venv/bin/python manage.py invite morgan@example.com"
    ]


def test_what_the_clinic_has_changed_since_stays_and_the_rest_is_brought_up_to_date(tmp_path):
    run()
    Treatment.objects.filter(slug="consultation").update(minutes=50, summary="Ours.")
    WorkingHours.objects.filter(weekday=0).delete()
    said = run(file=changed(tmp_path, lambda found: found["locations"][0].update(street="14 Main Street")))
    assert "Location Main Street: brought up to date" in said
    assert Location.objects.get().street == "14 Main Street"
    assert Treatment.objects.get(slug="consultation").minutes == 50
    assert WorkingHours.objects.filter(weekday=0).count() == 0


def test_a_clinician_with_an_address_is_invited_and_stands_in_the_diary():
    run()
    user = User.objects.get(email="jordan@example.com")
    assert (user.clinician.name, [group.name for group in user.groups.all()], user.is_staff, user.is_active) == (
        *("Jordan Lindqvist", [roles.CLINICIAN], False, False),
    )


@pytest.mark.engine
def test_answers_that_fail_half_way_write_nothing(tmp_path):
    long = changed(
        tmp_path, lambda found: found["clinicians"][1].update(treatments=["consultation"], credentials="x" * 900)
    )
    with pytest.raises(
        CommandError, match="Clinician Sam Ikeda, credentials: Ensure this value has at most 80 characters"
    ):
        run(file=long)
    assert Location.objects.count() == 0


def test_a_demo_is_never_made_a_clinic():
    for email in DEMO_EMAILS:
        factories.UserFactory(email=email)
    with pytest.raises(CommandError, match="demo and real never mix"):
        run()


def test_only_checking_writes_nothing():
    assert run("--check").endswith("can be used.\n")
    assert Location.objects.count() == 0


def test_the_test_letter_is_in_the_managers_mailbox_and_says_nothing(settings):
    settings.EMAIL_URL = "smtp://mail.example.com"
    assert "taken by the mail server for morgan@example.com" in run()
    (letter,) = mail.outbox
    assert (letter.to, "pain" in (letter.subject + letter.body).lower()) == (["morgan@example.com"], False)
    assert sorted(SetupMark.objects.values_list("name", flat=True)) == ["booking", "mail"]


def test_a_mail_server_that_is_away_is_said_and_the_clinic_is_made(settings):
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert "Test letter: The mail server did not take it: [Errno 111] Connection refused" in run()
    assert Location.objects.count() == 1


# --- .env ------------------------------------------------------------------------------------------------------------


def test_the_environment_gets_what_is_missing_and_keeps_what_is_there(tmp_path):
    file = tmp_path / ".env"
    file.write_text("# mine\nCLINIC_NAME=Ours\n", encoding="utf-8")
    said = run("--environment", "--env-file", str(file))
    assert "It sets CLINIC_NAME otherwise than the answers, and that stays." in said
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["# mine", "CLINIC_NAME=Ours"]
    assert {"ALLOWED_HOSTS='clinic.cedarhollow.test'", "CLINIC_HTTPS=true"} <= set(lines)
    assert (stat.S_IMODE(file.stat().st_mode), run("--environment", "--env-file", str(file)).split(": ")[1][:14]) == (
        *(0o600, "nothing to add"),
    )


def test_on_this_machine_alone_no_https_is_asked_for_and_the_code_of_an_app_all_the_same(tmp_path):
    answers = changed(tmp_path, lambda found: found["clinic"].update(address="http://localhost:8000"))
    run("--environment", "--env-file", str(tmp_path / ".env"), file=answers)
    lines = (tmp_path / ".env").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith(("CLINIC_HTTPS", "CLINIC_SECOND_FACTOR"))] == [
        "CLINIC_SECOND_FACTOR=true"
    ]


def test_postgresql_gets_a_key_that_machines_share(tmp_path):
    answers = changed(tmp_path, lambda found: found["server"].update(database="postgres://clinic:x@db/clinic"))
    run("--environment", "--env-file", str(tmp_path / ".env"), file=answers)
    keys = [
        line for line in (tmp_path / ".env").read_text(encoding="utf-8").splitlines() if line.startswith("SECRET_KEY")
    ]
    assert [len(line) > 60 for line in keys] == [True]


# --- By doing --------------------------------------------------------------------------------------------------------


def test_from_an_empty_folder_to_a_clinic_in_processes_of_its_own(tmp_path):
    env = environment(DATABASE_URL="", CLINIC_VAR=str(tmp_path / "var"), EMAIL_URL="", REDIS_URL="")
    first = manage("setup_clinic", str(EXAMPLE), env=env)
    assert (first.returncode, "run `manage.py migrate` first" in first.stderr) == (1, True)
    assert manage("migrate", "-v0", env=env).returncode == 0
    done = manage("setup_clinic", str(EXAMPLE), env=env)
    assert (done.returncode, "Test booking, taken back at once" in done.stdout) == (0, True)
    diary = manage("check_diary", env=env)
    assert (diary.returncode, diary.stderr.strip()) == (0, "0 appointments compared, 0 findings.")
    assert os.listdir(tmp_path) == ["var"]


def manage(*arguments, env):
    command = [sys.executable, str(Path(ROOT) / "manage.py"), *arguments]
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


def test_public_holidays_ahead_close_each_location():
    run()
    dates = [
        off.start.astimezone(off.location.zone).date()
        for off in TimeOff.objects.filter(note="Juneteenth National Independence Day")
    ]
    assert sorted(dates) == [dt.date(2026, 6, 19), dt.date(2027, 6, 19)]
    assert TimeOff.objects.filter(start__lt=cast.NOW).count() == 0
