"""Writing the index: an entry for each public thing, and beside it the database's own full-text row.

Who saves a public thing calls `index` when its relations are set; who deletes one calls `forget` before.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from django.db import connection, transaction
from django.db.models import Model

from treatments.models import SearchEntry
from treatments.search.documents import SOURCES, Kind, document
from treatments.search.words import words

BATCH = 50  # things read, rendered and written in one transaction of a rebuild
LONGEST_TEXT = 100_000  # folded characters; PostgreSQL's index of one row holds a megabyte

SHOWN = ["title", "summary", "words", "path", "visible_from"]
PUT = {
    "sqlite": "INSERT OR REPLACE INTO treatments_search (rowid, title, summary, words) VALUES (%s, %s, %s, %s)",
    "postgresql": (
        "INSERT INTO treatments_search (rowid, document) VALUES (%s,"
        " setweight(to_tsvector('english', %s), 'A') || setweight(to_tsvector('english', %s), 'B')"
        " || to_tsvector('english', %s)) ON CONFLICT (rowid) DO UPDATE SET document = excluded.document"
    ),
}


def index(thing: Model, *, now: dt.datetime) -> None:
    """Write what can be found of an article, spot, treatment or clinician; take out what the public no longer sees.

    An article with a day to come is written at once and found from that day on: see `asking.find`.
    """
    _kind, query = SOURCES[type(thing)]
    with transaction.atomic():
        _write(type(thing), [thing.pk], query.filter(pk=thing.pk))


def forget(thing: Model) -> None:
    """Take a thing out. Called before it is deleted: afterwards it has no number."""
    kind, _query = SOURCES[type(thing)]
    with transaction.atomic():
        _take_out(kind, [thing.pk])


def is_empty() -> bool:
    """Whether nothing can be found though there is something to find."""
    return not SearchEntry.objects.exists() and any(query.exists() for _kind, query in SOURCES.values())


def rebuild(*, now: dt.datetime, say: Callable[[str], object]) -> int:
    """Write the whole index anew, some things at a time, and drop what is left of things that are gone.

    Returns how many things can be found. `say` is told how far it is.
    """
    found = 0
    for model, (kind, query) in SOURCES.items():
        pks = list(query.order_by("pk").values_list("pk", flat=True))
        gone = SearchEntry.objects.filter(kind=kind).exclude(object_pk__in=query.values("pk"))
        with transaction.atomic():
            _take_out(kind, list(gone.values_list("object_pk", flat=True)))
        count = 0
        for batch in _batches(pks):
            with transaction.atomic():
                count += _write(model, batch, query.filter(pk__in=batch))
            say(f"{model._meta.verbose_name_plural}: {count}")
        found += count
    return found


def _batches(pks: list[int]) -> Iterable[list[int]]:
    remaining = iter(pks)
    return iter(lambda: list(islice(remaining, BATCH)), [])


def _write(model: type[Model], pks: Sequence[int], things: Iterable[Model]) -> int:
    kind, _query = SOURCES[model]
    entries = [entry for entry in map(document, things) if entry is not None]
    shown = {entry.object_pk for entry in entries}
    _take_out(kind, [pk for pk in pks if pk not in shown])
    # One statement that writes or overwrites: two people who save the same article at once do not fail.
    entries = SearchEntry.objects.bulk_create(
        entries, update_conflicts=True, unique_fields=["kind", "object_pk"], update_fields=SHOWN
    )
    with connection.cursor() as cursor:
        cursor.executemany(PUT[connection.vendor], [_folded(entry) for entry in entries])
    return len(entries)


def _folded(entry: SearchEntry) -> tuple:
    texts = (entry.title, entry.summary, entry.words)
    return (entry.pk, *(" ".join(words(text))[:LONGEST_TEXT] for text in texts))


def _take_out(kind: Kind, pks: Sequence[int]) -> None:
    entries = SearchEntry.objects.filter(kind=kind, object_pk__in=pks)
    with connection.cursor() as cursor:
        cursor.executemany(
            "DELETE FROM treatments_search WHERE rowid = %s", [[pk] for pk in entries.values_list("pk", flat=True)]
        )
    entries.delete()
