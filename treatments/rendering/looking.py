"""What is in a text: its words, its questions, its links and cards, and what no reader would see as it was meant."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from itertools import islice

from django.utils.translation import gettext as _
from markdown_it.token import Token

from treatments.rendering.arranging import arrange, plain
from treatments.rendering.cleaning import SCHEMES
from treatments.rendering.markup import CARDS, CONTAINERS, MAX_CHARACTERS, markdown, title_of

MOST_PROBLEMS = 50  # whoever has so many is not helped by more
# What is not the text's own flow: a footnote's number and its way back.
UNSAID = {"footnote_ref", "footnote_anchor"}
ADDRESS = re.compile(
    r"\]\(\s{0,9}<?([^\s<>()]{1,2000})|^\[[^\]]{1,200}\]:\s{0,9}<?(\S{1,2000})|<([a-zA-Z][\w+.-]{0,30}:[^\s<>]{1,2000})>"
)
TAG = re.compile(r"<(/?[a-zA-Z][a-zA-Z0-9-]{0,30})(?=[\s/>])")
FENCE = re.compile(r"\s{0,3}:{3,}\s*([\w-]*)")
OWN_SCHEME = "picture"


@dataclass(frozen=True)
class Problem:
    """What was dropped, cut or misread, in words, at a line of the text (counted from 1)."""

    line: int
    words: str

    def __str__(self):
        return _("line %(line)d: %(words)s") % {"line": self.line, "words": self.words}


@dataclass(frozen=True)
class Reading:
    """What a text holds. `links` and `pictures` come with the lines they begin on, as (line, address)."""

    links: tuple[tuple[int, str], ...]
    pictures: tuple[tuple[int, str], ...]
    anchors: frozenset[str]
    cards: frozenset[str]
    sentences: str  # plain text, each block on a line of its own
    problems: tuple[Problem, ...]


def count_words(tokens: Iterable[Token]) -> int:
    return sum(len(token.content.split()) for token in tokens if token.type in {"inline", "fence", "code_block"})


@lru_cache(maxsize=32)
def read(text: str) -> Reading:
    """Say what is in a Markdown text, without rendering it."""
    kept = text[:MAX_CHARACTERS]
    tokens, _contents = arrange(markdown.parse(kept), prefix="", pictures={})
    anchors = {str(token.attrs["id"]) for token in tokens if token.type == "heading_open"}
    opened = [token for token in tokens if token.type.startswith("container_") and token.nesting == 1]
    return Reading(
        links=tuple(_addresses(tokens, "link_open", "href")),
        pictures=tuple(_addresses(tokens, "image", "src")),
        anchors=frozenset(anchors | {str(token.meta["id"]) for token in opened}),
        cards=frozenset(_kind(token) for token in opened if _kind(token) in CARDS),
        sentences="\n".join(_blocks(tokens)),
        problems=tuple(islice(_problems(text, tokens), MOST_PROBLEMS)),
    )


def _kind(container: Token) -> str:
    return container.type.removeprefix("container_").removesuffix("_open")


def _addresses(tokens: Iterable[Token], kind: str, attribute: str) -> Iterator[tuple[int, str]]:
    for token in tokens:
        line = token.map[0] + 1 if token.map else 0
        for child in token.children or []:
            if child.type == kind:
                yield line, str(child.attrs.get(attribute, ""))
            line += child.type in {"softbreak", "hardbreak"}


def _blocks(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "inline" and (said := _said(token)):
            yield said


def _said(inline: Token) -> str:
    words = (" " if child.type in {"softbreak", "hardbreak"} else child.content for child in inline.children or [])
    return " ".join("".join(words).split())


# --- Questions ------------------------------------------------------------------------------------------------------


def questions_in(tokens: list[Token]) -> tuple[tuple[str, str], ...]:
    """Return the headings of level 2 and 3 that ask, each with what answers it: all that follows in plain text, up to
    the next heading of its level or above, or the next question."""
    asked = [index for index, token in enumerate(tokens) if _asks(tokens, index, token)]
    found = ((plain(tokens[index + 1]), _answer(tokens, index)) for index in asked)
    return tuple((question, answer) for question, answer in found if answer)


def _asks(tokens: list[Token], index: int, token: Token) -> bool:
    return token.type == "heading_open" and token.tag in {"h2", "h3"} and plain(tokens[index + 1]).endswith("?")


def _answer(tokens: list[Token], index: int) -> str:
    parts: list[str] = []
    for place in range(index + 3, len(tokens)):
        token = tokens[place]
        ends = token.type == "heading_open" and (token.tag <= tokens[index].tag or _asks(tokens, place, token))
        if ends or token.type == "footnote_block_open":
            break
        if token.type == "inline":
            parts.append(_said(token))
        elif token.type.startswith("container_") and token.nesting == 1:
            parts.append(title_of(token))
    return " ".join(filter(None, parts))


# --- Problems -------------------------------------------------------------------------------------------------------


def _problems(text: str, tokens: list[Token]) -> Iterator[Problem]:
    if len(text) > MAX_CHARACTERS:
        line = text.count("\n", 0, MAX_CHARACTERS) + 1
        yield Problem(line, _("the text is cut here; %(number)d characters are the most") % {"number": MAX_CHARACTERS})
    yield from _container_problems(text[:MAX_CHARACTERS], tokens)
    for token in tokens:
        if token.type == "inline" and token.map:
            for line, words in enumerate(token.content.split("\n"), token.map[0] + 1):
                yield from _line_problems(line, words)
            yield from _picture_problems(token)
        elif token.level >= markdown.options["maxNesting"] and token.map:
            yield Problem(
                token.map[0] + 1, _("lists and quotes lie too deep in each other here; what is inside is left out")
            )


def _line_problems(line: int, words: str) -> Iterator[Problem]:
    for found in ADDRESS.finditer(words):
        scheme = _scheme(next(filter(None, found.groups())))
        if scheme and scheme not in SCHEMES | {OWN_SCHEME}:
            yield Problem(line, _("a %(scheme)s: link was taken out") % {"scheme": scheme})
    for found in TAG.finditer(words):
        yield Problem(line, _("HTML is shown as it stands and does nothing: <%(tag)s>") % {"tag": found[1]})


def _scheme(address: str) -> str:
    """The scheme a browser would see: entities and percent signs read, invisible characters gone. Empty for a path."""
    readable = re.sub(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\ufeff]", "", unescape(address)).lower()
    found = re.match(r"([a-z][a-z0-9+.-]{0,30}):", readable)
    return found[1] if found else ""


def _picture_problems(inline: Token) -> Iterator[Problem]:
    children = inline.children or []
    line = inline.map[0] + 1 if inline.map else 0
    for child in children:
        if child.type == "image" and not str(child.attrs.get("src", "")).startswith(f"{OWN_SCHEME}:"):
            yield Problem(
                line, _("a picture from elsewhere was taken out; upload it, and write ![caption](picture:its-name)")
            )
        elif child.type == "image" and len(children) > 1:
            yield Problem(
                line, _("a picture is shown only alone in its paragraph: leave an empty line above and below")
            )
        line += child.type in {"softbreak", "hardbreak"}


def _container_problems(text: str, tokens: list[Token]) -> Iterator[Problem]:
    """A container nobody knows is shown as text; one never closed goes on to the end of the text."""
    lines = text.split("\n")
    for token in tokens:
        opened = token.type.startswith("container_") and token.nesting == 1
        if opened and token.map and not _closes(lines, token.map[1]):
            yield Problem(token.map[0] + 1, _("this ::: has no closing ::: of its own"))
    for token in tokens:
        if (
            token.type == "inline"
            and token.map
            and (found := FENCE.match(token.content))
            and found[1] not in CONTAINERS
        ):
            kinds = ", ".join(CONTAINERS)
            yield Problem(token.map[0] + 1, _("this ::: is shown as text; the kinds are %(kinds)s") % {"kinds": kinds})


def _closes(lines: list[str], index: int) -> bool:
    return index < len(lines) and re.fullmatch(r"[\s>]*:{3,}\s*", lines[index]) is not None
