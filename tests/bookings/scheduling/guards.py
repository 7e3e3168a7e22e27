"""A database without its guard: only for tests that show what the guard is for."""

from contextlib import contextmanager

from django.db import connection

from bookings.guards import NoOverlap
from bookings.models import Occupancy


@contextmanager
def without_guard():
    """Take the guard off during the block. The occupancy is gone afterwards: it may overlap. Needs `transactional_db`."""
    guard = next(each for each in Occupancy._meta.constraints if isinstance(each, NoOverlap))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE bookings_occupancy DROP CONSTRAINT {guard.name}")
        else:
            cursor.execute(f"DROP TRIGGER {guard.name}_insert")
            cursor.execute(f"DROP TRIGGER {guard.name}_update")
    try:
        yield
    finally:
        Occupancy.objects.all().let_go()
        with connection.schema_editor() as editor:
            editor.add_constraint(Occupancy, guard)
