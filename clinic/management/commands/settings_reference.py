"""Writes docs/environment.md: every variable the settings read, its type and default, and what .env.example says of it."""

import ast
import re
from pathlib import PurePosixPath
from typing import NamedTuple

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

TYPES = {
    "str": "text",
    "int": "whole number",
    "bool": "`true` or `false`",
    "list": "list, with commas",
    "db_url": "address of a database",
}
# What a default may be made of. Folders are told by the variable that moves them, not by where this copy lies.
FOLDERS = {"BASE_DIR": PurePosixPath("."), "VAR_DIR": PurePosixPath("$CLINIC_VAR"), "str": str}

SECTION = re.compile(r"# --- (.+) ---$")
LISTED = re.compile(r"# ([A-Z_]+)=(.*)$")
EXPLAINED = re.compile(r"\s+# (.+)$")

HEAD = """\
# Every variable of the environment

Written by `python manage.py settings_reference` from `clinic/settings.py` and `.env.example`; do not edit it by hand.
How they belong together: [running.md](running.md).

A variable of the environment wins over the same one in `.env` in the project's root. Nothing has to be set to try the
product on one's own computer. `python manage.py check --deploy` names what is unsafe where others can reach it."""


class Variable(NamedTuple):
    """One variable as the settings read it."""

    name: str
    type: str
    default: str


class Explanation(NamedTuple):
    """What .env.example says of it, under which heading."""

    section: str
    example: str
    words: str


class Command(BaseCommand):
    help = (
        "Write docs/environment.md, the reference of all environment variables: names, types and defaults from "
        "clinic/settings.py, the words from .env.example. Run it after adding a variable."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--check", action="store_true", help="write nothing; exit with 1 when the file is out of date"
        )

    def handle(self, *, check, **options):
        root = settings.BASE_DIR
        path = root / "docs" / "environment.md"
        source, example = (root / "clinic" / "settings.py").read_text(), (root / ".env.example").read_text()
        text = reference(source, example)
        if not check:
            path.write_text(text)
            self.stdout.write(f"{path.relative_to(root)}: {len(variables(source))} variables.")
        elif not path.exists() or path.read_text() != text:
            raise CommandError("docs/environment.md is out of date. Run: python manage.py settings_reference")


def reference(source: str, example: str) -> str:
    """Return the page; CommandError names a variable that only one of the two knows, or that nobody explains."""
    read, told = variables(source), explanations(example)
    _refuse_disagreement(read, told)
    lines, section = [HEAD], ""
    for name, each in told.items():
        if each.section != section:
            section = each.section
            lines += [f"\n## {section}\n", "| variable | type | default | what it does |", "| --- | --- | --- | --- |"]
        lines.append(_row(read[name], each))
    return "\n".join(lines) + "\n"


def _row(variable: Variable, told: Explanation) -> str:
    words = f"{told.words}. Example: `{told.example}`" if told.example and not variable.default else told.words
    default = f"`{variable.default}`" if variable.default else ""
    return f"| `{variable.name}` | {variable.type} | {default} | {words} |"


def _refuse_disagreement(read, told) -> None:
    problems = [f"{name} is read by clinic/settings.py; add it to .env.example" for name in read if name not in told]
    problems += [
        f"{name} stands in .env.example, but clinic/settings.py does not read it" for name in told if name not in read
    ]
    problems += [f"{name} has no words behind its # in .env.example" for name, each in told.items() if not each.words]
    if problems:
        raise CommandError("\n".join(problems))


def variables(source: str) -> dict[str, Variable]:
    """Return what the settings read, by name, in their order; what is read twice counts as it was read first."""
    found: dict[str, Variable] = {}
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and _reads(node)]
    for call in sorted(calls, key=lambda node: node.lineno):
        name = ast.literal_eval(call.args[0])
        if name not in found:
            found[name] = Variable(name, TYPES[call.func.attr], _default(name, call))
    return found


def _reads(call: ast.Call) -> bool:
    function = call.func
    return isinstance(function, ast.Attribute) and getattr(function.value, "id", "") == "env" and bool(call.args)


def _default(name: str, call: ast.Call) -> str:
    given = next((word.value for word in call.keywords if word.arg == "default"), ast.Constant(""))
    known = {**FOLDERS, "DEBUG": False, "ALLOWED_HOSTS": ["localhost"]}
    try:
        value = eval(compile(ast.Expression(given), name, "eval"), known)  # noqa: S307  our own settings file
    except NameError as error:
        raise CommandError(
            f"The default of {name} is made of {error.name}, which this command does not know."
        ) from error
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(value) if isinstance(value, list) else str(value)


def explanations(example: str) -> dict[str, Explanation]:
    """Return what .env.example says of each variable it lists, in its order."""
    found, section = {}, ""
    for line in example.splitlines():
        if heading := SECTION.match(line):
            section = heading[1]
        elif listed := LISTED.match(line):
            words = EXPLAINED.search(listed[2])
            value = EXPLAINED.sub("", listed[2]).strip()
            found[listed[1]] = Explanation(section, value, words[1] if words else "")
    return found
