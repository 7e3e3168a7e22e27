"""The course of a visit: confirming, coming, missing, cancelling, and taking a step back."""

import datetime as dt

import pytest

from bookings import scheduling
from bookings.models import Occupancy
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

SECOND = dt.timedelta(seconds=1)
NINE = at(DAY, "09:00")


@pytest.fixture
def clinic():
    return open_clinic()


# --- Confirm ---------------------------------------------------------------------------------------------------------


def test_confirming_keeps_the_revision_and_all_messages(clinic):
    appointment = book(clinic)
    before = messages_of(appointment)

    confirmed = scheduling.confirm(appointment, by=PATIENT, now=NOW + HOUR)

    assert (confirmed.confirmed_at, confirmed.revision) == (NOW + HOUR, appointment.revision)
    assert messages_of(confirmed) == before


def test_confirming_twice_keeps_the_first_time(clinic):
    appointment = scheduling.confirm(book(clinic), by=PATIENT, now=NOW + HOUR)
    again = scheduling.confirm(appointment, by=PATIENT, now=NOW + 2 * HOUR)

    assert (again.confirmed_at, again.version, verbs_of(again)) == (
        NOW + HOUR,
        appointment.version,
        ["book", "confirm"],
    )


# --- Coming, or not --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("date", "time"), [(DAY, "00:00"), (DAY, "08:50"), (DAY, "23:59")])
def test_a_patient_is_checked_in_on_the_day(clinic, date, time):
    assert scheduling.check_in(book(clinic), by=SYSTEM, now=at(date, time)).status == "arrived"


@pytest.mark.parametrize(("date", "time"), [("2026-03-03", "23:59"), ("2026-03-05", "00:00")])
def test_a_patient_is_not_checked_in_on_another_day(clinic, date, time):
    appointment = book(clinic)

    with refused(NotAllowed):
        scheduling.check_in(appointment, by=SYSTEM, now=at(date, time))


def test_the_day_of_check_in_is_the_day_it_stands_for_now(clinic):
    seen = book(clinic)
    scheduling.move(seen, slot(clinic, date="2026-03-05"), by=SYSTEM, now=NOW)

    with refused(NotAllowed):
        scheduling.check_in(seen, by=SYSTEM, now=at(DAY, "08:50"))


def test_nobody_is_missed_before_the_start(clinic):
    appointment = book(clinic)

    with refused(NotAllowed):
        scheduling.miss(appointment, by=SYSTEM, now=NINE - SECOND)
    assert scheduling.miss(appointment, by=SYSTEM, now=NINE).status == "missed"


def test_who_was_moved_to_a_later_time_is_not_missed_at_the_earlier_one(clinic):
    seen = book(clinic)
    scheduling.move(seen, slot(clinic, "15:00"), by=SYSTEM, now=NOW)

    with refused(NotAllowed):
        scheduling.miss(seen, by=SYSTEM, now=NINE + HOUR)


# --- Cancel ----------------------------------------------------------------------------------------------------------


def test_a_cancelled_visit_frees_its_time_and_withdraws_what_was_unsent(clinic):
    cancelled = scheduling.cancel(book(clinic), by=PATIENT, now=NOW, reason="better")

    assert (cancelled.status, cancelled.cancel_reason, taken_by(cancelled)) == ("cancelled", "better", [])
    assert messages_of(cancelled) == ["confirmation void", "reminder void", "cancelled due"]


def test_cancelling_twice_changes_nothing_and_tells_once(clinic):
    seen = book(clinic)
    first = scheduling.cancel(seen, by=PATIENT, now=NOW, reason="better", version=seen.version)
    second = scheduling.cancel(seen, by=PATIENT, now=NOW + HOUR, reason="time", version=seen.version)

    assert (second.version, second.cancel_reason, verbs_of(second)) == (first.version, "better", ["book", "cancel"])
    assert messages_of(second).count("cancelled due") == 1


def test_a_patient_cancels_until_the_cut_off_and_not_a_second_later(clinic):
    appointment = book(clinic)

    with refused(NotAllowed) as caught:
        scheduling.cancel(appointment, by=PATIENT, now=NINE - 24 * HOUR + SECOND, reason="time")
    assert clinic.house.phone.as_national in str(caught.value.message)
    assert scheduling.cancel(appointment, by=PATIENT, now=NINE - 24 * HOUR, reason="time").status == "cancelled"


def test_the_desk_cancels_after_the_cut_off(clinic):
    assert scheduling.cancel(book(clinic), by=desk(), now=NINE - HOUR, reason="clinician_away").status == "cancelled"


def test_an_unknown_reason_is_refused(clinic):
    appointment = book(clinic)

    with refused(NotAllowed):
        scheduling.cancel(appointment, by=SYSTEM, now=NOW, reason="<script>")


def test_a_patient_has_no_reason_that_only_staff_may_give(clinic):
    made = book(clinic)
    with refused(NotAllowed):
        scheduling.cancel(made, by=PATIENT, now=NOW, reason="clinician_away")


def test_nobody_is_told_when_the_desk_says_so(clinic):
    cancelled = scheduling.cancel(book(clinic), by=desk(), now=NOW, reason="duplicate", notify=False)

    assert messages_of(cancelled) == ["confirmation void", "reminder void"]


@pytest.mark.parametrize("verb", ["cancel", "confirm", "check_in"])
def test_a_stale_version_is_refused(clinic, verb):
    seen = book(clinic)
    scheduling.move(seen, slot(clinic, "11:00"), by=SYSTEM, now=NOW)
    reason = {"reason": "other"} if verb == "cancel" else {}

    with refused(Changed):
        getattr(scheduling, verb)(seen, by=SYSTEM, now=at(DAY, "08:00"), version=seen.version, **reason)


# --- Requests --------------------------------------------------------------------------------------------------------


def ask_for(clinic, **answers):
    return scheduling.request(slot(clinic), patient=clinic.ada, by=PATIENT, now=NOW, source="web", **answers)


def test_a_request_keeps_the_time_and_is_to_be_decided(clinic):
    asked = ask_for(clinic)

    assert (asked.status, asked.decide_by) == ("requested", NOW + 24 * HOUR)
    assert taken_by(asked) == [("Tess Lindqvist", "04 09:00", "04 09:45"), ("Gym", "04 09:00", "04 09:45")]
    assert messages_of(asked) == ["request due"]


def test_a_request_is_decided_before_the_visit(clinic):
    asked = scheduling.request(
        slot(clinic, "12:00", date="2026-03-02"), patient=clinic.ada, by=PATIENT, now=NOW, source="web"
    )

    assert asked.decide_by == at("2026-03-02", "12:00")


def test_an_approved_request_is_booked_and_reminded_of(clinic):
    approved = scheduling.approve(ask_for(clinic), by=desk(), now=NOW + HOUR)

    assert (approved.status, approved.decide_by) == ("booked", None)
    assert messages_of(approved) == ["request void", "approved due", "reminder due"]


def test_a_declined_request_frees_the_time(clinic):
    declined = scheduling.decline(ask_for(clinic), by=desk(), now=NOW + HOUR)

    assert (declined.status, declined.cancel_reason, taken_by(declined)) == ("cancelled", "declined", [])
    assert messages_of(declined) == ["request void", "declined due"]


def test_two_requests_cannot_become_two_visits_at_one_time(clinic):
    ask_for(clinic)

    with refused(Taken):
        scheduling.request(slot(clinic), patient=clinic.ben, by=PATIENT, now=NOW, source="web")


# --- Undo ------------------------------------------------------------------------------------------------------------


def test_undo_takes_one_step_back_at_a_time(clinic):
    appointment = book(clinic)
    noon = at(DAY, "12:00")
    for verb in ("check_in", "room", "start", "finish"):
        appointment = getattr(scheduling, verb)(appointment, by=SYSTEM, now=noon)

    seen = []
    for _step in range(4):
        appointment = scheduling.undo(appointment, by=SYSTEM, now=noon)
        seen.append(appointment.status)

    assert seen == ["with_clinician", "in_room", "arrived", "booked"]
    with refused(NotAllowed):
        scheduling.undo(appointment, by=SYSTEM, now=noon)


def test_undo_and_do_again_and_undo(clinic):
    appointment = book(clinic)
    for verb in ("check_in", "undo", "check_in", "room", "undo", "undo"):
        appointment = getattr(scheduling, verb)(appointment, by=SYSTEM, now=at(DAY, "09:00"))

    assert appointment.status == "booked"
    with refused(NotAllowed):
        scheduling.undo(appointment, by=SYSTEM, now=at(DAY, "09:00"))


def test_a_confirmation_is_no_step(clinic):
    appointment = scheduling.confirm(book(clinic), by=PATIENT, now=NOW)

    with refused(NotAllowed):
        scheduling.undo(appointment, by=SYSTEM, now=NOW)


def test_undoing_a_cancel_takes_the_time_again_and_says_so(clinic):
    cancelled = scheduling.cancel(book(clinic), by=PATIENT, now=NOW, reason="better")
    undone = scheduling.undo(cancelled, by=SYSTEM, now=NOW + HOUR)

    assert (undone.status, undone.cancel_reason, undone.revision) == ("booked", "", cancelled.revision + 1)
    assert taken_by(undone) == [("Tess Lindqvist", "04 09:00", "04 09:45"), ("Gym", "04 09:00", "04 09:45")]
    assert messages_of(undone)[-3:] == ["cancelled void", "confirmation due", "reminder due"]


def test_undoing_a_cancel_is_refused_when_the_time_went_to_somebody_else(clinic):
    cancelled = scheduling.cancel(book(clinic), by=PATIENT, now=NOW, reason="better")
    book(clinic, patient=clinic.ben)

    with refused(Taken):
        scheduling.undo(cancelled, by=SYSTEM, now=NOW)


def test_undoing_a_cancel_is_refused_when_the_clinician_is_away_now(clinic):
    cancelled = scheduling.cancel(book(clinic), by=PATIENT, now=NOW, reason="better")
    times = {"start": at(DAY, "08:00"), "end": at(DAY, "12:00")}
    scheduling.block(resource=clinic.lindqvist.resource, kind="sick", by=SYSTEM, now=NOW, **times)

    with refused(NotOffered):
        scheduling.undo(cancelled, by=SYSTEM, now=NOW)


def test_undoing_a_cancel_is_refused_when_the_patient_is_elsewhere_then(clinic):
    cancelled = scheduling.cancel(book(clinic), by=PATIENT, now=NOW, reason="better")
    book(clinic, treatment=clinic.consultation)

    with refused(NotAllowed):
        scheduling.undo(cancelled, by=SYSTEM, now=NOW)


def test_undoing_a_missed_visit_takes_the_time_again(clinic):
    missed = scheduling.miss(book(clinic), by=SYSTEM, now=NINE + HOUR / 4)
    undone = scheduling.undo(missed, by=SYSTEM, now=NINE + HOUR / 3)

    assert (undone.status, len(taken_by(undone))) == ("booked", 2)


def test_undo_of_a_row_seen_before_it_moved_is_refused(clinic):
    seen = book(clinic)
    moved = scheduling.move(seen, slot(clinic, "11:00"), by=SYSTEM, now=NOW)
    scheduling.cancel(moved, by=SYSTEM, now=NOW, reason="other")

    with refused(Changed):
        scheduling.undo(seen, by=SYSTEM, now=NOW)


def test_undo_gives_the_visit_its_length_of_today(clinic):
    cancelled = scheduling.cancel(book(clinic), by=PATIENT, now=NOW, reason="better")
    clinic.therapy.minutes = 60
    clinic.therapy.save()
    undone = scheduling.undo(cancelled, by=SYSTEM, now=NOW)

    assert undone.end == at(DAY, "10:00")
    assert taken_by(undone)[0] == ("Tess Lindqvist", "04 09:00", "04 10:00")


def test_undoing_an_approval_makes_it_a_request_to_be_decided_again(clinic):
    approved = scheduling.approve(ask_for(clinic), by=desk(), now=NOW)
    soon = NOW + HOUR / 12
    undone = scheduling.undo(approved, by=desk(), now=soon)

    assert (undone.status, undone.decide_by) == ("requested", soon + 24 * HOUR)
    assert messages_of(undone) == ["request void", "approved void", "reminder void", "request due"]


def test_undo_retakes_the_extra_minutes_too(clinic):
    clinic.therapy.needs.filter(capability__slug="gym").update(minutes_after=15)
    undone = scheduling.undo(scheduling.cancel(book(clinic), by=SYSTEM, now=NOW, reason="other"), by=SYSTEM, now=NOW)

    assert taken_by(undone)[1] == ("Gym", "04 09:00", "04 10:00")
    assert Occupancy.objects.count() == 2
