"""Write the printable day sheets of each location to a folder: the fallback for when the system is down."""

import datetime as dt
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from bookings.desk import filing
from bookings.desk.opening import dates_to_print
from bookings.management.commands.check_diary import plain
from treatments.models import Location

DETAILS = """
One HTML file for each location and date, such as 2026-03-02-harbor-street.html. It opens in any browser from the disk, without
the server, and prints on Letter and on A4. It holds names, dates of birth and phone numbers: it is written for your
account alone (0600), and deleted a week after its day. Copy it to the desk's computer, or print it.

Without --date, what must be at hand is written: today, the next open day (on a Friday that is Monday, or Tuesday after a
holiday), and any closed day before it on which somebody is still expected. The worker does the same by itself all day
long, at most an hour old; this command writes at once, whatever is there.

  manage.py day_sheets
  manage.py day_sheets --date 2026-03-02 --to /mnt/desk
"""


class Command(BaseCommand):
    help = f"{__doc__}\n{DETAILS}"

    def create_parser(self, *args, **kwargs):
        parser = super().create_parser(*args, **kwargs)
        parser.formatter_class = plain(parser.formatter_class)
        return parser

    def add_arguments(self, parser):
        parser.add_argument("--date", metavar="YYYY-MM-DD", help="the day of this date, at every location")
        parser.add_argument(
            "--to", metavar="FOLDER", type=Path, help="where to write; CLINIC_DAY_SHEETS (day-sheets in var/) otherwise"
        )

    def handle(self, *, date, to, verbosity, **options):
        now, folder, chosen = timezone.now(), to or Path(settings.CLINIC_DAY_SHEETS), _date(date)
        places = list(Location.objects.active())
        if not places:
            raise CommandError("There is no active location, so there is no day to write. Add one in the admin first.")
        count = 0
        try:
            for place in places:
                for day in [chosen] if chosen else dates_to_print(place, timezone.localdate(now, place.zone)):
                    self.stdout.write(str(filing.write(place, day, folder, now=now)))
                    count += 1
            filing.forget(folder, now=now)
        except OSError as error:
            raise CommandError(_cannot_write(folder, error)) from error
        if verbosity:
            self.stderr.write(f"{count} day sheets written to {folder}.")


def _date(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"“{text}” is no date. Write it like 2026-03-02.") from error


def _cannot_write(folder: Path, error: OSError) -> str:
    return (
        f"Cannot write to {folder}: {error.strerror or error}. What was there before is still whole. "
        "Free or allow that folder, or name another one with --to or CLINIC_DAY_SHEETS."
    )
