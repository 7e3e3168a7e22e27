"""The guard and the read of occupancy stay as quick with a million rows as with a thousand: a bounded piece of one index."""

import re

import pytest
from django.db import connection

from bookings.availability.reading import read_occupancy
from bookings.intervals import Interval
from bookings.models import Occupancy
from tests.cast import NOW, open_clinic
from tests.diary import put_appointment

pytestmark = [pytest.mark.django_db, pytest.mark.engine]

INDEX = "occupancy_resource_start_end"


def plan_of(sql, params=()):
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {sql}", params)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def fill():
    """A diary long enough that reading all of it is dear, and a planner that knows."""
    clinic = open_clinic()
    owner = put_appointment(clinic, 0, 30)
    rooms = [clinic.room_one, clinic.room_two, clinic.gym, clinic.ortiz.resource]
    rows = (
        Occupancy(resource=room, start=start, end=start + 30, appointment=owner)
        for room in rooms
        for start in range(29_000_000, 29_090_000, 30)
    )
    Occupancy.objects.bulk_create(rows, batch_size=500)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE bookings_occupancy")
    return rooms


def test_the_read_of_occupancy_uses_the_index_with_both_bounds(django_assert_num_queries):
    rooms = fill()
    with django_assert_num_queries(1) as captured:
        read_occupancy([room.pk for room in rooms], Interval(29_080_000, 29_081_440), now=NOW)

    plan = plan_of(captured.captured_queries[0]["sql"])

    assert INDEX in plan
    assert bounds_on_start(plan) == {"<", ">"}


def test_the_trigger_of_sqlite_uses_the_index_with_both_bounds():
    if connection.vendor != "sqlite":
        pytest.skip("triggers are the guard of SQLite")
    fill()
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'occupancy_no_overlap_update'")
        trigger = cursor.fetchone()[0]
    query = re.search(r"EXISTS \((SELECT 1 .*?)\) BEGIN", trigger, re.DOTALL)[1]
    for column, value in {"resource_id": "1", "start": "29080000", "end": "29080030", "id": "7"}.items():
        query = query.replace(f'NEW."{column}"', value)

    plan = plan_of(query)

    assert INDEX in plan
    assert bounds_on_start(plan) == {"<", ">"}


def test_the_exclusion_of_postgresql_is_an_index_over_resource_and_range():
    if connection.vendor != "postgresql":
        pytest.skip("exclusion is the guard of PostgreSQL")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'occupancy_no_overlap'")
        definition = cursor.fetchone()[0]

    assert definition == (
        'EXCLUDE USING gist (resource_id WITH =, int4range(start, "end") WITH &&) WHERE ((NOT overbooked))'
    )


def bounds_on_start(plan):
    """Return the comparisons of `start` that the index is searched with, not merely filtered by."""
    lines = plan.splitlines()
    searched = [line for line in lines if (INDEX in line if connection.vendor == "sqlite" else "Index Cond" in line)]
    return set(re.findall(r"\bstart ?([<>])", "\n".join(searched)))
