"""Real processes on the test's own database, for what threads cannot prove.

    results = run_together("tests.bookings.races:book_nine_o_clock", [{"patient": 1}, {"patient": 2}])

runs the function once for each entry, every run in a process of its own, all let go at the same instant, and
returns what each returned, in the order of the entries. The test needs `transactional_db`, because others
see only what is committed.

`running(...)` and `serving(...)` keep a program going beside the test; `environment(...)` is what such a program needs.
"""

import contextlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import traceback
import urllib.error
import urllib.parse
import urllib.request
from importlib import import_module
from pathlib import Path

import django
from django.db import connection

from tests.engines import free_port, wait_until

ROOT = Path(__file__).resolve().parent.parent


class ProcessFailed(Exception):
    """A process ended with an exception nobody caught; the text is its traceback."""


# --- Programs beside the test ---------------------------------------------------------------------------------------


def environment(**more: str) -> dict[str, str]:
    """Return the environment for a program that works on the test's database, with `more` on top (REDIS_URL ...)."""
    ours = {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "clinic.settings", "PYTHONPATH": str(ROOT)}
    return {**os.environ, **ours, **more}


def database_url() -> str:
    """Return the address of the database this test runs on, not of the one the settings name."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urllib.parse.urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


@contextlib.contextmanager
def running(*command: str, **more: str):
    """Run `python COMMAND...` during the block and stop it after it, with all it started; yields the `Popen`."""
    process = subprocess.Popen(
        [sys.executable, *command], env=environment(**more), cwd=ROOT, start_new_session=True, stdin=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        _end(process)


def _end(process):
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextlib.contextmanager
def serving(**more: str):
    """Serve the test's database from a real gunicorn during the block; yields its address."""
    address = f"127.0.0.1:{free_port()}"
    options = ["--workers", "2", "--threads", "4", "--no-control-socket", "--log-level", "warning"]
    with running("-m", "gunicorn", "clinic.wsgi", "--bind", address, *options, **more) as process:
        wait_until(lambda: _is_up(process, f"http://{address}/livez"), seconds=30, what="gunicorn")
        yield f"http://{address}"


def _is_up(process, url):
    if process.poll() is not None:
        raise ProcessFailed(f"the web server ended at once, with exit code {process.returncode}")
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except urllib.error.HTTPError as error:
        raise ProcessFailed(f"{url} answered {error.code}") from error
    except OSError:
        return False


# --- Many at once ---------------------------------------------------------------------------------------------------


def run_together(target: str, arguments_list: list, *, seconds: float = 120, **more: str) -> list:
    """Run `module:function` once per entry, in processes let go together, and return their results in order.

    An entry is a dict of keyword arguments or a list of positional ones; entries and results travel as JSON. `more`
    goes into the environment. Raises ProcessFailed with all tracebacks when one raised: it catches what it expects.
    """
    job = json.dumps({"target": target, "arguments_list": arguments_list})
    command = [sys.executable, "-m", "tests.processes"]
    finished = subprocess.run(
        command,
        check=False,
        input=job,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(**more),
        cwd=ROOT,
        timeout=seconds,
    )
    if finished.returncode:
        raise ProcessFailed(f"the processes of {target} could not be started (exit code {finished.returncode})")
    return _values(json.loads(finished.stdout.splitlines()[-1]))


def _values(outcomes):
    errors = [outcome["error"] for outcome in outcomes if "error" in outcome]
    if errors:
        raise ProcessFailed(f"{len(errors)} of {len(outcomes)} processes failed:\n\n" + "\n".join(errors))
    return [outcome["value"] for outcome in outcomes]


def _main():
    """The other side of `run_together`: one fresh Python sets Django up, then forks a process per entry."""
    job = json.load(sys.stdin)
    django.setup()
    module, _, name = job["target"].partition(":")
    outcomes = _race(getattr(import_module(module), name), job["arguments_list"])
    sys.stdout.write("\n" + json.dumps(outcomes) + "\n")


def _race(function, arguments_list):
    # Forked before anything has been connected, so that every process opens a connection of its own.
    context = multiprocessing.get_context("fork")
    start = context.Barrier(len(arguments_list))
    lanes = []
    for arguments in arguments_list:
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_lane, args=(function, arguments, start, theirs))
        process.start()
        theirs.close()
        lanes.append((process, ours))
    return [_outcome(*lane) for lane in lanes]


def _lane(function, arguments, start, answers):
    connection.ensure_connection()
    start.wait(60)
    try:
        value = function(**arguments) if isinstance(arguments, dict) else function(*arguments)
        answers.send({"value": value})
    except Exception:  # noqa: BLE001  whatever it is, the test has to see it
        answers.send({"error": traceback.format_exc()})
    connection.close()


def _outcome(process, answers):
    try:
        outcome = answers.recv()
    except EOFError:
        outcome = {"error": f"a process ended without an answer (exit code {process.exitcode})"}
    process.join()
    return outcome


if __name__ == "__main__":
    _main()
