"""Starts the demo clinic: `./run demo`."""

import io
import os
import sys
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from clinic.supervisor import AddressTaken, Program, Supervisor, answers, refuse_taken_address

PAGES = (
    ("/", "the public site"),
    ("/book/", "book an appointment"),
    ("/admin/", "the front desk, editors, managers"),
    ("/schedule/", "a clinician's day"),
)
# Celery's advice to run it as a user of its own is for production; a container's only user is often root.
ABOUT_ROOT = "ignore:You're running the worker with superuser privileges"
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  what a person may ask for, not what we choose


class Command(BaseCommand):
    called = "demo"
    is_demo = True
    help = "Prepare the database, seed the demo clinic if it is empty, and run web, worker and clock until Ctrl-C."

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *, host, port, **options):
        supervisor = Supervisor(_programs(host, port))
        try:
            self._check_address(host, port)
            self._prepare()
            if self.is_demo:
                os.environ["CLINIC_DEMO"] = "true"
            os.environ.setdefault("CLINIC_BASE_URL", f"http://{own(host)}:{port}")  # where links in messages lead
            supervisor.listen_to_signals()
            ended = supervisor.run(is_up=lambda: answers(own(host), port), on_up=lambda: self._announce(host, port))
        except KeyboardInterrupt:
            ended = ""
        if ended:
            raise CommandError(f"The {ended} ended by itself, so everything was stopped. Its reason stands above.")
        self.stdout.write("Stopped.")

    def _check_address(self, host, port):
        try:
            refuse_taken_address(host, port)
        except AddressTaken as error:
            raise CommandError(
                f"{error} is taken by another program. Stop it, or choose another port: PORT={port + 1} ./run {self.called}"
            ) from error
        except OSError as error:
            raise CommandError(f"{host} is no address of this machine ({error.strerror}).") from error

    def _prepare(self):
        self.stdout.write("Preparing the database ...")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("seed_demo", if_empty=True, stdout=io.StringIO())  # the sign-ins are shown once all is up
        if static_files_changed():
            call_command("collectstatic", interactive=False, verbosity=0)
        connections.close_all()

    def _announce(self, host, port):
        address = f"http://{own(host)}:{port}"
        self.stdout.write("\nThe clinic is open:\n")
        for path, what in PAGES:
            self.stdout.write(f"  {address}{path:<12} {what}")
        self.stdout.write("\nSign in at /sign-in/ with:\n")
        call_command("seed_demo", sign_ins=True, stdout=self.stdout)
        self.stdout.write(f"\nMail is written to files in {settings.VAR_DIR / 'mail'}. Ctrl-C stops everything.\n")
        self.stdout.flush()


def own(host):
    """The address at which this machine reaches itself."""
    return "127.0.0.1" if host in EVERYWHERE else host


def _programs(host, port):
    python = [sys.executable, "-m"]
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    # Threads, because visitors wait for the database and not for the processor.
    web = ["gunicorn", "clinic.wsgi", "--bind", bind, "--workers", "2", "--threads", "4", "--no-control-socket"]
    web += ["--no-control-socket", "--log-level", "warning"]
    celery = ["celery", "--quiet", "-A", "clinic"]
    worker = ["worker", "--pool", "solo", "--without-mingle", "--without-gossip", "--loglevel", "warning"]
    clock = ["beat", "--loglevel", "warning", "--pidfile", ""]
    return [
        Program("web server", python + web),
        Program("worker", [python[0], "-W", ABOUT_ROOT, "-m", *celery, *worker]),
        Program("clock", python + celery + clock),
    ]


def static_files_changed():
    """True when a static file is newer than the collected ones: collecting takes seconds, looking does not."""
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if not manifest.exists():
        return True
    files = (Path(storage.path(name)) for finder in get_finders() for name, storage in finder.list([]))
    return any(file.stat().st_mtime > manifest.stat().st_mtime for file in files)
