"""Starts the clinic itself on this machine: `./run start`."""

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, ProgrammingError, connections

from clinic.demo import seeding
from clinic.management.commands import demo


class Command(demo.Command):
    called = "start"
    is_demo = False
    help = (
        "Run web, worker and clock of this clinic until Ctrl-C. For a first look and for one small machine; "
        "systemd or containers start with the machine and again after a crash (docs/running.md)."
    )

    def _prepare(self):
        try:
            if seeding.is_the_demo():
                raise CommandError(
                    "This database holds the demo. ./run demo starts that; ./run setup FILE makes a clinic of your own."
                )
            if not seeding.holds_a_clinic():
                raise CommandError("There is no clinic in this database yet: ./run setup FILE makes it.")
        except (OperationalError, ProgrammingError) as error:
            raise CommandError("The database has no tables yet: ./run setup FILE makes it.") from error
        call_command("migrate", check_unapplied=True, verbosity=0)
        if demo.static_files_changed():
            call_command("collectstatic", interactive=False, verbosity=0)
        connections.close_all()

    def _announce(self, host, port):
        self.stdout.write(
            f"\nThe clinic is open at {settings.CLINIC_BASE_URL}, and here at http://{demo.own(host)}:{port}"
        )
        self.stdout.write("Ctrl-C stops everything.\n")
        self.stdout.flush()
