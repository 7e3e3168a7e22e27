"""A patient takes back what they have just canceled or moved themselves: half an hour, and only while the time is free."""

import datetime as dt

import pytest

from bookings import scheduling
from bookings.models import Message
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

MINUTE = dt.timedelta(minutes=1)
SECOND = dt.timedelta(seconds=1)
SOON, HALF_AN_HOUR = NOW + 5 * MINUTE, NOW + 30 * MINUTE


@pytest.fixture
def clinic():
    return open_clinic()


def cancelled(clinic, **asked):
    return scheduling.cancel(book(clinic, **asked), by=PATIENT, now=NOW, reason="time")


def moved(clinic, time="13:00", **asked):
    return scheduling.move(book(clinic, **asked), slot(clinic, time), by=PATIENT, now=NOW)


def sent(appointment):
    """All that is due and unsent of it goes out, as the worker writes it down."""
    Message.objects.filter(appointment=appointment, state="due").exclude(kind="reminder").update(state="sent")


def take_back(appointment, *, now=SOON, by=PATIENT, **asked):
    return scheduling.take_back(appointment, by=by, now=now, **asked)


def due(appointment):
    return [row for row in messages_of(appointment) if row.endswith("due")]


# --- What is taken back ----------------------------------------------------------------------------------------------


def test_a_cancelled_visit_has_its_time_again(clinic):
    gone = cancelled(clinic)
    back = take_back(gone)

    assert (back.status, back.cancel_reason, back.revision) == ("booked", "", 2)
    assert taken_by(back) == [("Tess Lindqvist", "04 09:00", "04 09:45"), ("Gym", "04 09:00", "04 09:45")]
    assert (verbs_of(back), back.events.last().actor) == (["book", "cancel", "undo"], "patient")


def test_a_moved_visit_has_its_old_time_again_and_frees_the_new_one(clinic):
    back = take_back(moved(clinic))

    assert (back.status, back.start) == ("booked", at(DAY, "09:00"))
    assert taken_by(back) == [("Tess Lindqvist", "04 09:00", "04 09:45"), ("Gym", "04 09:00", "04 09:45")]
    assert book(clinic, "13:00", patient=clinic.ben).start == at(DAY, "13:00")


def test_a_moved_visit_goes_back_to_the_clinician_and_the_place_it_had(clinic):
    made = book(clinic, treatment=clinic.consultation)
    away = scheduling.move(made, slot(clinic, "13:00", clinic.consultation, clinic.sato), by=PATIENT, now=NOW)
    back = take_back(away)

    assert (made.clinician, away.clinician, back.clinician) == (clinic.ortiz, clinic.sato, clinic.ortiz)


def test_a_request_taken_back_and_wanted_after_all_is_a_request_to_be_decided(clinic):
    asked = scheduling.request(slot(clinic), patient=clinic.ada, by=PATIENT, now=NOW, source="web")
    back = take_back(scheduling.cancel(asked, by=PATIENT, now=NOW, reason="time"))

    assert (back.status, back.decide_by) == ("requested", SOON + 24 * HOUR)


def test_an_offer_that_was_refused_by_mistake_is_an_offer_again(clinic):
    asked = scheduling.request(slot(clinic), patient=clinic.ada, by=PATIENT, now=NOW, source="web")
    offered = scheduling.offer(asked, slot(clinic, "13:00"), by=desk(), now=NOW)
    gone = scheduling.cancel(offered, by=PATIENT, now=NOW, reason="time")
    sent(gone)
    back = take_back(gone)

    assert (back.status, back.offered_at, due(back)) == ("requested", NOW, ["offered due"])


def test_what_the_patient_had_confirmed_stays_confirmed(clinic):
    sure = scheduling.confirm(book(clinic), by=PATIENT, now=NOW)
    back = take_back(scheduling.cancel(sure, by=PATIENT, now=NOW, reason="time"))

    assert back.confirmed_at == NOW


# --- What is said ----------------------------------------------------------------------------------------------------


def test_nobody_hears_of_a_cancellation_that_was_not_sent_yet(clinic):
    made = book(clinic)
    sent(made)
    back = take_back(scheduling.cancel(made, by=PATIENT, now=NOW, reason="time"))

    assert messages_of(back) == ["confirmation sent", "reminder void", "cancelled void", "reminder due"]


def test_who_was_told_of_the_cancellation_is_told_that_the_visit_stands(clinic):
    gone = cancelled(clinic)
    sent(gone)

    assert due(take_back(gone)) == ["confirmation due", "reminder due"]


def test_who_was_told_of_the_move_is_told_of_the_way_back(clinic):
    away = moved(clinic)
    sent(away)

    assert due(take_back(away)) == ["moved due", "reminder due"]


def test_a_move_that_was_not_told_yet_is_never_heard_of(clinic):
    made = book(clinic)
    sent(made)
    away = scheduling.move(made, slot(clinic, "13:00"), by=PATIENT, now=NOW)

    assert due(take_back(away)) == ["reminder due"]


# --- For how long ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [cancelled, moved])
def test_it_can_be_taken_back_for_half_an_hour(clinic, make):
    gone = make(clinic)
    last = gone.events.last()

    assert scheduling.take_back_until(gone, last) == HALF_AN_HOUR
    assert [scheduling.may_take_back(gone, last, now=now) for now in (HALF_AN_HOUR - SECOND, HALF_AN_HOUR)] == [
        True,
        False,
    ]
    with refused(NotAllowed):
        take_back(gone, now=HALF_AN_HOUR)
    assert take_back(gone, now=HALF_AN_HOUR - SECOND).start == at(DAY, "09:00")


@pytest.mark.parametrize("make", ["cancel", "move"])
def test_it_cannot_be_taken_back_once_the_old_time_has_come(clinic, make):
    clinic.therapy.cancel_cutoff_hours = clinic.therapy.notice_hours = 0
    clinic.therapy.save()
    made = book(clinic)
    just_before = at(DAY, "08:50")
    how = {"by": PATIENT, "now": just_before}
    gone = (
        scheduling.cancel(made, reason="time", **how)
        if make == "cancel"
        else scheduling.move(made, slot(clinic, "13:00"), **how)
    )

    assert scheduling.take_back_until(gone, gone.events.last()) == at(DAY, "09:00")
    with refused(NotAllowed):
        take_back(gone, now=at(DAY, "09:00"))
    assert take_back(gone, now=at(DAY, "08:59")).start == at(DAY, "09:00")


def test_the_cut_off_and_the_notice_of_the_old_time_do_not_stand_in_the_way_back(clinic):
    """The patient had the time before: they were in good notice once."""
    clinic.therapy.notice_hours = 24
    clinic.therapy.save()
    made = book(clinic)
    last_moment = at(DAY, "09:00") - 24 * HOUR
    away = scheduling.move(made, slot(clinic, "13:00", date="2026-03-05"), by=PATIENT, now=last_moment)

    assert take_back(away, now=last_moment + 10 * MINUTE).start == at(DAY, "09:00")


# --- Whose deed ------------------------------------------------------------------------------------------------------


def test_what_the_desk_did_is_not_the_patients_to_take_back(clinic):
    by_desk = scheduling.cancel(book(clinic), by=desk(), now=NOW, reason="other")
    moved_by_desk = scheduling.move(book(clinic, "10:00"), slot(clinic, "13:00"), by=desk(), now=NOW)

    for gone in (by_desk, moved_by_desk):
        with refused(NotAllowed):
            take_back(gone)


@pytest.mark.parametrize("by", [SYSTEM, "desk"])
def test_nobody_else_takes_it_back_for_them(clinic, by):
    gone, by = cancelled(clinic), desk() if by == "desk" else by
    with refused(NotAllowed):
        take_back(gone, by=by)


def test_a_booking_or_a_confirmation_is_nothing_to_take_back(clinic):
    made = book(clinic)
    with refused(NotAllowed):
        take_back(made)
    sure = scheduling.confirm(made, by=PATIENT, now=NOW)
    with refused(NotAllowed):
        take_back(sure)


def test_it_is_taken_back_once(clinic):
    back = take_back(cancelled(clinic))
    with refused(NotAllowed):
        take_back(back)


def test_a_move_that_was_confirmed_stands(clinic):
    sure = scheduling.confirm(moved(clinic), by=PATIENT, now=NOW + MINUTE)
    with refused(NotAllowed):
        take_back(sure)


def test_of_two_moves_the_last_one_is_taken_back(clinic):
    again = scheduling.move(moved(clinic), slot(clinic, "15:00"), by=PATIENT, now=NOW + MINUTE)

    assert take_back(again).start == at(DAY, "13:00")


# --- Refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [cancelled, moved])
def test_it_is_refused_in_words_when_the_time_went_to_somebody_else(clinic, make):
    gone = make(clinic)
    book(clinic, patient=clinic.ben)

    with refused(Taken) as caught:
        take_back(gone)
    assert str(caught.value.message) == "Somebody else has taken that time since."


@pytest.mark.parametrize("make", [cancelled, moved])
def test_it_is_refused_in_words_when_the_clinician_is_away_by_now(clinic, make):
    gone = make(clinic)
    scheduling.block(
        resource=clinic.lindqvist.resource,
        start=at(DAY, "08:00"),
        end=at(DAY, "10:00"),
        kind="block",
        by=SYSTEM,
        now=NOW,
    )

    with refused(NotOffered) as caught:
        take_back(gone)
    assert str(caught.value.message) == "We cannot offer that time any more."


def test_it_is_refused_when_the_patient_has_booked_something_else_then(clinic):
    gone = cancelled(clinic)
    book(clinic, treatment=clinic.consultation)

    with refused(NotAllowed):
        take_back(gone)


def test_a_page_of_before_takes_nothing_back(clinic):
    gone = cancelled(clinic)
    with refused(Changed):
        take_back(gone, version=gone.version - 1)


def test_a_row_read_before_the_desk_was_quicker_takes_nothing_back(clinic):
    away = moved(clinic)
    scheduling.move(away, slot(clinic, "15:00"), by=desk(), now=NOW + MINUTE)

    with refused(Changed):
        take_back(away)


def test_a_row_read_before_the_visit_was_confirmed_by_phone_takes_nothing_back(clinic):
    """No new revision, but a new version: what the patient saw is not what is."""
    away = moved(clinic)
    scheduling.confirm(away, by=desk(), now=NOW + MINUTE)

    with refused(NotAllowed):
        take_back(away)
