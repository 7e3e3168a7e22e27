"""Starts the site on a practice copy: `./run rehearse`."""

import os
import subprocess
import sys

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections

from bookings.management.commands.check_diary import plain
from clinic.keeping import engines
from clinic.management.commands import demo
from clinic.rehearsal import place


class Command(demo.Command):
    called = "rehearse"
    is_demo = False
    help = """Copy the database and run web, worker and clock on the copy until Ctrl-C, beside the clinic itself.

Every page says that it is a rehearsal. Nothing is sent, whatever is pressed: no email, no text, no ping. Staff sign in with
their own password and code. What is done there stays there, until the next copy is made.

  rehearse                       a new copy, then http://127.0.0.1:8100
  rehearse --keep                the copy of last time, as staff left it
  rehearse --invent-names        names and dates of birth invented too
  rehearse --base-url https://practice.clinic.example.com
                                 for other computers: behind your proxy, which keeps HTTPS, at that address"""

    def create_parser(self, *args, **kwargs):
        parser = super().create_parser(*args, **kwargs)
        parser.formatter_class = plain(parser.formatter_class)
        return parser

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.set_defaults(port=8100)
        parser.add_argument("--keep", action="store_true", help="do not copy anew, if there is a copy")
        parser.add_argument("--invent-names", action="store_true", help="invent names and dates of birth as well")
        parser.add_argument("--base-url", default="", metavar="URL", help="where other computers reach it, by https")

    def handle(self, *, host, port, keep, invent_names, base_url, **options):
        self.base_url = base_url.rstrip("/") or f"http://{demo.own(host)}:{port}"
        self.keep, self.invent_names = keep, invent_names
        if demo.own(host) not in place.LOCAL and not base_url.startswith("https://"):
            raise CommandError(
                f"Other computers would reach {host} without encryption, and names are real. Leave HOST alone and name "
                "the address of your proxy by --base-url https://..."
            )
        super().handle(host=host, port=port, **options)

    def _prepare(self):
        if not (self.keep and engines.of(place.database()).exists()):
            call_command("make_rehearsal_copy", invent_names=self.invent_names, stdout=self.stdout)
        environment = place.environment(self.base_url)
        connections.close_all()
        collect = [
            sys.executable,
            str(settings.BASE_DIR / "manage.py"),
            "collectstatic",
            "--no-input",
            "--verbosity",
            "0",
        ]
        if subprocess.run(collect, env=environment, check=False).returncode:  # noqa: S603  ours
            raise CommandError("The rehearsal could not be prepared; the reason stands above.")
        os.environ.update(environment)  # what the programs of the rehearsal inherit

    def _announce(self, host, port):
        self.stdout.write(f"\nThe rehearsal is open: {self.base_url}\n")
        for path, what in demo.PAGES:
            self.stdout.write(f"  {self.base_url}{path:<12} {what}")
        self.stdout.write("\nStaff sign in as always. Nothing is sent from here. Ctrl-C stops it.\n")
        self.stdout.flush()
