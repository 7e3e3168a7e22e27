"""Free times held against a slow and obvious oracle, in random clinics."""

from contextlib import contextmanager

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings import availability
from tests.bookings.availability.oracle import Oracle
from tests.bookings.availability.worlds import OWN_SESSION, build, worlds

pytestmark = [pytest.mark.django_db, pytest.mark.engine]

modest = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
askers = st.fixed_dictionaries(
    {"session_key": st.sampled_from(["", OWN_SESSION]), "by_staff": st.sampled_from([False, False, True])}
)
filters = st.sampled_from(["", "", "clinician", "location", "both"])


@contextmanager
def built(drawn):
    """A drawn clinic in the database, gone afterwards."""
    with transaction.atomic():
        yield build(drawn)
        transaction.set_rollback(True)


@modest
@given(worlds, askers, filters, st.integers(1, 3))
def test_free_times_are_what_the_oracle_finds(drawn, asker, wanted, days):
    with built(drawn) as world:
        person = world.people[1] if wanted in ("clinician", "both") else None
        place = world.places[0] if wanted in ("location", "both") else None
        found = list(
            availability.free_times(
                world.asked, first=world.first, days=days, now=world.now, clinician=person, location=place, **asker
            )
        )
        expected = Oracle(world.asked, now=world.now, **asker).free_times(
            world.first, days, person and person.pk, place and place.pk
        )

    times = [time for day in found for time in day.times]
    assert sorted(map(fact_of, times)) == sorted(expected)


def fact_of(time):
    return (time.start_minute, time.end_minute, time.clinician.pk, time.location.pk)


@modest
@given(worlds, askers)
def test_choosing_agrees_with_what_was_offered(drawn, asker):
    with built(drawn) as world:
        place = world.places[0]
        oracle = Oracle(world.asked, now=world.now, **asker)
        offered = oracle.free_times(world.first, 1, location=place.pk)
        picture = availability.look([world.asked], first=world.first, days=1, now=world.now, location=place.pk, **asker)
        for start in sorted({fact[0] for fact in offered}):
            able = sorted((fact for fact in offered if fact[0] == start), key=lambda fact: fact[2])
            choice = picture.choose(world.asked.pk, start, place.pk)
            assert (choice.clinician.pk, choice.end_minute) == (able[0][2], able[0][1])
            assert choice.resources == resources_of(oracle, choice, start, place)
        starts = {fact[0] for fact in offered}
        others = [minute for minute in range(world.midnight, world.midnight + 24 * 60, 15) if minute not in starts]
        chosen_anyway = [minute for minute in others if picture.choose(world.asked.pk, minute, place.pk)]
        if not asker["by_staff"]:
            assert chosen_anyway == []


def resources_of(oracle, choice, start, place):
    """Each resource with its minutes, as the rules say: the lowest pk for each need, one resource for several."""
    length = choice.end_minute - start
    before, after = oracle._extra("clinician")
    wanted = {choice.clinician.resource: (start - before, choice.end_minute + after)}
    for need in oracle.needs:
        if need.capability.slug != "clinician":
            thing = oracle.thing_for(need, start, length, place).pk
            mine = (start - need.minutes_before, choice.end_minute + need.minutes_after)
            known = wanted.get(thing, mine)
            wanted[thing] = (min(mine[0], known[0]), max(mine[1], known[1]))
    return wanted


@modest
@given(worlds)
def test_days_and_their_times_come_in_order(drawn):
    with built(drawn) as world:
        days = list(availability.free_times(world.asked, first=world.first, days=3, now=world.now))

    assert [day.date for day in days] == sorted({day.date for day in days})
    for day in days:
        assert {time.local_start.date() for time in day.times} == {day.date}
        order = [(time.start_minute, time.location.pk, time.clinician.pk) for time in day.times]
        assert order == sorted(set(order))
