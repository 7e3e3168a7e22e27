"""Moving a visit, and closing time it may stand in."""

import pytest

from bookings import scheduling
from bookings.models import TimeOff
from bookings.scheduling import Changed, NotAllowed, NotOffered, Taken
from tests.bookings.scheduling.asking import (
    DAY,
    HOUR,
    PATIENT,
    SYSTEM,
    book,
    desk,
    messages_of,
    refused,
    slot,
    taken_by,
    verbs_of,
)  # fmt: skip
from tests.cast import NOW, at, open_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.engine]


@pytest.fixture
def clinic():
    return open_clinic()


# --- Move ------------------------------------------------------------------------------------------------------------


def test_a_moved_visit_takes_the_new_time_and_frees_the_old(clinic):
    made = book(clinic)
    moved = scheduling.move(made, slot(clinic, "11:00"), by=SYSTEM, now=NOW)

    assert (moved.start, moved.end, moved.arrive_at) == (at(DAY, "11:00"), at(DAY, "11:45"), at(DAY, "10:50"))
    assert (moved.revision, moved.version, moved.reference) == (1, 1, made.reference)
    assert taken_by(moved) == [("Tess Lindqvist", "04 11:00", "04 11:45"), ("Gym", "04 11:00", "04 11:45")]
    assert messages_of(moved) == ["confirmation void", "reminder void", "moved due", "reminder due"]
    assert moved.events.last().detail == {
        "was": {"start": "2026-03-04T14:00:00+00:00", "clinician": clinic.lindqvist.pk, "location": clinic.house.pk}
    }
    assert book(clinic, patient=clinic.ben).start == made.start


def test_a_visit_may_move_onto_a_part_of_its_own_time(clinic):
    moved = scheduling.move(book(clinic), slot(clinic, "09:15"), by=SYSTEM, now=NOW)

    assert taken_by(moved)[0] == ("Tess Lindqvist", "04 09:15", "04 10:00")


def test_a_visit_may_move_to_another_clinician(clinic):
    made = book(clinic, treatment=clinic.consultation)
    moved = scheduling.move(
        made, slot(clinic, treatment=clinic.consultation, clinician=clinic.sato), by=SYSTEM, now=NOW
    )

    assert (made.clinician, moved.clinician) == (clinic.ortiz, clinic.sato)
    assert [name for name, _start, _end in taken_by(moved)] == ["Ben Sato", "Room 1"]


def test_the_old_time_stays_when_the_new_one_is_taken(clinic):
    made = book(clinic)
    book(clinic, "11:00", patient=clinic.ben)

    with refused(Taken):
        scheduling.move(made, slot(clinic, "11:15"), by=SYSTEM, now=NOW)


@pytest.mark.parametrize(("time", "date"), [("03:00", DAY), ("09:00", "2026-03-07"), ("09:00", "2026-03-01")])
def test_the_old_time_stays_when_the_new_one_is_not_offered(clinic, time, date):
    made = book(clinic)

    with refused(NotOffered):
        scheduling.move(made, slot(clinic, time, date=date), by=SYSTEM, now=NOW)


# --- Move, by the patient --------------------------------------------------------------------------------------------

NINE = at(DAY, "09:00")


def test_a_patient_moves_until_the_cut_off_and_not_a_second_later(clinic):
    made, later = book(clinic), slot(clinic, "11:00", date="2026-03-05")

    with refused(NotAllowed) as caught:
        scheduling.move(made, later, by=PATIENT, now=NINE - 24 * HOUR + HOUR / 3600)
    assert clinic.house.phone.as_national in str(caught.value.message)
    assert scheduling.move(made, later, by=PATIENT, now=NINE - 24 * HOUR).start == at("2026-03-05", "11:00")


@pytest.mark.parametrize("by", [SYSTEM, "desk"])
def test_the_desk_moves_after_the_cut_off(clinic, by):
    by = desk() if by == "desk" else by
    moved = scheduling.move(book(clinic), slot(clinic, "11:00"), by=by, now=NINE - 3 * HOUR)

    assert moved.start == at(DAY, "11:00")


def test_a_patient_does_not_move_what_has_begun_even_without_a_cut_off(clinic):
    clinic.therapy.cancel_cutoff_hours = 0
    clinic.therapy.save()
    made = book(clinic)

    with refused(NotAllowed):
        scheduling.move(made, slot(clinic, "14:00"), by=PATIENT, now=NINE)
    assert scheduling.move(made, slot(clinic, "14:00"), by=PATIENT, now=NINE - HOUR / 60).start == at(DAY, "14:00")


@pytest.mark.parametrize("date", ["2026-03-02", "2026-06-01"])
def test_notice_and_horizon_hold_for_a_patient_who_moves(clinic, date):
    """Two hours of notice from 8:00, and ninety days: 9:45 today and 1 June are out."""
    made = book(clinic)

    with refused(NotOffered):
        scheduling.move(made, slot(clinic, "09:45", date=date), by=PATIENT, now=NOW)
    assert scheduling.move(made, slot(clinic, "10:00", date="2026-03-02"), by=PATIENT, now=NOW).version == 1


def test_a_request_that_its_patient_moves_stays_a_request(clinic):
    asked = scheduling.request(slot(clinic), patient=clinic.ada, by=PATIENT, now=NOW, source="web")
    moved = scheduling.move(asked, slot(clinic, "11:00"), by=PATIENT, now=NOW + HOUR)

    assert (moved.status, moved.decide_by) == ("requested", NOW + 25 * HOUR)
    assert messages_of(moved) == ["request void", "moved due"]


@pytest.mark.parametrize("reason", ["time", "better"])
def test_a_patient_does_not_move_what_is_cancelled(clinic, reason):
    gone = scheduling.cancel(book(clinic), by=PATIENT, now=NOW, reason=reason)

    with refused(NotAllowed):
        scheduling.move(gone, slot(clinic, "11:00"), by=PATIENT, now=NOW)


def test_a_visit_does_not_become_another_treatment_by_moving(clinic):
    made = book(clinic)

    with refused(NotOffered):
        scheduling.move(made, slot(clinic, "11:00", clinic.consultation), by=SYSTEM, now=NOW)


def test_a_patient_is_not_moved_into_their_own_other_visit(clinic):
    made = book(clinic)
    book(clinic, "11:00", treatment=clinic.consultation)

    with refused(NotAllowed):
        scheduling.move(made, slot(clinic, "11:15"), by=SYSTEM, now=NOW)


def test_a_confirmed_visit_is_to_be_confirmed_again(clinic):
    made = scheduling.confirm(book(clinic), by=PATIENT, now=NOW)

    assert scheduling.move(made, slot(clinic, "11:00"), by=SYSTEM, now=NOW).confirmed_at is None


def test_a_request_moves_as_a_request(clinic):
    asked = scheduling.request(slot(clinic), patient=clinic.ada, by=PATIENT, now=NOW, source="web")
    moved = scheduling.move(asked, slot(clinic, "11:00"), by=desk(), now=NOW)

    assert (moved.status, verbs_of(moved)) == ("requested", ["request", "move"])
    assert messages_of(moved) == ["request void", "moved due"]


def test_a_request_that_moves_is_decided_before_its_new_time(clinic):
    asked = slot(clinic, "15:00", date="2026-03-05")
    made = scheduling.request(asked, patient=clinic.ada, by=PATIENT, now=NOW, source="web")
    moved = scheduling.move(made, slot(clinic, "11:00", date="2026-03-02"), by=SYSTEM, now=NOW)

    assert (made.decide_by, moved.decide_by) == (NOW + 24 * HOUR, at("2026-03-02", "11:00"))


def test_who_has_arrived_is_not_moved(clinic):
    arrived = scheduling.check_in(book(clinic), by=SYSTEM, now=at(DAY, "08:50"))

    with refused(NotAllowed):
        scheduling.move(arrived, slot(clinic, "11:00"), by=SYSTEM, now=at(DAY, "08:55"))


def test_a_stale_version_is_refused(clinic):
    seen = book(clinic)
    scheduling.confirm(seen, by=PATIENT, now=NOW)

    with refused(Changed):
        scheduling.move(seen, slot(clinic, "11:00"), by=SYSTEM, now=NOW, version=seen.version)


def test_an_overbooked_visit_becomes_a_plain_one_by_moving_to_a_free_time(clinic):
    book(clinic, treatment=clinic.consultation, clinician=clinic.ortiz)
    asked = slot(clinic, treatment=clinic.consultation, clinician=clinic.ortiz)
    extra = scheduling.overbook(asked, patient=clinic.ben, overbook_reason="pain", by=desk(), now=NOW, source="phone")
    moved = scheduling.move(extra, slot(clinic, "11:00", clinic.consultation, clinic.ortiz), by=SYSTEM, now=NOW)

    assert set(moved.occupancy.values_list("overbooked", flat=True)) == {False}


# --- Block -----------------------------------------------------------------------------------------------------------


def block(clinic, start="08:00", end="12:00", **whose):
    whose = whose or {"resource": clinic.lindqvist.resource}
    return scheduling.block(start=at(DAY, start), end=at(DAY, end), kind="block", by=desk(), now=NOW, **whose)


def test_blocking_names_the_visits_it_hits_and_leaves_them(clinic):
    inside = book(clinic, "11:30")
    book(clinic, "12:15", patient=clinic.ben)
    off, hit = block(clinic)

    assert (hit, TimeOff.objects.get()) == ([inside], off)
    assert len(taken_by(inside)) == 2


def test_a_blocked_room_hits_by_its_extra_minutes_too(clinic):
    clinic.therapy.needs.filter(capability__slug="gym").update(minutes_after=30)
    made = book(clinic, "09:00")

    assert block(clinic, "10:00", "11:00", resource=clinic.gym)[1] == [made]
    assert block(clinic, "10:15", "11:00", resource=clinic.gym)[1] == []


def test_closing_a_place_hits_all_its_visits(clinic):
    made = [book(clinic), book(clinic, patient=clinic.ben, treatment=clinic.consultation)]

    assert block(clinic, location=clinic.house)[1] == made


def test_a_leave_of_weeks_hits_the_visits_within_it(clinic):
    made = book(clinic, date="2026-03-18")
    times = {"start": at("2026-03-05", "00:00"), "end": at("2026-03-27", "00:00")}
    _off, hit = scheduling.block(resource=clinic.lindqvist.resource, kind="leave", by=desk(), now=NOW, **times)

    assert hit == [made]


def test_who_books_after_the_block_is_refused(clinic):
    scheduling.hold(slot(clinic), session_key="mine", now=NOW)
    block(clinic)

    with refused(NotOffered):
        book(clinic, session_key="mine")


def test_a_block_has_one_object_and_an_end_after_its_start(clinic):
    by = desk()
    times = {"start": at(DAY, "09:00"), "end": at(DAY, "09:00") + HOUR, "kind": "block", "by": by, "now": NOW}

    with refused(NotAllowed):
        scheduling.block(**times)
    with refused(NotAllowed):
        scheduling.block(resource=clinic.gym, location=clinic.house, **times)
    with refused(NotAllowed):
        scheduling.block(resource=clinic.gym, **times | {"end": times["start"]})


def test_a_block_is_remembered_with_its_author(clinic):
    by = desk()
    scheduling.block(resource=clinic.gym, start=NOW, end=NOW + HOUR, kind="block", by=by, now=NOW)

    entry = TimeOff.history.get()
    assert (entry.history_user, entry.history_date) == (by.user, NOW)
