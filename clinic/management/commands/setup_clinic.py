"""From answers to a clinic: `./run setup`."""

from argparse import RawDescriptionHelpFormatter
from pathlib import Path

import yaml
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError, transaction
from django.utils import timezone

from clinic.demo import seeding
from clinic.first_run import answers, environment, house, questions, trial
from clinic.models import Invitation, User
from clinic.staff import invitations

EXAMPLE = """
The answers are a YAML file; docs/first-run.example.yaml shows all of it. `./run setup FILE` takes these steps:

  setup_clinic FILE --ask            ask for the answers and write them into FILE, which must not be there yet
  setup_clinic FILE --check          read the answers and say what is wrong with them; nothing is written
  setup_clinic FILE --environment    add to .env what it does not set yet
  migrate
  setup_clinic FILE                  make the clinic, or bring it up to date; print the invitations of new accounts

Run again, it makes nothing twice. Treatments and hours that are there already belong to the clinic and stay as they are.
"""


class Command(BaseCommand):
    help = "Make a clinic of your own from a file of answers: places, treatments, people, hours, rooms, accounts."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name, subcommand, **kwargs):
        return super().create_parser(
            prog_name, subcommand, epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE", help="the answers")
        parser.add_argument("--ask", action="store_true", help="only ask for the answers, and write FILE")
        parser.add_argument("--check", action="store_true", help="only say whether the answers can be used")
        parser.add_argument("--environment", action="store_true", help="only add to .env")
        parser.add_argument("--env-file", type=Path, default=settings.BASE_DIR / ".env", help="instead of .env here")

    def handle(self, *, file, ask, check, environment, env_file, **options):
        if ask:
            self._ask(file)
            return
        try:
            found = answers.read(file)
        except answers.Wrong as error:
            reasons = "\n  ".join(error.reasons)
            raise CommandError(f"{file} cannot be used yet. Nothing was written.\n  {reasons}") from None
        if check:
            self.stdout.write(f"{file} can be used.")
        elif environment:
            self._environment(found, env_file)
        else:
            self._clinic(found)

    def _ask(self, file):
        if file.exists():
            raise CommandError(f"{file} is there already. Change it and use it, or name another file.")
        found = {}
        try:
            questions.interview(found, ask=input, say=self.stdout.write)
        except (EOFError, KeyboardInterrupt):
            self._keep(found, file)
            raise CommandError(f"Stopped. What you answered is in {file}; --check says what is missing.") from None
        self._keep(found, file)
        self.stdout.write(f"\nYour answers are in {file}: look through them, and add what was not asked.")

    def _keep(self, found, file):
        lines = yaml.safe_dump(found, sort_keys=False, allow_unicode=True, width=120)
        file.write_text(questions.HEAD + lines, encoding="utf-8")

    def _environment(self, found, env_file):
        added, otherwise = environment.add_to(env_file, environment.wanted(found))
        self.stdout.write(f"{env_file}: added {', '.join(added)}." if added else f"{env_file}: nothing to add.")
        if otherwise:
            self.stdout.write(
                f"It sets {', '.join(otherwise)} otherwise than the answers, and that stays. Change it there."
            )

    def _clinic(self, found):
        now = timezone.now()
        self._refuse_demo()
        try:
            with transaction.atomic():
                new = house.build(found, now=now, say=self.stdout.write)
                tokens = [(user, invitations.invite(user, by=None, now=now)) for user in new]
        except house.Unfit as error:
            raise CommandError(f"Nothing was written.\n  {error}") from None
        for user, token in tokens:
            self.stdout.write(
                f"\nInvitation for {user.name}, good once and for {settings.CLINIC_INVITATION_HOURS} hours:"
            )
            self.stdout.write(f"  {invitations.address(token)}")
        self._remind_of_invitations([user for user, _token in tokens])
        self._try(found, now=now)
        address = settings.CLINIC_BASE_URL.rstrip("/")
        self.stdout.write(f"\nWhat is still to do stands at {address}/admin/setup/")

    def _remind_of_invitations(self, just_invited):
        """Whoever lost the link of an earlier run needs another one: what is kept of it opens nothing."""
        unused = Invitation.objects.filter(used_at=None).exclude(user__in=just_invited)
        for user in User.objects.filter(is_active=False, left_at=None, invitations__in=unused).order_by("pk"):
            self.stdout.write(
                f"\n{user.name} has not opened the invitation yet. For a new link: "
                f".venv/bin/python manage.py invite {user.email}"
            )

    def _refuse_demo(self):
        try:
            if seeding.is_the_demo():
                raise CommandError(
                    "This database holds the demo clinic, and demo and real never mix. Name another one: `database` under "
                    "`server` in the answers, or DATABASE_URL, or another folder in CLINIC_VAR."
                )
        except (OperationalError, ProgrammingError) as error:
            raise CommandError("The database has no tables yet: run `manage.py migrate` first.") from error

    def _try(self, found, *, now):
        manager = User.objects.get(email=found.manager["email"].strip().lower())
        try:
            tried = trial.book_one(by=manager, now=now)
        except trial.NotPossible as error:
            self.stdout.write(f"\nTest booking: {error}")
        else:
            self.stdout.write(
                f"\nTest booking, taken back at once: {tried.treatment}, {tried.start:%A %B %-d, %H:%M}, {tried.location}, "
                f"{tried.clinician}, {', '.join(tried.things)}"
            )
        try:
            trial.write_to(manager, now=now)
        except trial.NotPossible as error:
            self.stdout.write(f"Test letter: {error}")
        else:
            self.stdout.write(f"Test letter: taken by the mail server for {manager.email}.")
