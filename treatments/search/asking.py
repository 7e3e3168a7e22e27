"""Asking the index: what holds all the words, or else some of them, best first."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils.safestring import SafeString

from treatments.models import SearchEntry
from treatments.search.words import Asked, ask, first_marked, mark

MOST = 100  # things found by one question; nobody reads on from there
AROUND = 90  # characters shown before and after the first word found

# A word of the title counts most, then one of the summary. bm25 makes one number of all columns in which thirty
# words of a short text beat the title of a long one: asked for each column by itself, it does not.
ASK = {
    "sqlite": (
        "SELECT entry.id FROM treatments_search JOIN treatments_searchentry entry ON entry.id = treatments_search.rowid"
        " WHERE treatments_search MATCH %s AND entry.visible_from <= %s"
        " ORDER BY 10 * bm25(treatments_search, 50, 0, 0) + 4 * bm25(treatments_search, 0, 50, 0)"
        " + bm25(treatments_search, 0, 0, 1), entry.title, entry.id LIMIT %s"
    ),
    "postgresql": (
        "SELECT entry.id FROM to_tsquery('english', %s) question, treatments_search"
        " JOIN treatments_searchentry entry ON entry.id = treatments_search.rowid"
        " WHERE document @@ question AND entry.visible_from <= %s"
        " ORDER BY ts_rank('{0.02, 0.1, 0.3, 1.0}', document, question) DESC, entry.title, entry.id LIMIT %s"
    ),
}
# How each database writes a word, the beginning of a word, and, or.
GRAMMAR = {
    "sqlite": ('"{}"', '"{}"*', " AND ", " OR "),
    "postgresql": ("'{}'", "'{}':*", " & ", " | "),
}


@dataclass(frozen=True)
class Found:
    """The numbers of the entries found, best first. `loosened`: none held all the words, these hold some."""

    pks: list[int]
    asked: Asked
    loosened: bool = False


@dataclass(frozen=True)
class Hit:
    """A thing found. `title_html` and `snippet_html` are safe, with the words asked for in <mark>."""

    kind: str
    label: str
    title: str
    path: str
    title_html: SafeString
    snippet_html: SafeString


def search(text: str, *, now: dt.datetime, limit: int = 20) -> list[Hit]:
    """Return the best `limit` things that can be seen at `now` and hold the words of `text`. Any text is a question."""
    found = find(text, now=now)
    return show(found.pks[:limit], found.asked)


def find(text: str, *, now: dt.datetime) -> Found:
    """Like `search`, at most MOST of them and only their numbers, for pages of results made by `show`."""
    asked = ask(text)
    if not asked.groups:
        return Found([], asked)
    pks = _run(_question(asked, loose=False), now)
    if pks or len(asked.groups) == 1:
        return Found(pks, asked)
    pks = _run(_question(asked, loose=True), now)
    return Found(pks, asked, loosened=bool(pks))


def show(pks: Sequence[int], asked: Asked) -> list[Hit]:
    """Return the entries of these numbers, in this order, as a page shows them."""
    entries = SearchEntry.objects.in_bulk(pks)
    return [_hit(entries[pk], asked) for pk in pks if pk in entries]


def _run(question: str, now: dt.datetime) -> list[int]:
    moment = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(ASK[connection.vendor], [question, moment, MOST])
        return [pk for (pk,) in cursor.fetchall()]


def _question(asked: Asked, *, loose: bool) -> str:
    """Write a question in the database's own grammar. Words are letters and digits only: nothing to escape."""
    word, beginning, both, either = GRAMMAR[connection.vendor]

    def term(each: str) -> str:
        return (beginning if each == asked.beginning else word).format(each)

    groups = [either.join(f"({both.join(map(term, each))})" for each in group) for group in asked.groups]
    return (either if loose else both).join(f"({group})" for group in groups)


def _hit(entry: SearchEntry, asked: Asked) -> Hit:
    return Hit(
        kind=entry.kind,
        label=entry.get_kind_display(),
        title=entry.title,
        path=entry.path,
        title_html=mark(entry.title, asked),
        snippet_html=mark(_snippet(entry, asked), asked),
    )


def _snippet(entry: SearchEntry, asked: Asked) -> str:
    """The summary, unless only the text holds what was asked for: then the words around it."""
    if first_marked(entry.summary, asked) is not None:
        return entry.summary
    place = first_marked(entry.words, asked)
    return entry.summary if place is None else _around(entry.words, place)


def _around(text: str, place: int) -> str:
    """Some words on both sides of a place, cut between words, with an ellipsis where something is left out."""
    begin = text.find(" ", place - AROUND) + 1 if place > AROUND else 0
    end = text.rfind(" ", place + 1, place + AROUND) if place + AROUND < len(text) else len(text)
    end = place + AROUND if end == -1 else end
    return f"{'… ' if begin else ''}{text[min(begin, place) : end]}{' …' if end < len(text) else ''}"
