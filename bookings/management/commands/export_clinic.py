"""Take everything out: patients, appointments, hours, leave and more, as CSV and as JSON lines."""

from argparse import RawDescriptionHelpFormatter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from bookings import exports

EXAMPLE = """
Writes NAME.csv and NAME.jsonl of each list into the folder; what their columns are is in docs/moving-in.md. The lists
patients, hours, appointments and leave can be read by import_clinic. The files name patients: keep them like the diary.
"""


class Command(BaseCommand):
    help = "Take everything out, as CSV and as JSON lines, into a folder."

    def create_parser(self, prog_name, subcommand, **kwargs):
        return super().create_parser(
            prog_name, subcommand, epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the files go; made if it is not there")
        parser.add_argument("--progress", type=int, default=10_000, metavar="N", help="say how far it is every N rows")

    def handle(self, *args, folder, progress, **options):
        def say(name: str, count: int) -> None:
            if progress and count % progress == 0:
                self.stderr.write(f"{name}: {count} rows")

        try:
            counts = exports.write(folder, progress=say)
        except OSError as error:
            raise CommandError(f"{folder}: {error.strerror}") from None
        for name, count in counts.items():
            self.stdout.write(f"{name}: {count} rows")
        self.stdout.write(f"Written to {folder}, for its owner only. It names patients: keep it like the diary.")
