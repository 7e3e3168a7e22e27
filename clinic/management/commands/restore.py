"""Put a backup in the place of the database."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from bookings.management.commands.check_diary import plain
from clinic.keeping import Refused, engines, evidence, folder, opening, restoring, sealing
from clinic.keeping.refusals import in_words

SHOWN = 10
NEXT = """Restored. Messages are paused: what went out after this backup looks unsent in it, and nobody shall be told twice.

  1. Staff sign in again. Whoever left after the backup was made has an account again: see them off once more.
  2. What was booked, moved or canceled since is not in it: the day sheets and people's mail say what.
  3. Start web, worker and clock. /admin/messenger/ (or `manage.py messages state`) shows what is due and what is too late.
  4. `manage.py messages release` lets messages go out again."""


class Command(BaseCommand):
    help = """Put a backup in the place of the database. Stop web, worker and clock first.

  restore FILE --identity KEYFILE      FILE as ./run backup made it; KEYFILE holds the secret key

Everything is read, migrated if it is older than this program, and checked in a database beside the present one. Only then,
in one step, it takes its place, with messages paused and nobody signed in. The present database is kept aside. A failure at
any moment before that leaves it in place, unchanged."""
    requires_system_checks = []

    def create_parser(self, *args, **kwargs):
        parser = super().create_parser(*args, **kwargs)
        parser.formatter_class = plain(parser.formatter_class)
        return parser

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--identity", type=Path, metavar="KEYFILE", help="a file with the secret key")
        parser.add_argument(
            "--while-running", action="store_true",
            help="although web or worker seem to run: what they write from now on may be lost",
        )  # fmt: skip

    def handle(self, *args, file, identity, while_running, **options):
        try:
            with in_words():
                done = self._restore(file, sealing.identities(identity) if identity else None, while_running)
        except Refused as error:
            raise CommandError(f"{error}\nNothing was changed.") from None
        self._tell(done)

    def _restore(self, file, keys, while_running):
        engine = engines.of()
        if not while_running:
            evidence.refuse_running(engine, now=timezone.now, say=self.stderr.write)
        with folder.drafting() as draft:
            self.stderr.write(f"Reading {file.name} ...")
            backup = opening.opened(file, keys, draft)
            return restoring.restore(engine, backup, draft, now=timezone.now(), say=self.stderr.write)

    def _tell(self, done):
        for finding in done.findings[:SHOWN]:
            self.stdout.write(str(finding))
        if done.findings:
            self.stdout.write(
                f"The diary has {len(done.findings)} findings; `manage.py check_diary` names all of them."
            )
        if done.aside:
            self.stdout.write(f"The database before is kept: {done.aside}")
        self.stdout.write(NEXT)
