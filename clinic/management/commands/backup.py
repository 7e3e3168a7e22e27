"""Back the clinic up, look what backups there are, or read one whole."""

import datetime as dt
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from bookings.management.commands.check_diary import plain
from clinic.keeping import Refused, engines, folder, making, opening, proving, sealing
from clinic.keeping.refusals import in_words

KEY_WORDS = """# The key that reads the clinic's backups. Without it they are lost, and with it anybody reads them.
#
# Keep these lines in two places that are not this machine, for example printed in the safe and in a password manager that
# two people can open. They are shown once and written nowhere. Backups made for it need it for as long as they are kept.
#
# On this machine belongs only the public half: CLINIC_BACKUP_RECIPIENT={public}
{secret}"""


class Command(BaseCommand):
    help = """Back up the database and the files that belong to it, while the clinic works.

  backup --new-key                     make a key; its secret half is shown once, its public half is CLINIC_BACKUP_RECIPIENT
  backup                               a new file in CLINIC_BACKUPS, encrypted to that key; then what is too old is removed
  backup --list                        what there is
  backup --verify FILE --identity KEY  read an encrypted one to its last row, as only who has the secret key can

Every backup is read back from the disk before it counts: decrypted, loaded into a database of its own, each table's rows
counted, the diary checked. What a backup holds, what is kept how long, and where the key belongs: docs/backups.md."""
    requires_system_checks = []  # whatever is wrong with the settings: a backup is made

    def create_parser(self, *args, **kwargs):
        parser = super().create_parser(*args, **kwargs)
        parser.formatter_class = plain(parser.formatter_class)
        return parser

    def add_arguments(self, parser):
        deeds = parser.add_mutually_exclusive_group()
        deeds.add_argument("--new-key", action="store_true", help="make a pair of keys and show it; nothing is written")
        deeds.add_argument("--list", action="store_true", help="list the backups, the newest last")
        deeds.add_argument(
            "--verify", type=Path, metavar="FILE", help="read a backup whole and compare it with its manifest"
        )
        deeds.add_argument(
            "--unencrypted", action="store_true", help="back up without a key: whoever has the file reads it"
        )
        parser.add_argument("--identity", type=Path, metavar="KEYFILE", help="a file with the secret key, for --verify")

    def handle(self, *args, new_key, verify, identity, unencrypted, **options):
        try:
            with in_words():
                self._do(new_key, options["list"], verify, identity, unencrypted)
        except Refused as error:
            raise CommandError(str(error)) from None

    def _do(self, new_key, lists, verify, identity, unencrypted):
        if new_key:
            self._show_new_key()
        elif lists:
            self._list()
        elif verify:
            self._verify(verify, identity)
        else:
            self._back_up(unencrypted, now=timezone.now())

    def _show_new_key(self):
        key = sealing.new_key()
        self.stdout.write(KEY_WORDS.format(public=key.to_public(), secret=key))

    def _list(self):
        found = [*folder.backups(folder.BEFORE), *folder.backups()]
        for backup in found:
            self.stdout.write(f"{backup.file}: {opening.said(backup.manifest)}, {backup.manifest.size:,} bytes")
        if not found:
            self.stdout.write(f"There is no backup in {folder.folder()}. ./run backup makes one.")

    def _verify(self, file, identity):
        with folder.drafting() as draft:
            backup = opening.opened(file, sealing.identities(identity) if identity else None, draft)
            engine = engines.of()
            if backup.manifest.engine != engine.name:
                self.stdout.write(f"Whole: {opening.said(backup.manifest)}. Not loaded: here is {engine.name}.")
                return
            findings = proving.proven(
                engine, backup.folder, backup.manifest, draft, now=timezone.now(), say=self.stderr.write
            )
        self.stdout.write(f"Whole, and every row is there: {opening.said(backup.manifest)}.{_found(findings)}")

    def _back_up(self, unencrypted, *, now: dt.datetime):
        reader = None if unencrypted else sealing.recipient(settings.CLINIC_BACKUP_RECIPIENT)
        with folder.drafting() as draft:
            copies = [making.Copy(folder.NAME, reader)]
            (backup,) = making.make(engines.of(), copies, draft, now=now, say=self.stderr.write)
            gone = folder.tidy(now=now)
        if gone:
            self.stderr.write(f"Removed {len(gone)} that were too old.")
        self.stdout.write(f"{backup.file}: {opening.said(backup.manifest)}.{_found(backup.manifest.findings)}")


def _found(findings: int | None) -> str:
    return f" The diary has {findings} findings: run check_diary." if findings else ""
