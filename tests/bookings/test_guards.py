"""The database itself refuses two occupancies of one resource that overlap, on both engines."""

import pytest
from django.db import IntegrityError, connection, models, transaction

from bookings.guards import LONGEST_MINUTES, NoOverlap
from bookings.intervals import to_minute
from bookings.models import Appointment, Occupancy
from tests.cast import at, open_clinic
from tests.diary import past_the_verbs, put_appointment, put_hold, take

pytestmark = [pytest.mark.django_db, pytest.mark.engine]

NINE = to_minute(at("2026-03-04", "09:00"))


@pytest.fixture
def clinic():
    return open_clinic()


@pytest.fixture
def owner(clinic):
    return put_appointment(clinic, NINE, NINE + 30)


@pytest.fixture
def taken(clinic, owner):
    """Room 1 is taken from 9:00 to 9:30."""
    return take(clinic.room_one, NINE, NINE + 30, appointment=owner)


def refused(write):
    """Whether the database refuses this write; the transaction goes on."""
    try:
        with transaction.atomic():
            write()
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize(
    ("start", "end", "is_refused"),
    [
        (0, 30, True),
        (-15, 15, True),
        (15, 45, True),
        (10, 20, True),
        (-60, 90, True),
        (29, 30, True),
        (-1410, 1, True),
        (-30, 0, False),
        (30, 60, False),
        (-1440, 0, False),
        (30, 1470, False),
    ],
)
def test_an_overlap_is_refused_and_an_adjacent_time_is_not(clinic, owner, taken, start, end, is_refused):
    write = lambda: take(clinic.room_one, NINE + start, NINE + end, appointment=owner)  # noqa: E731

    assert refused(write) is is_refused


def test_another_resource_does_not_matter(clinic, owner, taken):
    take(clinic.room_two, NINE, NINE + 30, appointment=owner)

    assert Occupancy.objects.count() == 2


def test_a_hold_and_an_appointment_refuse_each_other(clinic, owner, taken):
    hold = put_hold(clinic, NINE, NINE + 30, expires_at=at("2026-03-02", "08:10"))

    assert refused(lambda: take(clinic.room_one, NINE, NINE + 30, hold=hold))


def test_moving_a_row_onto_another_is_refused(clinic, owner, taken):
    later = take(clinic.room_one, NINE + 30, NINE + 60, appointment=owner)
    rows = past_the_verbs(Occupancy).filter(pk=later.pk)

    assert refused(lambda: rows.update(start=NINE + 29))
    assert refused(lambda: rows.update(start=NINE, end=NINE + 30))


def test_giving_a_row_the_resource_of_another_is_refused(clinic, owner, taken):
    other = take(clinic.room_two, NINE, NINE + 30, appointment=owner)

    assert refused(lambda: past_the_verbs(Occupancy).filter(pk=other.pk).update(resource=clinic.room_one))


def test_a_row_may_be_moved_over_its_own_old_time(taken):
    past_the_verbs(Occupancy).filter(pk=taken.pk).update(start=NINE + 10, end=NINE + 40)

    taken.refresh_from_db()
    assert (taken.start, taken.end) == (NINE + 10, NINE + 40)


def test_bulk_create_is_refused_whole(clinic, owner):
    rows = [
        Occupancy(resource=clinic.room_one, start=NINE + shift, end=NINE + shift + 30, appointment=owner)
        for shift in (0, 30, 59)
    ]

    assert refused(lambda: Occupancy.objects.bulk_create(rows))
    assert Occupancy.objects.count() == 0


def test_raw_sql_is_refused(clinic, owner, taken):
    def write():
        with connection.cursor() as cursor:
            cursor.execute(
                'INSERT INTO bookings_occupancy (resource_id, start, "end", appointment_id, overbooked) '
                'SELECT resource_id, start + 1, "end" + 1, appointment_id, overbooked FROM bookings_occupancy'
            )

    assert refused(write)


def test_what_is_overbooked_on_purpose_is_let_pass(clinic, owner, taken):
    take(clinic.room_one, NINE, NINE + 30, appointment=owner, overbooked=True)
    take(clinic.room_one, NINE, NINE + 30, appointment=owner, overbooked=True)

    assert Occupancy.objects.count() == 3


def test_an_overbooked_row_does_not_excuse_the_next(clinic, owner, taken):
    take(clinic.room_one, NINE, NINE + 30, appointment=owner, overbooked=True)

    assert refused(lambda: take(clinic.room_one, NINE, NINE + 30, appointment=owner))


def test_an_overbooked_row_cannot_become_a_plain_one_while_the_time_is_taken(clinic, owner, taken):
    extra = take(clinic.room_one, NINE, NINE + 30, appointment=owner, overbooked=True)

    assert refused(lambda: past_the_verbs(Occupancy).filter(pk=extra.pk).update(overbooked=False))


@pytest.mark.parametrize(
    ("minutes", "is_refused"),
    [(0, True), (-30, True), (1, False), (LONGEST_MINUTES, False), (LONGEST_MINUTES + 1, True)],
)
def test_a_row_is_longer_than_nothing_and_not_longer_than_a_day(clinic, owner, minutes, is_refused):
    assert refused(lambda: take(clinic.room_one, NINE, NINE + minutes, appointment=owner)) is is_refused


def test_a_row_belongs_to_an_appointment_or_a_hold_and_not_to_both(clinic, owner):
    hold = put_hold(clinic, NINE, NINE + 30, expires_at=at("2026-03-02", "08:10"))

    assert refused(lambda: take(clinic.room_one, NINE, NINE + 30))
    assert refused(lambda: take(clinic.room_one, NINE, NINE + 30, appointment=owner, hold=hold))


# --- The guard stands ------------------------------------------------------------------------------------------------


def guard_parts():
    """Return what the database knows of the guard, by name."""
    names = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'bookings_occupancy'",
        "postgresql": "SELECT conname FROM pg_constraint WHERE conrelid = 'bookings_occupancy'::regclass AND contype = 'x'",
    }
    with connection.cursor() as cursor:
        cursor.execute(names[connection.vendor])
        return sorted(row[0] for row in cursor.fetchall())


PARTS = {
    "sqlite": ["occupancy_no_overlap_insert", "occupancy_no_overlap_update"],
    "postgresql": ["occupancy_no_overlap"],
}


def test_the_guard_stands_after_all_migrations():
    assert guard_parts() == PARTS[connection.vendor]


@pytest.fixture
def rebuilding(transactional_db):
    """A schema editor as a migration has it; the table is as it was afterwards."""
    yield lambda: connection.schema_editor(atomic=True)
    field = models.IntegerField(default=0)
    field.set_attributes_from_name("extra")
    with connection.cursor() as cursor:
        columns = [
            column.name for column in connection.introspection.get_table_description(cursor, Occupancy._meta.db_table)
        ]
    if "extra" in columns:
        with connection.schema_editor() as editor:
            editor.remove_field(Occupancy, field)


def still_refuses(clinic):
    owner = put_appointment(clinic, NINE, NINE + 30)
    row = take(clinic.room_one, NINE, NINE + 30, appointment=owner)
    later = take(clinic.room_one, NINE + 30, NINE + 60, appointment=owner)
    on_insert = refused(lambda: take(clinic.room_one, NINE, NINE + 30, appointment=owner))
    on_update = refused(lambda: past_the_verbs(Occupancy).filter(pk=later.pk).update(start=NINE))
    Occupancy.objects.filter(pk__in=[row.pk, later.pk]).let_go()
    return on_insert and on_update


def test_the_guard_survives_a_new_field(rebuilding):
    field = models.IntegerField(default=0)
    field.set_attributes_from_name("extra")
    with rebuilding() as editor:
        editor.add_field(Occupancy, field)
    with rebuilding() as editor:
        editor.remove_field(Occupancy, field)

    assert guard_parts() == PARTS[connection.vendor]
    assert still_refuses(open_clinic())


def test_the_guard_survives_an_altered_field(rebuilding):
    old = Occupancy._meta.get_field("overbooked")
    new = models.BooleanField(default=False, null=True)
    new.set_attributes_from_name("overbooked")
    new.model = Occupancy
    with rebuilding() as editor:
        editor.alter_field(Occupancy, old, new, strict=True)
        editor.alter_field(Occupancy, new, old, strict=True)

    assert guard_parts() == PARTS[connection.vendor]
    assert still_refuses(open_clinic())


def test_the_guard_survives_a_rebuild_of_a_table_it_points_to(rebuilding):
    old = Appointment._meta.get_field("outcome")
    new = models.CharField(max_length=400, blank=True)
    new.set_attributes_from_name("outcome")
    new.model = Appointment
    with rebuilding() as editor:
        editor.alter_field(Appointment, old, new, strict=True)
    with rebuilding() as editor:
        editor.alter_field(Appointment, new, old, strict=True)

    assert guard_parts() == PARTS[connection.vendor]
    assert still_refuses(open_clinic())


def test_the_guard_can_be_taken_off_and_put_on_again(rebuilding):
    constraint = next(each for each in Occupancy._meta.constraints if isinstance(each, NoOverlap))
    kept = Occupancy._meta.constraints
    try:
        Occupancy._meta.constraints = [each for each in kept if each is not constraint]
        with rebuilding() as editor:
            editor.remove_constraint(Occupancy, constraint)
        assert guard_parts() == []
    finally:
        Occupancy._meta.constraints = kept
        with rebuilding() as editor:
            editor.add_constraint(Occupancy, constraint)

    assert guard_parts() == PARTS[connection.vendor]


def test_the_constraint_is_written_into_migrations_whole():
    _path, args, kwargs = NoOverlap(name="one").deconstruct()

    assert NoOverlap(*args, **kwargs) == NoOverlap(name="one")
    assert NoOverlap(name="one") != NoOverlap(name="two")
