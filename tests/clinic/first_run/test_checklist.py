"""`/admin/setup/`: each line is green for a reason, and red with one."""

import datetime as dt
import io

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.models import Appointment, Patient, Resource, Tick, TimeOff, WorkingHours
from clinic import roles
from clinic.demo.accounts import DEMO_EMAILS
from clinic.first_run import checklist
from clinic.keeping.manifests import Manifest
from clinic.models import SetupMark, User
from tests import cast, desk, factories
from tests.clinic.first_run.test_setup_clinic import EXAMPLE
from treatments.models import Clinician, Location, Treatment

pytestmark = pytest.mark.django_db
NOW = cast.NOW


@pytest.fixture(autouse=True)
def made(time_machine):
    """The clinic of the example, right after its setup."""
    time_machine.move_to(NOW)
    roles.apply_roles()
    call_command("setup_clinic", str(EXAMPLE), stdout=io.StringIO())


@pytest.fixture
def manager(client):
    client.force_login(desk.member(roles.MANAGER))
    return client


def missing(what):
    (line,) = [line for line in checklist.lines(now=NOW) if line.what == what]
    return line.missing


def test_after_the_setup_the_offer_is_complete_and_the_rest_says_what_is_missing():
    done = [line.what for line in checklist.lines(now=NOW) if line.is_done]
    assert done == [
        *("The clinic has a name, and a neutral one for messages", "No account of the demo can sign in"),
        *("Each location has its address, phone and hours", "Public holidays are in the diary"),
        *("Treatments are offered", "Each treatment has a clinician with hours"),
        *("Rooms and devices are there for what needs them", "Everybody who signs in has a second factor"),
        *("Each treatment has a free time", "A visit can be booked"),
    ]


SPOILS = {
    "Each location has its address, phone and hours": (
        lambda: Location.objects.get().opening_hours.all().delete(),
        ["Main Street has no opening hours."],
    ),
    "Public holidays are in the diary": (
        lambda: TimeOff.objects.all().delete(),
        ["Main Street is open on all public holidays ahead."],
    ),
    "Treatments are offered": (lambda: Treatment.objects.update(active=False), ["No treatment is offered."]),
    "Each treatment has a clinician with hours": (
        lambda: WorkingHours.objects.filter(resource__name="Sam Ikeda").delete(),
        ["Sam Ikeda, DPT has no hours."],
    ),
    "Rooms and devices are there for what needs them": (
        lambda: Resource.objects.filter(name="C-arm").update(active=False),
        ["Epidural steroid injection needs C-arm (X-ray), and there is none."],
    ),
    "Each treatment has a free time": (
        lambda: Resource.objects.filter(name="Ultrasound").update(active=False),
        ["Nerve block has no free time."],
    ),
    "Everybody who signs in has a second factor": (
        lambda: User.objects.filter(email="morgan@example.com").update(is_active=True),
        ["Morgan Reyes signs in without a second factor."],
    ),
    "No account of the demo can sign in": (
        lambda: factories.UserFactory(email=min(DEMO_EMAILS)),
        ["1 demo accounts are in this database."],
    ),
}


@pytest.mark.parametrize("what", SPOILS)
def test_what_is_spoiled_turns_its_line_red_with_the_reason(what):
    spoil, reasons = SPOILS[what]
    assert missing(what) == []
    spoil()
    assert missing(what) == reasons


def test_nobody_who_gives_a_treatment_is_said():
    Clinician.objects.filter(name="Sam Ikeda").update(active=False)
    assert missing("Each treatment has a clinician with hours") == [
        "Nobody gives Physical therapy, first visit.",
        "Nobody gives Physical therapy session.",
    ]


@pytest.mark.parametrize(
    ("hours", "missing_lines"),
    [(35, []), (36, ["No backup of the last day and a half. Run ./run backup, and see docs/backups.md."])],
)
def test_a_backup_counts_for_a_day_and_a_half(settings, tmp_path, hours, missing_lines):
    settings.CLINIC_BACKUPS = str(tmp_path)
    manifest = Manifest(created_at=NOW - dt.timedelta(hours=hours), engine="sqlite", migrations={}, counts={})
    (tmp_path / "clinic-1.age").write_bytes(b"sealed")
    (tmp_path / "clinic-1.json").write_text(manifest.of_file(size=len(b"sealed"), sha256="").written())

    assert missing("A backup was made and read back") == missing_lines


def test_a_backup_that_was_never_made_is_missing(settings, tmp_path):
    settings.CLINIC_BACKUPS = str(tmp_path)
    assert len(missing("A backup was made and read back")) == 1


def test_worker_and_clock_are_green_while_they_tick():
    running = "Worker and clock are running, and nothing is late"
    assert missing(running) == ["no tick"]
    Tick.objects.update_or_create(name="tick", defaults={"at": NOW - dt.timedelta(seconds=30)})
    assert missing(running) == []


@pytest.mark.parametrize("more", [1, 3])
def test_the_page_takes_as_many_statements_for_a_larger_clinic(manager, more):
    for _number in range(more):
        factories.TreatmentFactory(), factories.LocationFactory(), factories.ClinicianFactory()
    manager.get("/admin/setup/")
    with CaptureQueriesContext(connection) as page:
        assert manager.get("/admin/setup/").status_code == 200

    assert len(page) == 26


def test_a_test_booking_from_the_page_says_what_it_held_and_leaves_nothing(manager):
    page = manager.post("/admin/setup/booking/", follow=True)
    assert "Booked and taken back: Consultation, " in page.text
    assert (Patient.objects.count(), Appointment.objects.count()) == (0, 0)


def test_texts_are_marked_as_read_by_whom(manager):
    page = manager.post("/admin/setup/texts/", follow=True)
    mark = SetupMark.objects.get(name="texts")
    assert ("Noted: the texts were read." in page.text, mark.by.is_active, mark.at.date()) == (True, True, NOW.date())


def test_what_cannot_be_tried_is_said(manager):
    Treatment.objects.update(active=False)
    assert "No treatment has a free time." in manager.post("/admin/setup/booking/", follow=True).text
    assert "EMAIL_URL is not set" in manager.post("/admin/setup/mail/", follow=True).text


@pytest.mark.parametrize("role", [roles.FRONT_DESK, roles.EDITOR])
def test_the_list_is_the_managers(role, client):
    client.force_login(desk.member(role))
    assert [client.get("/admin/setup/").status_code, client.post("/admin/setup/texts/").status_code] == [403, 403]
    assert not SetupMark.objects.filter(name="texts").exists()


def test_there_are_three_deeds_and_no_fourth(manager):
    assert manager.post("/admin/setup/other/").status_code == 404
