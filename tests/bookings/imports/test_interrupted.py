"""An import that is killed goes on where it stopped, without a double: real processes on the test's own database."""

import signal
import subprocess
import sys

import pytest
from django.utils import timezone

from bookings.findings import findings
from bookings.models import Appointment, AppointmentEvent, ImportedRow, Occupancy, Patient
from tests import cast
from tests.bookings.imports.slow import PATIENTS, VISITS, write_long_lists
from tests.engines import wait_until
from tests.processes import ROOT, environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine]


@pytest.fixture
def clock(tmp_path):
    """The file by which the programs believe it is `cast.NOW`."""
    file = tmp_path / "clock"
    file.write_text(str((cast.NOW - timezone.now()).total_seconds()))
    return file


def start(files, clock):
    command = [
        sys.executable,
        "manage.py",
        "import_clinic",
        *map(str, files),
        "--source",
        "oldsoft",
        "--progress",
        "200",
    ]
    own = environment(CLINIC_CLOCK_FILE=str(clock))
    return subprocess.Popen(command, env=own, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


@pytest.mark.parametrize(("model", "enough"), [(ImportedRow, 1), (Appointment, 1)])
def test_a_killed_import_goes_on_without_a_double(tmp_path, clock, model, enough):
    cast.open_clinic()
    known = Patient.objects.count()
    files = write_long_lists(tmp_path)
    first = start(files, clock)
    wait_until(lambda: model.objects.count() >= enough, seconds=60, what="the first rows")
    first.send_signal(signal.SIGKILL)
    first.wait()
    first.stderr.close()
    done = ImportedRow.objects.count()
    assert 0 < done < PATIENTS + VISITS
    second = start(files, clock)
    _out, said = second.communicate(timeout=120)
    assert (second.returncode, said.count(b"Traceback")) == (0, 0)
    assert Patient.objects.count() == known + PATIENTS
    assert Appointment.objects.count() == AppointmentEvent.objects.count() == VISITS
    assert Occupancy.objects.count() == 2 * VISITS
    assert ImportedRow.objects.count() == PATIENTS + VISITS
    assert list(findings(now=cast.NOW)) == []


def test_two_imports_of_one_list_at_once_make_nothing_twice(tmp_path, clock):
    cast.open_clinic()
    known = Patient.objects.count()
    files = write_long_lists(tmp_path)
    both = [start(files, clock), start(files, clock)]
    said = [each.communicate(timeout=180)[1] for each in both]
    assert [each.returncode for each in both] == [0, 0], said
    assert Patient.objects.count() == known + PATIENTS
    assert Appointment.objects.count() == VISITS
    assert list(findings(now=cast.NOW)) == []
