"""./run demo: one command, three programs, and nothing left of them afterwards."""

import signal
import socket
import subprocess
import sys
import urllib.request

import psutil
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from tests.engines import free_port, wait_until
from tests.processes import ROOT, environment


@pytest.fixture
def start_demo(tmp_path):
    """Start the demo on a database and a folder of its own; what it says goes to a file."""
    own = environment(CLINIC_VAR=str(tmp_path), DATABASE_URL=f"sqlite:///{tmp_path / 'db.sqlite3'}")
    own.pop("CLINIC_BASE_URL", None)
    started = []

    def start(port):
        said = (tmp_path / "said").open("w+")
        command = [sys.executable, "manage.py", "demo", "--port", str(port)]
        process = subprocess.Popen(command, env=own, cwd=ROOT, stdout=said, stderr=said, start_new_session=True)
        started.append((process, said))
        return process, tmp_path / "said"

    yield start
    for process, said in started:
        for child in psutil.Process(process.pid).children(recursive=True) if process.poll() is None else ():
            child.kill()
        process.kill()
        process.wait()
        said.close()


def _opened(process, said):
    assert process.poll() is None, said.read_text()
    return "Ctrl-C stops everything" in said.read_text()


def test_the_demo_opens_tells_the_sign_ins_and_stops_without_a_trace(start_demo):
    port = free_port()
    process, said = start_demo(port)
    wait_until(lambda: _opened(process, said), seconds=120, what="the demo")
    children = psutil.Process(process.pid).children(recursive=True)

    with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez") as answer:
        assert answer.status == 200
    assert "desk@example.com" in said.read_text()
    assert len(children) >= 4  # the web server and its workers, the worker, the clock

    process.send_signal(signal.SIGINT)

    assert process.wait(30) == 0
    assert [child for child in children if child.is_running()] == []


def test_a_taken_port_is_told_before_anything_starts():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(CommandError, match=f"127.0.0.1:{port} is taken by another program"):
            call_command("demo", port=port, skip_checks=True)


def test_the_programs_keep_their_files_in_the_folder_of_the_clinic():
    assert settings.CELERY_BEAT_SCHEDULE_FILENAME.startswith(str(settings.VAR_DIR))
    assert settings.STATIC_ROOT.is_relative_to(settings.VAR_DIR)
