"""Programs of the demo run all together or not at all."""

import os
import signal
import socket
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from clinic.supervisor import AddressTaken, Program, Supervisor, answers, refuse_taken_address
from tests.engines import free_port, wait_until

SLEEP = "import time; time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
WITH_CHILD = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "{SLEEP}"])
open(sys.argv[1], "w").write(str(child.pid))
{SLEEP}
"""


def _python(name, code, *arguments):
    return Program(name, [sys.executable, "-c", code, *arguments])


def _is_alive(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{number}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")  # a zombie is dead


@pytest.fixture
def signals():
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def test_when_one_ends_the_others_are_stopped_and_it_is_named():
    supervisor = Supervisor([_python("web server", SLEEP), _python("clock", "")])

    assert supervisor.run(is_up=lambda: False, on_up=lambda: None) == "clock"
    assert all(program.has_ended() for program in supervisor.programs)


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_and_nothing_is_reported(number):
    supervisor = Supervisor([_python("web server", SLEEP), _python("worker", SLEEP)])
    supervisor.listen_to_signals()

    ended = supervisor.run(is_up=lambda: True, on_up=lambda: signal.raise_signal(number))

    assert ended == ""
    assert all(program.has_ended() for program in supervisor.programs)


def test_a_program_that_ignores_the_wish_is_killed():
    stubborn = _python("worker", STUBBORN)
    supervisor = Supervisor([stubborn, _python("clock", "import time; time.sleep(1)")], grace=0.5)

    supervisor.run(is_up=lambda: False, on_up=lambda: None)

    assert stubborn.process.returncode == -signal.SIGKILL


def test_children_of_a_program_do_not_outlive_it(tmp_path):
    note = tmp_path / "pid"
    parent = _python("web server", WITH_CHILD, str(note))
    parent.start()
    child = int(wait_until(lambda: note.exists() and note.read_text().strip(), what="the child"))

    parent.ask_to_stop()
    parent.kill_all_of_it()

    wait_until(lambda: not _is_alive(child), what="the child's end")
    assert not _is_alive(child)


def test_all_is_announced_once_when_the_address_answers():
    announcements = []
    supervisor = Supervisor([_python("web server", "import time; time.sleep(1)")])

    supervisor.run(is_up=lambda: True, on_up=lambda: announcements.append(time.monotonic()))

    assert len(announcements) == 1


def test_a_web_server_answers_and_a_free_port_does_not(live_server):
    address = urlsplit(live_server.url)

    assert answers(address.hostname, address.port) is True
    assert answers("127.0.0.1", free_port()) is False


def test_a_taken_address_is_refused_and_a_free_one_is_not():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(AddressTaken, match=f"127.0.0.1:{port}"):
            refuse_taken_address("127.0.0.1", port)

    refuse_taken_address("127.0.0.1", free_port())


def test_an_address_of_another_machine_is_an_error():
    with pytest.raises(OSError, match="assign"):
        refuse_taken_address("192.0.2.1", 8000)
