"""A walk through the diary by its verbs: after each step the calendar holds what the diary holds, and is new only if that is."""

import datetime as dt
from contextlib import contextmanager

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from bookings import feeds, scheduling
from bookings.models import Appointment, TimeOff
from tests import cast, factories
from tests.cast import NEW_YORK, NOW, at

pytestmark = [pytest.mark.django_db, pytest.mark.engine]

modest = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
BY = scheduling.By.system()
DATES = ["2026-03-05", "2026-03-06", "2026-03-09"]  # the clock goes forward on the 8th
STEPS = ["approve", "decline", "confirm", "check_in", "start", "finish", "miss", "cancel", "undo"]

# What is done, to the how manieth visit or row of time off, on which date, at which hour, with whom.
steps = st.tuples(
    st.sampled_from(["book", "book", "request", "move", "move", "amend", "away", "closed", "longer", "free", *STEPS]),
    st.integers(0, 5),
    st.sampled_from(DATES),
    st.integers(9, 16),
    st.booleans(),
)


# --- The walk -------------------------------------------------------------------------------------------------------


@contextmanager
def clinic_of_the_walk():
    """A clinic that is gone after the walk."""
    with transaction.atomic():
        yield cast.open_clinic()
        transaction.set_rollback(True)


def do(clinic, step, *, now):
    """Do one step, or leave it when the diary refuses."""
    verb, which, date, hour, own = step
    start = at(date, f"{hour:02}:00")
    with transaction.atomic():
        try:
            if verb in ("book", "request"):
                who = {"patient": factories.PatientFactory(), "by": BY, "now": now, "source": "desk"}
                getattr(scheduling, verb)(slot(clinic, start, own), **who)
            elif verb in ("away", "closed"):
                close(clinic, verb, start, own, now=now)
            elif verb in ("longer", "free"):
                change_time_off(verb, which, now=now)
            else:
                change_visit(clinic, verb, which, slot(clinic, start, own), now=now)
        except scheduling.Refused:
            transaction.set_rollback(True)


def slot(clinic, start, own):
    return scheduling.Slot(clinic.consultation, start, clinic.house, clinic.ortiz if own else clinic.sato)


def close(clinic, verb, start, whole_days, *, now):
    if whole_days:
        start = start.replace(hour=0)
    end = start + dt.timedelta(days=2 if whole_days else 0, hours=0 if whole_days else 3)
    where = {"resource": clinic.ortiz.resource} if verb == "away" else {"location": clinic.house}
    scheduling.block(**where, start=start, end=end, kind="leave" if verb == "away" else "closure", by=BY, now=now)


def change_time_off(verb, which, *, now):
    row = TimeOff.objects.order_by("pk")[which : which + 1].first()
    if row is None:
        return
    if verb == "free":
        row.delete()
    else:
        row.end += dt.timedelta(hours=1)
        scheduling.reblock(row, by=BY, now=now)


def change_visit(clinic, verb, which, wanted, *, now):
    visit = Appointment.objects.order_by("pk")[which : which + 1].first()
    if visit is None:
        return
    if verb == "move":
        scheduling.move(visit, wanted, by=BY, now=now)
    elif verb == "amend":
        scheduling.amend(visit, by=BY, now=now, reason=f"Said at {now}")
    else:
        more = {"reason": "other"} if verb == "cancel" else {}
        later = visit.start + dt.timedelta(minutes=1) if verb == "miss" else now
        getattr(scheduling, verb)(visit, by=BY, now=later, **more)


# --- What the diary says, found slowly --------------------------------------------------------------------------------


def oracle(clinic):
    """Return what Dr. Ortiz's calendar must hold: (title, start, end, sequence), sorted."""
    return sorted([*visits(clinic), *away(clinic), *closed(clinic)], key=str)


def visits(clinic):
    for visit in Appointment.objects.all():
        if visit.clinician == clinic.ortiz and visit.status not in ("cancelled", "missed"):
            title = "Visit (not yet sure)" if visit.status == "requested" else "Visit"
            yield (title, utc(visit.start), utc(visit.end), visit.revision)


def away(clinic):
    for row in TimeOff.objects.filter(resource=clinic.ortiz.resource):
        start, end = row.start.astimezone(NEW_YORK), row.end.astimezone(NEW_YORK)
        whole = (start.hour, end.hour) == (0, 0)
        times = (start.date(), end.date()) if whole else (utc(start), utc(end))
        yield ("Away", *times, row.history.count() - 1)


def closed(clinic):
    """Date by date: Monday to Friday, 9:00 to 17:00."""
    for row in TimeOff.objects.filter(location=clinic.house):
        for date in (dt.date(2026, 3, 2) + dt.timedelta(days=number) for number in range(14)):
            opens, shuts = at(str(date), "09:00"), at(str(date), "17:00")
            start, end = max(row.start, opens), min(row.end, shuts)
            if date.weekday() > 4 or start >= end:
                continue
            after = date + dt.timedelta(days=1)
            whole = row.start <= at(str(date), "00:00") and row.end >= at(str(after), "00:00")
            yield ("Closed", *((date, after) if whole else (utc(start), utc(end))), row.history.count() - 1)


def shown(file):
    """Return what a calendar program makes of the file, whole days of a closure one by one."""
    return sorted((line for event in Calendar.from_ical(file).events for line in lines(event)), key=str)


def lines(event):
    title, sequence = str(event["summary"]), event["sequence"]
    start, end = event.decoded("dtstart"), event.decoded("dtend")
    if isinstance(start, dt.datetime):
        return [(title, utc(start), utc(end), sequence)]
    if title == "Away":
        return [(title, start, end, sequence)]
    days = [start + dt.timedelta(days=number) for number in range((end - start).days)]
    return [(title, day, day + dt.timedelta(days=1), sequence) for day in days]


def utc(instant):
    return instant.astimezone(dt.UTC)


# --- The facts ------------------------------------------------------------------------------------------------------


@modest
@given(st.lists(steps, min_size=4, max_size=14))
def test_after_every_step_the_calendar_holds_what_the_diary_holds_and_is_new_only_if_that_is(walk):
    with clinic_of_the_walk() as clinic:
        now, file, held = NOW, feeds.compose(clinic.ortiz, now=NOW), []
        for step in walk:
            now += dt.timedelta(minutes=1)
            do(clinic, step, now=now)
            ortiz = type(clinic.ortiz).objects.get(pk=clinic.ortiz.pk)
            before, held_before = file, held
            file, held = feeds.compose(ortiz, now=now), oracle(clinic)
            assert shown(file) == held
            assert (file != before) == (held != held_before)
            assert feeds.compose(ortiz, now=now + dt.timedelta(days=7)) == file
            uids = [event["uid"] for event in Calendar.from_ical(file).events]
            assert len(set(uids)) == len(uids)


def test_the_walk_reaches_what_it_is_about():
    """Booked, moved away, taken back, canceled, missed: by name, so that the walk above cannot quietly stand still."""
    with clinic_of_the_walk() as clinic:
        seen = []
        for verb, date, hour, own in [
            ("book", DATES[0], 10, True),
            ("move", DATES[2], 11, True),
            ("move", DATES[2], 11, False),
            ("move", DATES[1], 12, True),
            ("cancel", DATES[0], 9, True),
            ("undo", DATES[0], 9, True),
            ("miss", DATES[0], 9, True),
        ]:
            do(clinic, (verb, 0, date, hour, own), now=NOW)
            seen.append([start for _title, start, _end, _sequence in shown(feeds.compose(clinic.ortiz, now=NOW))])
        assert seen == [
            [utc(at(DATES[0], "10:00"))],
            [utc(at(DATES[2], "11:00"))],
            [],
            [utc(at(DATES[1], "12:00"))],
            [],
            [utc(at(DATES[1], "12:00"))],
            [],
        ]
