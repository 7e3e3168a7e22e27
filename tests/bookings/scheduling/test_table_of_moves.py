"""Every verb in every status: what the table allows happens, everything else is refused and leaves no trace."""

import pytest

from bookings import scheduling
from bookings.models import Occupancy
from bookings.scheduling import NotAllowed
from tests.bookings.scheduling.asking import HOUR, PATIENT, SYSTEM, book, refused, slot, verbs_of
from tests.cast import NOW, at, open_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.engine]

DATE = "2026-03-02"
VISIT = at(DATE, "12:00")
LATER = VISIT + HOUR / 60  # a minute after the start: late enough to miss it, still the day of the visit

ALLOWED = {
    "approve": {"requested": "booked"},
    "decline": {"requested": "cancelled"},
    "confirm": {"booked": "booked"},
    "check_in": {"booked": "arrived"},
    "room": {"arrived": "in_room"},
    "start": {"arrived": "with_clinician", "in_room": "with_clinician"},
    "finish": {"with_clinician": "done"},
    "miss": {"booked": "missed"},
    "cancel": {"requested": "cancelled", "booked": "cancelled", "arrived": "cancelled", "in_room": "cancelled"},
}
WAYS = {
    "requested": [],
    "booked": [],
    "arrived": ["check_in"],
    "in_room": ["check_in", "room"],
    "with_clinician": ["check_in", "start"],
    "done": ["check_in", "start", "finish"],
    "cancelled": ["cancel"],
    "missed": ["miss"],
}
EVERY_PAIR = [(verb, status) for verb in ALLOWED for status in WAYS]
PERMITTED = [(verb, status) for verb, status in EVERY_PAIR if status in ALLOWED[verb]]
# To cancel what is cancelled is no mistake: see test_visits.
FORBIDDEN = [pair for pair in EVERY_PAIR if pair not in PERMITTED and pair != ("cancel", "cancelled")]


@pytest.fixture
def clinic():
    return open_clinic()


def do(verb, appointment, by=SYSTEM):
    reason = {"reason": "other"} if verb == "cancel" else {}
    return getattr(scheduling, verb)(appointment, by=by, now=LATER, **reason)


def brought_to(status, clinic):
    if status == "requested":
        asked = slot(clinic, "12:00", date=DATE)
        return scheduling.request(asked, patient=clinic.ada, by=PATIENT, now=NOW, source="web")
    appointment = book(clinic, "12:00", date=DATE)
    for verb in WAYS[status]:
        appointment = do(verb, appointment)
    return appointment


@pytest.mark.parametrize(("verb", "status"), PERMITTED)
def test_an_allowed_move_is_made_and_recorded(clinic, verb, status):
    before = brought_to(status, clinic)

    after = do(verb, before)

    event = after.events.last()
    assert after.status == ALLOWED[verb][status]
    assert after.version == before.version + 1
    assert after.revision == before.revision + (0 if verb == "confirm" else 1)
    assert (event.verb, event.status_before, event.status_after) == (verb, status, after.status)
    assert (event.at, event.actor, event.revision) == (LATER, "system", after.revision)
    assert Occupancy.objects.filter(appointment=after).exists() is (after.status not in ("cancelled", "missed"))


@pytest.mark.parametrize(("verb", "status"), FORBIDDEN)
def test_a_move_outside_the_table_is_refused_and_leaves_no_trace(clinic, verb, status):
    appointment = brought_to(status, clinic)

    with refused(NotAllowed):
        do(verb, appointment)


@pytest.mark.parametrize("status", WAYS)
def test_the_buttons_are_what_the_table_allows(clinic, status):
    assert scheduling.allowed(brought_to(status, clinic)) == [verb for verb in ALLOWED if status in ALLOWED[verb]]


@pytest.mark.parametrize(("verb", "status"), [pair for pair in PERMITTED if pair[0] not in ("confirm", "cancel")])
def test_a_patient_may_make_none_of_the_desk_s_moves(clinic, verb, status):
    appointment = brought_to(status, clinic)

    with refused(NotAllowed):
        do(verb, appointment, by=PATIENT)


@pytest.mark.parametrize("status", ["arrived", "in_room"])
def test_a_patient_who_is_here_cannot_cancel_online(clinic, status):
    appointment = brought_to(status, clinic)
    clinic.therapy.cancel_cutoff_hours = 0
    clinic.therapy.save()

    with refused(NotAllowed):
        scheduling.cancel(appointment, by=PATIENT, now=VISIT - HOUR, reason="other")


def test_a_whole_visit_is_written_down_step_by_step(clinic):
    assert verbs_of(brought_to("done", clinic)) == ["book", "check_in", "start", "finish"]
