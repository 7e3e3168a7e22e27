"""Prepared queries answer as the ORM would: the text is kept, the values never are."""

import datetime as dt

import pytest

from bookings.availability import prepared
from bookings.models import TimeOff
from tests.cast import NOW, open_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.engine]

HOUR = dt.timedelta(hours=1)


def off_rows(*, resources, start, end, note):
    rows = TimeOff.objects.filter(resource__in=resources, start__lt=end, end__gt=start)
    if note is not None:
        rows = rows.filter(note=note)
    return rows.order_by("start").values_list("resource_id", "start", "note")


@pytest.fixture
def rooms():
    """Two rooms that are out of order for an hour: the first now, the second two hours from now."""
    clinic = open_clinic()
    rooms = [clinic.room_one, clinic.room_two]
    for room, start in zip(rooms, [NOW, NOW + 2 * HOUR], strict=True):
        TimeOff.objects.create(kind="block", resource=room, start=start, end=start + HOUR, note=room.name)
    return [room.pk for room in rooms]


def ask(resources, *, start=NOW, end=NOW + 9 * HOUR, note=None):
    return [row[0] for row in prepared.rows(off_rows, resources=resources, start=start, end=end, note=note)]


def test_the_rows_are_what_the_orm_would_return(rooms):
    values = {"resources": rooms, "start": NOW, "end": NOW + 9 * HOUR, "note": None}

    assert prepared.rows(off_rows, **values) == list(off_rows(**values))
    assert prepared.rows(off_rows, **values)[0] == (rooms[0], NOW, "Room 1")


def test_every_value_is_bound_anew(rooms):
    assert ask(rooms) == rooms
    assert ask(rooms, end=NOW + HOUR) == rooms[:1]
    assert ask(rooms, start=NOW + HOUR) == rooms[1:]
    assert ask(rooms, note="Room 2") == rooms[1:]
    assert ask(rooms, note="Room 1") == rooms[:1]
    assert ask([rooms[1], 0]) == rooms[1:]


def test_none_is_another_question(rooms):
    assert ask(rooms, note="Room 2") == rooms[1:]
    assert ask(rooms, note=None) == rooms


def test_lists_of_any_length_are_asked(rooms):
    assert ask(rooms[:1]) == rooms[:1]
    assert ask([*rooms, 0, -1]) == rooms


def test_an_empty_list_has_no_rows_and_asks_nothing(rooms, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert ask([]) == []


def test_a_text_that_looks_like_a_stand_in_is_a_text(rooms):
    assert ask(rooms, note="<note>") == []
