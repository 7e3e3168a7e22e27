"""Copies the diary to practise on: `./run rehearse` does it too, and starts the site on it."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from bookings.management.commands.check_diary import plain
from clinic.keeping.refusals import Refused
from clinic.rehearsal import copying


class Command(BaseCommand):
    help = """Copy the database, while the clinic works, to one that staff practise on.

Every email address, phone number and note on the copy is invented; links, sessions and invitations are gone; messages are
paused for good. Patients keep their names and dates of birth, so that staff find people they know: the copy is still
personal data, and it lies where only this account reads it. A copy made before is replaced.

  make_rehearsal_copy                   visits, names and dates of birth as they are
  make_rehearsal_copy --invent-names    names and dates of birth invented too: for a class, a screen recording, a vendor"""

    def create_parser(self, *args, **kwargs):
        parser = super().create_parser(*args, **kwargs)
        parser.formatter_class = plain(parser.formatter_class)
        return parser

    def add_arguments(self, parser):
        parser.add_argument("--invent-names", action="store_true", help="invent names and dates of birth as well")

    def handle(self, *, invent_names, **options):
        try:
            name = copying.make(now=timezone.now(), invent_names=invent_names, say=self.stdout.write)
        except Refused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"The practice copy is {name}. Start it: ./run rehearse --keep")
