"""How many rows several querysets have, asked together."""

from collections.abc import Sequence

from django.db.models import Count, IntegerField, QuerySet, Value
from django.db.models.functions import Cast


def numbers_of(rows: Sequence[QuerySet]) -> list[int]:
    """Return the number of rows of each queryset, in one statement: a union of counts. The querysets are not sliced."""
    if not rows:
        return []
    first, *others = (_counted(place, each) for place, each in enumerate(rows))
    found = dict(first.union(*others, all=True))
    return [found.get(place, 0) for place in range(len(rows))]


def _counted(place: int, rows: QuerySet) -> QuerySet:
    """Count under a number of its own: a union keeps no order."""
    numbered = rows.order_by().annotate(place=Cast(Value(place), IntegerField()))
    return numbered.values("place").annotate(number=Count("pk")).values_list("place", "number")
