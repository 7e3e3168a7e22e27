"""Bring the database to this version of the program, or leave it exactly as it was."""

import signal

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from bookings import outbox
from bookings.management.commands.check_diary import plain
from clinic.keeping import Refused, engines, evidence, folder, making, proving, sealing, upgrading, versions
from clinic.keeping.refusals import in_words

SHOWN = 10


class Command(BaseCommand):
    help = """Bring the database to the version of the program that is checked out. Stop web, worker and clock first.

  1. back up: encrypted, if CLINIC_BACKUP_RECIPIENT is set, and a copy on this machine for the way back
  2. migrate, check the settings, check the diary, collect the static files
  3. when any of that fails, put the database before back, say why, and exit with 1

How to change the version and how to go back: docs/backups.md."""
    requires_system_checks = []

    def create_parser(self, *args, **kwargs):
        parser = super().create_parser(*args, **kwargs)
        parser.formatter_class = plain(parser.formatter_class)
        return parser

    def add_arguments(self, parser):
        parser.add_argument(
            "--while-running", action="store_true",
            help="although web or worker seem to run: what they write is lost if a step fails",
        )  # fmt: skip
        parser.add_argument(
            "--accept-findings", action="store_true",
            help="keep the new version although check_diary names something: because it did so before",
        )  # fmt: skip

    def handle(self, *args, while_running, accept_findings, **options):
        self.accept_findings = accept_findings
        before = signal.signal(
            signal.SIGTERM, signal.default_int_handler
        )  # like Ctrl-C: a failed step, which is undone
        try:
            with in_words():
                self._upgrade(engines.of(), while_running)
        except Refused as error:
            raise CommandError(f"{error}\nNothing was changed.") from None
        except upgrading.RolledBack as error:
            raise CommandError(
                f"{error}\nThe database is what it was before. Check the version before out again (git) and start it; tell "
                "its makers the line above."
            ) from None
        except upgrading.Stuck as error:
            raise CommandError(str(error)) from None
        finally:
            signal.signal(signal.SIGTERM, before)

    def _upgrade(self, engine, while_running):
        call_command("check", stdout=self.stderr)
        if not while_running:
            evidence.refuse_running(engine, now=timezone.now, say=self.stderr.write)
        with folder.drafting() as draft:
            self._refuse_newer()
            before = self._copy(engine, draft, now=timezone.now())
            upgrading.upgrade(engine, before, self._steps(), draft, say=self.stderr.write)
        self.stdout.write(f"Upgraded. Start web, worker and clock. The way back, for some days: {before.file}")

    def _refuse_newer(self):
        if unknown := versions.current().unknown:
            raise Refused(
                f"The database is of a newer version than the program here, which does not know {', '.join(unknown[:3])}. "
                "Check that version out, or ./run restore the copy that its upgrade has kept (./run backup --list)."
            )

    def _copy(self, engine, draft, *, now):
        if not engine.can_load():
            raise Refused(
                "This PostgreSQL role could not put the database back. As the administrator: ALTER ROLE <it> CREATEDB;"
            )
        copies = [making.Copy(upgrading.COPY, None)]
        if settings.CLINIC_BACKUP_RECIPIENT:
            copies.insert(0, making.Copy(folder.NAME, sealing.recipient(settings.CLINIC_BACKUP_RECIPIENT)))
        else:
            self.stderr.write("CLINIC_BACKUP_RECIPIENT is not set: only the copy on this machine is made.")
        before = making.make(engine, copies, draft, now=now, say=self.stderr.write)[-1]
        folder.tidy(now=now)
        return before

    def _steps(self):
        return [
            ("Migrating", lambda: call_command("migrate", interactive=False, stdout=self.stderr)),
            ("Checking the settings", lambda: call_command("check", databases=["default"], stdout=self.stderr)),
            ("Checking the diary", lambda: self._check_diary(now=timezone.now())),
            ("Collecting static files", lambda: call_command("collectstatic", interactive=False, verbosity=0)),
        ]

    def _check_diary(self, *, now):
        outbox.reconcile(now=now)  # as the next hour would: a new version may remind people in more ways
        found = proving.checked(now=now)
        for finding in found[:SHOWN]:
            self.stderr.write(str(finding))
        if found and not self.accept_findings:
            raise Refused(
                f"check_diary names {len(found)} findings. Does the version before name them too? Repair them there, or say "
                "--accept-findings."
            )
