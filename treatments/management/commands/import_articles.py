"""Bring articles from files. The door: parses arguments, reads the clock, says a line for each file."""

from argparse import RawDescriptionHelpFormatter
from contextlib import nullcontext
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from treatments.imports import Outcome, State, find_files, import_articles

EXAMPLE = """
A file is Markdown with YAML front matter; only the title is needed:

  ---
  title: A stiff neck in the morning
  summary: Most stiff necks are gone in a week.
  author: Robin Achterberg, MA
  reviewer: Elena Marchetti, MD
  published: 2026-01-12
  regions: [neck]
  treatments: [physical-therapy-first-visit]
  status: published
  ---
  You wake up and cannot turn your head ...

All keys are in docs/articles.md. Running it twice changes nothing. Treatments, regions and spots must be known; muscles
and people are made. A person nobody has confirmed is never shown as the reviewer.
"""


class Command(BaseCommand):
    help = "Bring articles: files or folders of Markdown with YAML front matter. A bad file is named, the rest go on."

    def create_parser(self, prog_name, subcommand, **kwargs):
        return super().create_parser(
            prog_name, subcommand, epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser):
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a Markdown file, or a folder of them")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and change nothing")
        parser.add_argument(
            "--trust-people", action="store_true", help="confirm the authors and reviewers the files name, at once"
        )

    def handle(self, *args, **options):
        paths = self._files(options["paths"])
        # A real import keeps what each file brought, even if a later one should stop the program.
        with transaction.atomic() if options["dry_run"] else nullcontext():
            outcomes = self._import(paths, options)
            if options["dry_run"]:
                transaction.set_rollback(True)
        counts = {state: sum(each.state == state for each in outcomes) for state in State}
        self.stdout.write(", ".join(f"{number} {state}" for state, number in counts.items()) + ".")
        if options["dry_run"]:
            self.stdout.write("This was a dry run: nothing was changed.")
        if counts[State.FAILED]:
            raise CommandError(
                f"{counts[State.FAILED]} of {len(paths)} files could not be imported; see the lines above."
            )

    def _files(self, named: list[str]) -> list[Path]:
        try:
            paths = list(dict.fromkeys(find_files(named)))
        except FileNotFoundError as error:
            raise CommandError(f"{error} is not there.") from error
        if not paths:
            raise CommandError("No Markdown files (.md) were found there.")
        return paths

    def _import(self, paths: list[Path], options: dict) -> list[Outcome]:
        outcomes = []
        for outcome in import_articles(paths, now=timezone.now(), trust_people=options["trust_people"]):
            outcomes.append(outcome)
            self._say(outcome, f"[{len(outcomes)}/{len(paths)}]")
        return outcomes

    def _say(self, outcome: Outcome, count: str) -> None:
        if outcome.state == State.FAILED:
            where = f"{outcome.path}:{outcome.line}" if outcome.line else str(outcome.path)
            self.stderr.write(f"{count} failed     {where}: {outcome.reason}")
            return
        self.stdout.write(f"{count} {outcome.state:<10} {outcome.path}")
        for note in outcome.notes:
            self.stdout.write(f"{'':>{len(count)}}            {note}")
