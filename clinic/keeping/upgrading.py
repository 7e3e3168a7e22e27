"""An upgrade that can be undone: a copy first, then the steps; when one fails, the copy takes the database's place again."""

import contextlib
from collections.abc import Callable, Iterable
from pathlib import Path

from clinic.keeping import folder, opening, proving
from clinic.keeping.engines import Engine
from clinic.keeping.folder import Backup

Say = Callable[[str], None]
Step = tuple[str, Callable[[], None]]
COPY = f"{folder.BEFORE}upgrade-"


class RolledBack(Exception):
    """A step failed, and the database is what it was before the upgrade; the text is the cause."""


class Stuck(Exception):
    """A step failed, and the database before could not be put back; the text says both causes and what to do."""


def upgrade(engine: Engine, before: Backup, steps: Iterable[Step], draft: Path, *, say: Say) -> None:
    """Take the steps in order. Raises RolledBack when one fails for whatever reason, Ctrl-C included; Stuck when that fails too."""
    name = ""
    try:
        for name, step in steps:
            say(f"{name} ...")
            step()
    except BaseException as error:  # whatever it is, a half-made upgrade must not stay
        cause = f"{name}: {_words(error)}"
        say(f"Failed. {cause}")
        _roll_back(engine, before, draft, cause, say=say)
        raise RolledBack(cause) from error


def _roll_back(engine: Engine, before: Backup, draft: Path, cause: str, *, say: Say) -> None:
    say("Putting the database before back ...")
    try:
        backup = opening.opened(before.file, None, draft)
        with proving.loaded(engine, backup.folder, backup.manifest, draft) as scratch:
            engine.put_in_place(scratch)
    except Exception as error:  # it is named together with the first
        raise Stuck(
            f"{cause}\nAnd the database before could not be put back: {_words(error)}\nIt is whole in {before.file}: "
            "leave web and worker stopped, remedy that, and ./run restore it with the version of the program it is of."
        ) from error


def _words(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    with contextlib.suppress(IndexError):
        return str(error).strip().splitlines()[0]
    return type(error).__name__
