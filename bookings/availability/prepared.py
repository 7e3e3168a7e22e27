"""Queries that are asked all day: the ORM writes their text once, and after that only the values change.

Writing the SQL of one look costs the ORM some five milliseconds; the database answers all of it in one. The text
depends on the engine, on which values are given and on how long the lists are, never on a value itself. So it is
written with stand-ins, kept, and bound anew each time.
"""

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

# Stand-ins lie where no value of the diary ever does: numbers fit into an integer column, instants into a timestamp.
NUMBERS_FROM = 2_000_000_000
INSTANTS_FROM = dt.datetime(9000, 1, 1, tzinfo=dt.UTC)
KEPT = 512  # texts; one more for each length of a list


class Place(NamedTuple):
    """Where a value belongs: its name, and its position when it is a list."""

    name: str
    position: int | None = None

    def value(self, values: dict[str, Any]) -> Any:
        value = values[self.name]
        return _adapted(value if self.position is None else value[self.position])


class Prepared(NamedTuple):
    sql: str
    params: list[Any]  # a `Place` for each value, and what is constant as it is
    query: Any
    converters: dict[int, Any]

    def ask(self, values: dict[str, Any]) -> list[tuple]:
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [one.value(values) if isinstance(one, Place) else one for one in self.params])
            found = cursor.fetchall()
        if not self.converters:
            return found
        compiler = self.query.get_compiler(connection=connection)
        return [tuple(row) for row in compiler.apply_converters(found, self.converters)]


def rows(build: Callable[..., QuerySet], **values: Any) -> list[tuple]:
    """Return the rows of the `values_list` queryset `build(**values)`: one statement.

    A value is a whole number, an aware instant, a text, a list of numbers, or None. `build` is a plain function that
    puts them into filters; it may ask whether one is None, and nothing else about it.
    """
    shape = tuple((name, len(value) if isinstance(value, list) else type(value)) for name, value in values.items())
    prepared = _prepare(build, connection.vendor, shape)
    return prepared.ask(values) if prepared else []


@lru_cache(maxsize=KEPT)
def _prepare(build: Callable[..., QuerySet], _vendor: str, shape: tuple) -> Prepared | None:
    """Write the text for the engine and shape; None when it cannot have rows, as with an empty list."""
    stand_ins = dict(_stand_ins(shape))
    places = {_adapted(stand_in): place for place, stand_in in _each(stand_ins)}
    query = build(**stand_ins).query
    compiler = query.get_compiler(connection=connection)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return None
    columns = [column for column, *_how in compiler.select[: compiler.col_count]]
    return Prepared(sql, [places.get(one, one) for one in params], query, compiler.get_converters(columns))


def _stand_ins(shape: tuple) -> Iterator[tuple[str, Any]]:
    numbers = itertools.count(NUMBERS_FROM)
    for name, kind in shape:
        if isinstance(kind, int):
            yield name, [next(numbers) for _position in range(kind)]
        elif kind is int:
            yield name, next(numbers)
        elif kind is dt.datetime:
            yield name, INSTANTS_FROM + dt.timedelta(minutes=next(numbers) - NUMBERS_FROM)
        else:
            yield name, f"<{name}>" if kind is str else None


def _each(stand_ins: dict[str, Any]) -> Iterator[tuple[Place, Any]]:
    for name, value in stand_ins.items():
        if isinstance(value, list):
            yield from ((Place(name, position), one) for position, one in enumerate(value))
        elif value is not None:
            yield Place(name), value


def _adapted(value: Any) -> Any:
    """Return a value as the engine wants it among the parameters."""
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, dt.datetime) else value
