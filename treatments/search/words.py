"""Words: folded alike for what is kept and for what is asked, and marked where they stand."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

LONGEST_WORD = 40  # characters; PostgreSQL refuses words past 2 kB
MOST_WORDS = 12  # of one question
SHORTEST_BEGINNING = 3  # letters after which the last word of a question may be the beginning of one

# Letters and digits, with accents that stand alone and apostrophes within a word.
WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f]|['\u2019](?=[^\W_]))*")
ENDING = re.compile(r"(?:ations?|ions?|ings?|ied|ies|ed|es|s|y|e)$")

# What PostgreSQL's `english` leaves out; left out of a question so that both databases answer alike.
_SMALL = """
i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it
its itself they them their theirs themselves what which who whom this that these those am is are was were be been
being have has had having do does did doing a an the and but if or because as until while of at by for with about
against between into through during before after above below to from up down in out on off over under again further
then once here there when where why how all any both each few more most other some such no nor not only own same so
than too very s t can will just don should now cant dont doesnt im ive whats
"""
SMALL_WORDS = frozenset(_SMALL.split())

# What people type, and what our texts say.
SYNONYMS: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {
    ("slipped", "disc"): (("herniated", "disc"), ("sciatica",)),
    ("slipped", "disk"): (("herniated", "disc"), ("sciatica",)),
    ("pinched", "nerve"): (("nerve", "root"), ("sciatica",)),
    ("trapped", "nerve"): (("nerve", "root"), ("sciatica",)),
    ("muscle", "knot"): (("trigger", "point"),),
    ("muscle", "knots"): (("trigger", "point"),),
    ("back", "ache"): (("back", "pain"),),
    ("lower", "back"): (("low", "back"),),
    ("backache",): (("back", "pain"),),
    ("cortisone",): (("steroid",),),
    ("disk",): (("disc",),),
    ("knot",): (("trigger", "point"),),
    ("knots",): (("trigger", "point"),),
    ("migraine",): (("headache",),),
    ("physio",): (("physical", "therapy"),),
    ("physiotherapy",): (("physical", "therapy"),),
    ("shot",): (("injection",),),
    ("shots",): (("injection",),),
    ("jab",): (("injection",),),
}


@dataclass(frozen=True)
class Asked:
    """A question: groups of which each must be met, a group by any of its alternatives, each some words."""

    groups: tuple[tuple[tuple[str, ...], ...], ...]
    beginning: str = ""  # the last word, when it may be the beginning of a longer one

    @property
    def roots(self) -> frozenset[str]:
        return frozenset(root(word) for group in self.groups for alternative in group for word in alternative)


def fold(word: str) -> str:
    """Return a word without accents, capitals and apostrophes: “Sténose” and “stenose” are one."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in plain if letter.isalnum()).casefold()[:LONGEST_WORD]


def words(text: str) -> Iterator[str]:
    return filter(None, (fold(found[0]) for found in WORD.finditer(text)))


def root(word: str) -> str:
    """The part that “injection” and “injections” share; coarser than the databases' own, good enough to mark words by."""
    shorter = ENDING.sub("", word)
    return shorter if len(shorter) >= 3 else word


def ask(text: str) -> Asked:
    """Read what somebody typed. Whatever it holds (quotes, operators, emoji) is text; small words are left out."""
    typed = list(dict.fromkeys(word for word in words(text) if word not in SMALL_WORDS))[:MOST_WORDS]
    last = typed[-1] if typed else ""
    is_beginning = len(last) >= SHORTEST_BEGINNING and last.isalpha()
    return Asked(tuple(_groups(typed)), last if is_beginning else "")


def _groups(typed: list[str]) -> Iterator[tuple[tuple[str, ...], ...]]:
    while typed:
        pair = tuple(typed[:2])
        key = pair if pair in SYNONYMS else (typed[0],)
        yield (key, *SYNONYMS.get(key, ()))
        typed = typed[len(key) :]


def is_marked(word: str, asked: Asked) -> bool:
    """Whether a folded word is one that was asked for."""
    return root(word) in asked.roots or bool(asked.beginning and word.startswith(asked.beginning))


def mark(text: str, asked: Asked) -> SafeString:
    """Return safe HTML of a plain text in which the words asked for are marked; everything else is escaped."""
    pieces, end = [], 0
    for found in WORD.finditer(text):
        if is_marked(fold(found[0]), asked):
            pieces += [escape(text[end : found.start()]), f"<mark>{escape(found[0])}</mark>"]
            end = found.end()
    return mark_safe("".join([*pieces, escape(text[end:])]))


def first_marked(text: str, asked: Asked) -> int | None:
    """Where the first word asked for begins in `text`."""
    return next((found.start() for found in WORD.finditer(text) if is_marked(fold(found[0]), asked)), None)
