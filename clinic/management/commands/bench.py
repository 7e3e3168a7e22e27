"""Measure the product beside baselines of the same run, in scratch databases."""

import argparse
import dataclasses
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from clinic.bench import databases, engine, letters, moving, races
from clinic.bench.sizes import FULL, QUICK, Sizes


class Command(BaseCommand):
    help = (
        "Measure free times, bookings by many processes at once, pages, mail, ticks and moving in, each beside a baseline of "
        "the same run. "
        "Writes one JSON object to standard output and progress to standard error. Works in scratch databases only."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument(
            "--engine",
            choices=list(databases.ENGINES),
            action="append",
            help="measure on this one only (may be repeated)",
        )
        parser.add_argument("--quick", action="store_true", help="a few rows and turns, to see that it works")
        parser.add_argument("--turns", type=int, metavar="N", help="how often each side of a comparison is timed")
        parser.add_argument(
            "--appointments",
            type=int,
            metavar="N",
            help="visits ahead beside which ticks are timed (1000000: some minutes)",
        )
        parser.add_argument("--job", type=json.loads, help=argparse.SUPPRESS)  # a part of the run, in its own process

    def handle(self, *, engine, quick, turns, appointments, job, **options):
        if job is not None:
            self._answer(self._part(job))
            return
        sizes = QUICK if quick else FULL
        if turns:
            sizes = dataclasses.replace(sizes, turns=turns)
        if appointments:
            sizes = dataclasses.replace(sizes, ahead=(sizes.ahead[0], appointments))
        figures = {name: self._on(name, sizes) for name in engine or databases.ENGINES}
        self._answer({"machine": _machine(), "sizes": dataclasses.asdict(sizes), **figures})

    def _answer(self, value) -> None:
        self.stdout.write(json.dumps(value, indent=None if isinstance(value, list) else 2))

    def _part(self, job: dict):
        if "race" in job:
            return races.run(job["race"])
        if "letters" in job:
            return letters.run(job["letters"])
        if "moving" in job:
            return moving.run(job["moving"])
        sizes = Sizes(**job["sizes"])
        return engine.measure(sizes, say=lambda line: self._say(job["engine"], line))

    def _on(self, name: str, sizes: Sizes) -> dict:
        """Measure on one engine, in a process of its own whose database and files are thrown away."""
        with tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder:
            try:
                with databases.ENGINES[name](Path(folder)) as address:
                    return _measured(name, sizes, address, folder)
            except databases.MissingServer as reason:
                self._say(name, f"skipped: {reason}")
                return {"skipped": str(reason)}

    def _say(self, name: str, line: str) -> None:
        self.stderr.write(f"{name}: {line}")


def _measured(name: str, sizes: Sizes, address: str, folder: str) -> dict:
    job = json.dumps({"engine": name, "sizes": dataclasses.asdict(sizes)})
    own = {"DATABASE_URL": address, "CLINIC_VAR": folder, "REDIS_URL": "", "EMAIL_URL": "", "DEBUG": "false"}
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "bench", "--job", job]
    finished = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True, env={**os.environ, **own})
    if finished.returncode:
        raise CommandError(f"the benchmark on {name} failed")
    return json.loads(finished.stdout)


def _machine() -> dict:
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "load": [round(load, 2) for load in os.getloadavg()],
    }
