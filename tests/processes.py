"""Real processes on the test's own database, for what threads cannot prove.

    results = run_together("tests.bookings.races:book_nine_o_clock", [{"patient": 1}, {"patient": 2}])

runs the function once for each entry, every run in a process of its own, all let go at the same instant, and
returns what each returned, in the order of the entries. The test needs `transactional_db`, because others
see only what is committed.

`running(...)` and `serving(...)` keep a program going beside the test; `environment(...)` is what such a program needs.
"""

import atexit
import contextlib
import json
import multiprocessing
import os
import select
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
    here = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return {**here, **ours, **more}


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
    job = {"target": target, "arguments_list": arguments_list}
    with _python(environment(**more), keep=not more) as python:
        outcomes = python.ask(job, seconds=seconds)
    if outcomes is None:
        raise ProcessFailed(f"the processes of {target} ended without an answer")
    return _values(outcomes)


class _Python:
    """A Python with Django set up, which forks for each race: setting Django up takes longer than most races."""

    def __init__(self, environ):
        self.environ = environ
        command = [sys.executable, "-m", "tests.processes"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, env=environ, cwd=ROOT, start_new_session=True, **pipes)

    def ask(self, job, *, seconds):
        """Return what each process of this race answered, or None when it broke off or took longer."""
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        answered, _writes, _errors = select.select([self.process.stdout], [], [], seconds)
        line = self.process.stdout.readline() if answered else ""
        if not line:
            self.end()
        return json.loads(line) if line else None

    def end(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()


_kept: list[_Python] = []


@contextlib.contextmanager
def _python(environ, *, keep):
    """Give the Python of this environment; it is kept for the next race unless its environment is one of a kind."""
    while _kept and (_kept[0].environ != environ or _kept[0].process.poll() is not None) and keep:
        _kept.pop().end()
    python = _kept[0] if _kept and keep else _Python(environ)
    if keep and not _kept:
        _kept.append(python)
    try:
        yield python
    finally:
        if not keep:
            python.end()


atexit.register(lambda: [python.end() for python in _kept])


def _values(outcomes):
    errors = [outcome["error"] for outcome in outcomes if "error" in outcome]
    if errors:
        raise ProcessFailed(f"{len(errors)} of {len(outcomes)} processes failed:\n\n" + "\n".join(errors))
    return [outcome["value"] for outcome in outcomes]


def _main():
    """The other side of `run_together`: set Django up, and for each line with a job fork, race and answer with a line."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever the racers print
    django.setup()
    import_module("tests.cast")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _answer(json.loads(line), answers)
        if os.waitpid(child, 0)[1]:
            answers.write("null\n")
            answers.flush()


def _answer(job, answers):
    module, _, name = job["target"].partition(":")
    outcomes = _race(getattr(import_module(module), name), job["arguments_list"])
    answers.write(json.dumps(outcomes) + "\n")
    answers.flush()
    os._exit(0)


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
