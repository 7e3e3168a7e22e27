"""Finding and reading the files. Whatever is wrong is said with its line; nothing here touches the database."""

import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

from treatments.rendering import MAX_CHARACTERS

ENDINGS = {".md", ".markdown"}
MAX_BYTES = 2_000_000
DEEPEST = 8  # levels of front matter; ours has four
FENCE = "---"
MOST_VALUES = 2_000  # words, lists and mappings in one front matter
# What no database takes, though YAML can spell it: NUL, and halves of characters.
FORBIDDEN = re.compile(r"[\x00\ud800-\udfff]")


class TextLoader(yaml.BaseLoader):
    """YAML where every value is text, but an empty one (`~`, `null`): that is empty here too."""


TextLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^(?:~|null|Null|NULL)$"), list("~nN"))
TextLoader.add_constructor("tag:yaml.org,2002:null", lambda loader, node: "")


class BadFile(Exception):
    """Why a file cannot be imported. `line` counts from 1 in the file, and is None when the whole file is meant."""

    def __init__(self, reason: str, line: int | None = None):
        self.reason, self.line = str(reason), line
        super().__init__(self.reason)


@dataclass(frozen=True)
class Source:
    """What a file says: its front matter as text, lists and mappings of text; the line of each key; the Markdown."""

    path: Path
    front: dict[str, Any]
    lines: dict[str, int]
    body: str


def find_files(paths: Iterable[str | Path]) -> Iterator[Path]:
    """Yield the Markdown files named, or found in the folders named, in order. Links to folders are not followed.

    Raises FileNotFoundError for a path that is not there.
    """
    for path in map(Path, paths):
        if not path.exists():
            raise FileNotFoundError(path)
        if path.is_file():
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            yield from (Path(folder, name) for name in sorted(names) if _is_article(name))


def _is_article(name: str) -> bool:
    return Path(name).suffix.lower() in ENDINGS and not name.startswith(".")


def read(path: Path) -> Source:
    """Return what the file says. Raises BadFile."""
    front, body = _split(_text(path))
    if len(body) > MAX_CHARACTERS:
        reason = _("the text has %(count)d characters; %(most)d is the most a page can hold")
        raise BadFile(reason % {"count": len(body), "most": MAX_CHARACTERS})
    values, lines = _front_matter(front)
    return Source(path, values, lines, normal_text(body))


def normal_text(text: str) -> str:
    """Return a text as files hold it: plain newlines, no blank lines around it, one newline at its end."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return lines.strip("\n").rstrip() + "\n" if lines.strip() else ""


def _text(path: Path) -> str:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise BadFile(_("is no plain file"))  # reading a pipe would wait for ever
        size = status.st_size
        if size > MAX_BYTES:
            raise BadFile(_("the file has %(size)d bytes; %(most)d is the most") % {"size": size, "most": MAX_BYTES})
        raw = path.read_bytes()
    except OSError as error:
        raise BadFile(_("cannot be read: %(error)s") % {"error": error.strerror}) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        reason = _("is not UTF-8: the byte 0x%(byte)02x fits nothing. Save the file as UTF-8.")
        raise BadFile(reason % {"byte": raw[error.start]}, line) from error
    if "\0" in text:
        raise BadFile(_("holds a NUL character"), text.count("\n", 0, text.index("\0")) + 1)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _split(text: str) -> tuple[str, str]:
    """Return (front matter, Markdown). The first line is a fence, and the next fence ends the front matter."""
    lines = text.split("\n")
    if lines[0].rstrip() != FENCE:
        raise BadFile(_("has no front matter: the first line must be ---"), 1)
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == FENCE:
            return "\n".join(lines[1:number]) + "\n", "\n".join(lines[number + 1 :])
    raise BadFile(_("has front matter without an end: a second line of --- is missing"), len(lines))


def _front_matter(text: str) -> tuple[dict[str, Any], dict[str, int]]:
    """Read YAML where every value is text: `No` is a word and 2016 a year, whatever other readers make of them."""
    try:
        _refuse_tricks(text)
        node = yaml.compose(text, Loader=TextLoader)
        if node is None:
            return {}, {}
        if not isinstance(node, yaml.MappingNode):
            raise BadFile(_("has front matter that is no list of “key: value”"), 2)
        lines = _lines_of_keys(node)
        return yaml.load(text, Loader=TextLoader), lines  # noqa: S506  (makes nothing but text, lists and dicts)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context
        raise BadFile(_("YAML: %(problem)s") % {"problem": problem}, _line(mark) if mark else None) from error
    except yaml.YAMLError as error:
        line = text.count("\n", 0, getattr(error, "position", 0)) + 2
        raise BadFile(_("YAML: a character that is not allowed there"), line) from error


def _refuse_tricks(text: str) -> None:
    """Anchors can make a small file a huge one, and depth can exhaust the reader: articles need neither."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=TextLoader)):
        if count > MOST_VALUES:
            raise BadFile(
                _("YAML: more than %(most)d values") % {"most": MOST_VALUES},
                _line(event.start_mark),
            )
        if isinstance(event, yaml.ScalarEvent) and FORBIDDEN.search(event.value):
            raise BadFile(_("YAML: a text with a NUL or half a character"), _line(event.start_mark))
        if getattr(event, "anchor", None):
            raise BadFile(
                _("YAML: anchors (&) and aliases (*) are not used here; put the text in quotes"),
                _line(event.start_mark),
            )
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise BadFile(_("YAML: nested too deeply"), _line(event.start_mark))


def _lines_of_keys(node: yaml.MappingNode) -> dict[str, int]:
    lines: dict[str, int] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise BadFile(_("YAML: a key is a word"), _line(key.start_mark))
        if key.value in lines:
            raise BadFile(_("%(key)s stands there twice") % {"key": key.value}, _line(key.start_mark))
        lines[key.value] = _line(key.start_mark)
        for part in [value, *(value.value if isinstance(value, yaml.SequenceNode) else [])]:
            if isinstance(part, yaml.MappingNode):
                _lines_of_keys(part)  # nothing stands there twice further down, either
    return lines


def _line(mark) -> int:
    """The mark counts from 0 after the opening fence."""
    return mark.line + 2
