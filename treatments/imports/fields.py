"""What the keys of the front matter may say. Each key has one reader, which returns what the article takes.

Everything arrives as text, lists and mappings of text. A reader raises ValueError with a reason for people.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext as _

from treatments.imports.files import BadFile, Source, normal_text
from treatments.models import Article
from treatments.models.articles import parse_partial_date

STATUSES = ("draft", "scheduled", "published", "retired")
PUBLISHED_AT = dt.time(9)  # on the clinic's clock, when a file names only the day
YEARS = (1900, 2200)


@dataclass(frozen=True)
class Person:
    """Somebody a file names."""

    name: str
    credentials: str = ""
    job: str = ""
    bio: str = ""
    slug: str = ""


@dataclass(frozen=True)
class Part:
    """A place in a series."""

    title: str
    slug: str = ""
    part: int | None = None
    introduction: str | None = None


@dataclass
class Fields:
    """One article as its file describes it. What the file leaves out is empty."""

    title: str = ""
    subtitle: str = ""
    slug: str = ""
    summary: str = ""
    author: Person | None = None
    reviewer: Person | None = None
    published: dt.date | dt.datetime | None = None
    updated: dt.date | None = None
    reviewed: dt.date | None = None
    next_review: dt.date | None = None
    pain_location: str = ""
    problems: str = ""
    muscles: list[str] = field(default_factory=list)
    further_reading: str = ""
    regions: list[str] = field(default_factory=list)
    spots: list[str] = field(default_factory=list)
    treatments: list[str] = field(default_factory=list)
    series: Part | None = None
    related: list[str] = field(default_factory=list)
    related_exclude: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    evidence_note: str = ""
    references: str = ""
    changes: list[tuple[str, str]] = field(default_factory=list)
    status: str = ""


def understand(source: Source) -> Fields:
    """Return what a file says of its article. Raises BadFile with the line of the key at fault."""
    values: dict[str, Any] = {}
    for key, value in source.front.items():
        line = source.lines[key]
        if key not in READERS:
            near = get_close_matches(key, READERS, n=1)
            hint = _("; did you mean %(near)s?") % {"near": near[0]} if near else ""
            raise BadFile(_("%(key)s: no such key%(hint)s") % {"key": key, "hint": hint}, line)
        if value in ("", []):
            continue
        try:
            values[key] = READERS[key](value)
        except ValueError as error:
            raise BadFile(f"{key}: {error}", line) from error
    fields = Fields(**values)
    if not fields.title.strip():
        raise BadFile(_("title: an article needs one"), source.lines.get("title", 1))
    return fields


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(_("text belongs here, not a list or a mapping"))
    return value


def _words(most: int) -> Callable[[Any], str]:
    def reader(value: Any) -> str:
        text = _text(value)
        if len(text) > most:
            raise ValueError(_("%(count)d characters; %(most)d is the most") % {"count": len(text), "most": most})
        return text

    return reader


def _joined(name: str, separator: str) -> Callable[[Any], str]:
    """Text, or a list that becomes one."""
    limited = _words(_most(name))
    return lambda value: limited(separator.join(_list(value)) if isinstance(value, list) else value)


def _most(name: str) -> int:
    most = Article._meta.get_field(name).max_length
    assert most is not None  # noqa: S101  (the fields named below are short ones)
    return most


def _markdown(value: Any) -> str:
    return normal_text(_text(value))


def _references(value: Any) -> str:
    if isinstance(value, list):
        return "".join(f"{number}. {' '.join(each.split())}\n" for number, each in enumerate(_list(value), start=1))
    return _markdown(value)


def _list(value: Any) -> list[str]:
    """A list of text; one text is a list of one. What repeats counts once."""
    items = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in items):
        raise ValueError(_("a list of words belongs here"))
    return list(dict.fromkeys(item.strip() for item in items if item.strip()))


def _date(value: Any) -> dt.date:
    text = _text(value).strip()
    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError(_("“%(text)s” is no date; write 2026-05-17") % {"text": text[:40]}) from None
    _refuse_odd_year(date)
    return date


def _refuse_odd_year(date: dt.date) -> None:
    """At the ends of the calendar a change of time zone falls off it."""
    if not YEARS[0] <= date.year <= YEARS[1]:
        raise ValueError(_("the year %(year)d is none for an article") % {"year": date.year})


def _moment(value: Any) -> dt.date | dt.datetime:
    text = _text(value).strip()
    if len(text) <= len("2026-05-17"):
        return _date(value)
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(_("“%(text)s” is no time; write 2026-05-17T09:00-04:00") % {"text": text[:40]}) from None
    _refuse_odd_year(moment)
    return moment


def _status(value: Any) -> str:
    text = _text(value).strip().lower()
    if text not in STATUSES:
        raise ValueError(_("“%(text)s” is none of %(known)s") % {"text": text[:40], "known": ", ".join(STATUSES)})
    return text


def _person(value: Any) -> Person:
    """“Elena Marchetti, MD”, a slug, or a mapping."""
    if isinstance(value, dict):
        known = _mapping(value, required={"name"}, optional={"credentials", "job", "bio", "slug"})
        person = Person(**known)
    else:
        name, _comma, credentials = _text(value).partition(",")
        person = Person(name.strip(), credentials.strip())
    for part, most in (("name", 80), ("credentials", 80), ("job", 120), ("slug", 80)):
        if len(getattr(person, part)) > most:
            raise ValueError(_("the %(part)s is too long: %(most)d characters at most") % {"part": part, "most": most})
    if not person.name.strip():
        raise ValueError(_("somebody without a name"))
    return person


def _part(value: Any) -> Part:
    """The title of a series, or a mapping with `slug`, `title`, `part` and `introduction`."""
    if not isinstance(value, dict):
        return Part(_words(160)(value).strip())
    known = _mapping(value, required=set(), optional={"title", "slug", "part", "introduction"})
    part = known.get("part")
    if part is not None and not (re.fullmatch(r"[0-9]{1,4}", part) and int(part)):
        raise ValueError(_("the part is a number from 1"))
    if not (known.get("title") or known.get("slug")):
        raise ValueError(_("a series needs a title"))
    title, slug = _words(160)(known.get("title", "")), _words(120)(known.get("slug", ""))
    introduction = normal_text(known["introduction"]) if "introduction" in known else None
    return Part(title, slug, int(part) if part else None, introduction)


def _changes(value: Any) -> list[tuple[str, str]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ValueError(_("a list of “date” and “note” belongs here"))
    return [_change(_mapping(each, required={"date", "note"}, optional=set())) for each in value]


def _change(known: dict[str, str]) -> tuple[str, str]:
    date, note = known["date"].strip(), known["note"]
    try:
        parse_partial_date(date)
    except ValueError:
        raise ValueError(_("“%(date)s” is no date; write 2016, 2016-05 or 2016-05-17") % {"date": date[:40]}) from None
    return date, _words(400)(note)


def _mapping(value: dict, *, required: Iterable[str], optional: Iterable[str]) -> dict[str, str]:
    known = {*required, *optional}
    for key, each in value.items():
        if key not in known:
            raise ValueError(_("“%(key)s” is none of %(known)s") % {"key": key, "known": ", ".join(sorted(known))})
        if not isinstance(each, str):
            raise ValueError(_("“%(key)s” takes text") % {"key": key})
    missing = [key for key in required if not value.get(key)]
    if missing:
        raise ValueError(_("“%(key)s” is missing") % {"key": missing[0]})
    return value


READERS: dict[str, Callable[[Any], Any]] = {
    "title": _words(_most("title")),
    "subtitle": _words(_most("subtitle")),
    "slug": _words(_most("slug")),
    "summary": _words(_most("summary")),
    "author": _person,
    "reviewer": _person,
    "published": _moment,
    "updated": _date,
    "reviewed": _date,
    "next_review": _date,
    "pain_location": _words(_most("pain_location")),
    "problems": _joined("problems", ", "),
    "muscles": _list,
    "further_reading": _joined("further_reading", "; "),
    "regions": _list,
    "spots": _list,
    "treatments": _list,
    "series": _part,
    "related": _list,
    "related_exclude": _list,
    "aliases": _list,
    "evidence_note": _markdown,
    "references": _references,
    "changes": _changes,
    "status": _status,
}
