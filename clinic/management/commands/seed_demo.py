"""Fill an empty database with the demo clinic."""

import datetime as dt
from argparse import ArgumentTypeError

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError
from django.utils import timezone

from clinic.demo import seeding
from clinic.demo.accounts import sign_in_table


class Command(BaseCommand):
    help = (
        "Fill an empty database with a believable demo clinic, the same for the same day. Nothing is sent to anybody."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--today",
            type=_date,
            metavar="YYYY-MM-DD",
            help="the clinic's date; it is then 10:55 there. Default: this moment.",
        )
        parser.add_argument(
            "--appointments", type=_count, default=0, metavar="N", help="so many older visits more, for load tests"
        )
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when the database already holds a clinic"
        )
        parser.add_argument("--sign-ins", action="store_true", help="print the demo sign-ins, and do nothing else")

    def handle(self, *, today, appointments, if_empty, sign_ins, **options):
        if sign_ins:
            self.stdout.write(sign_in_table())
            return
        if self._holds_a_clinic():
            self._refuse(if_empty)
            return
        zone = timezone.get_default_timezone()
        now = seeding.morning_of(today, zone) if today else timezone.now().replace(second=0, microsecond=0)
        seeding.seed(today=today or timezone.localdate(now, zone), now=now, load=appointments, say=self._say)
        self._say("The demo clinic is ready.")
        self.stdout.write("Sign in with:\n" + sign_in_table())

    def _holds_a_clinic(self) -> bool:
        try:
            return seeding.holds_a_clinic()
        except (OperationalError, ProgrammingError) as error:
            raise CommandError("The database has no tables yet: run `manage.py migrate` first.") from error

    def _refuse(self, if_empty: bool) -> None:
        """Say that there is a clinic already; an error unless that was expected."""
        whose = "the demo clinic" if seeding.is_the_demo() else "a clinic that is not the demo"
        if if_empty:
            self._say(f"The database already holds {whose}; nothing to seed.")
            return
        raise CommandError(
            f"The database already holds {whose}. Seeding writes into an empty one only: "
            "point DATABASE_URL at a new database and run `manage.py migrate` first, or pass --if-empty."
        )

    def _say(self, line: str) -> None:
        self.stderr.write(line)


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a date; write one like 2026-11-23") from error


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is not a number of appointments; write one like 20000")
    return int(text)
