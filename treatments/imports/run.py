"""One import, file by file: a bad file is named and the rest go on."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from treatments import editorial
from treatments.imports.fields import Fields, understand
from treatments.imports.files import BadFile, Source, read
from treatments.imports.people import People
from treatments.imports.writing import Writer, link, slug_of
from treatments.models import Article


class State(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass
class Outcome:
    """What became of one file. `notes` are for people: what was taken, and yet deserves a look."""

    path: Path
    state: State
    line: int | None = None
    reason: str = ""
    notes: list[str] = field(default_factory=list)


Parsed = tuple[Source, Fields]


def import_articles(paths: Sequence[Path], *, now: dt.datetime, trust_people: bool = False) -> Iterator[Outcome]:
    """Import the files in order, each in a transaction of its own; yield what became of each when it is known.

    Articles may point to each other whatever their order: what a file names as related must be here, or among `paths`.
    """
    parsed = {path: _parse(path) for path in paths}
    coming = [
        slug_of(fields, source) for source, fields in (each for each in parsed.values() if isinstance(each, tuple))
    ]
    writer = Writer(now=now, people=People(now=now, trust=trust_people))
    done: set[str] = set()
    waiting: list[tuple[Article, Fields]] = []  # those that name an article which comes after them
    for path, each in parsed.items():
        if isinstance(each, BadFile):
            yield Outcome(path, State.FAILED, each.line, each.reason)
            continue
        outcome, early = _import_one(writer, *each, coming=coming, done=done)
        waiting += [(early, each[1])] if early else []
        yield outcome
    for article, fields in waiting:
        link(article, fields)


def _parse(path: Path) -> Parsed | BadFile:
    try:
        source = read(path)
        return source, understand(source)
    except BadFile as error:
        return error


def _import_one(writer: Writer, source: Source, fields: Fields, *, coming, done) -> tuple[Outcome, Article | None]:
    """Return what became of the file, and its article if that still waits for one it names."""
    writer.people.notes.clear()
    try:
        with transaction.atomic():
            slug = slug_of(fields, source)
            if slug in done:
                raise BadFile(
                    _("slug: another file of this import has “%(slug)s” too") % {"slug": slug}, source.lines.get("slug")
                )
            _refuse_unknown_articles(fields, source, coming)
            article, state = writer.write(source, fields)
            linked, missing = link(article, fields)
            if linked and state == State.UNCHANGED:
                state = State.UPDATED
    except (BadFile, DatabaseError) as error:
        writer.catalog.forget_unsaved()
        bad = error if isinstance(error, BadFile) else BadFile(_("the database refused it; nothing of it was kept"))
        return Outcome(source.path, State.FAILED, bad.line, bad.reason), None
    done.add(slug)
    return Outcome(source.path, State(state), notes=_notes(writer, article)), article if missing else None


def _refuse_unknown_articles(fields: Fields, source: Source, coming: Sequence[str]) -> None:
    for key in ("related", "related_exclude"):
        named = getattr(fields, key)
        known = {*coming, *Article.objects.filter(slug__in=named).values_list("slug", flat=True)}
        for slug in named:
            if slug not in known:
                raise BadFile(
                    f"{key}: " + _("there is no article “%(slug)s”") % {"slug": slug[:60]}, source.lines.get(key)
                )


def _notes(writer: Writer, article: Article) -> list[str]:
    """Say who is not confirmed, what of the text no reader will see, and what a published article still lacks."""
    notes = list(dict.fromkeys(writer.people.notes)) + editorial.problems_of(article.body)
    if article.status == Article.Status.PUBLISHED:
        checks = editorial.open_musts(editorial.check_list(article, now=writer.now))
        notes += [_("still missing: %(what)s") % {"what": check.words} for check in checks]
    return notes
