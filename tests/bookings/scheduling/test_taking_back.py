"""What the desk has just done can be taken back for five minutes; nobody hears of it who had not heard of the deed."""

import datetime as dt

import pytest

from bookings import outbox, scheduling
from bookings.models import Message
from bookings.scheduling import Changed, NotAllowed, Taken
from tests.bookings.scheduling.asking import HOUR, PATIENT, book, desk, messages_of, refused, slot, verbs_of
from tests.cast import NOW, at, open_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.engine]

MINUTE = dt.timedelta(minutes=1)
FOUR_LATER, SIX_LATER = NOW + 4 * MINUTE, NOW + 6 * MINUTE


@pytest.fixture
def clinic():
    return open_clinic()


def sent(appointment):
    """All that is due and unsent of it goes out, as the worker writes it down."""
    Message.objects.filter(appointment=appointment, state="due").exclude(kind="reminder").update(state="sent")


def test_what_staff_do_is_said_two_minutes_later_and_what_patients_do_at_once(clinic):
    by_staff, by_patient = book(clinic, by=desk()), book(clinic, "11:00", patient=clinic.ben)

    assert by_staff.messages.get(kind="confirmation").due_at == NOW + 2 * MINUTE == outbox.notice_due(NOW)
    assert by_patient.messages.get(kind="confirmation").due_at == NOW


def test_a_booking_taken_back_in_time_is_cancelled_in_silence(clinic):
    made = book(clinic, by=desk())
    undone = scheduling.undo(made, by=desk(), now=NOW + MINUTE)

    assert (undone.status, undone.cancel_reason) == ("cancelled", "mistake")
    assert messages_of(undone) == ["confirmation void", "reminder void"]
    assert not undone.occupancy.exists()


def test_a_booking_taken_back_after_it_was_said_is_said_to_be_cancelled(clinic):
    made = book(clinic, by=desk())
    sent(made)
    undone = scheduling.undo(made, by=desk(), now=FOUR_LATER)

    assert messages_of(undone) == ["confirmation sent", "reminder void", "cancelled_by_clinic due"]


def test_what_a_patient_booked_is_not_the_desks_to_take_back(clinic):
    made = book(clinic)

    assert not scheduling.may_undo(made, now=NOW)
    with refused(NotAllowed):
        scheduling.undo(made, by=desk(), now=NOW)


def test_a_booking_cannot_be_taken_back_after_five_minutes(clinic):
    made = book(clinic, by=desk())

    assert [scheduling.may_undo(made, now=now) for now in (FOUR_LATER, SIX_LATER)] == [True, False]
    with refused(NotAllowed):
        scheduling.undo(made, by=desk(), now=SIX_LATER)


def test_a_move_taken_back_in_time_is_never_heard_of(clinic):
    made = book(clinic)
    sent(made)
    moved = scheduling.move(made, slot(clinic, "13:00"), by=desk(), now=NOW)
    back = scheduling.undo(moved, by=desk(), now=FOUR_LATER)

    assert (back.start, back.revision, verbs_of(back)) == (at("2026-03-04", "09:00"), 2, ["book", "move", "undo"])
    assert messages_of(back) == ["confirmation sent", "reminder void", "moved void", "reminder void", "reminder due"]


def test_a_move_taken_back_after_it_was_said_is_said_again(clinic):
    made = book(clinic)
    sent(made)
    moved = scheduling.move(made, slot(clinic, "13:00"), by=desk(), now=NOW)
    sent(moved)
    back = scheduling.undo(moved, by=desk(), now=FOUR_LATER)

    assert messages_of(back)[-2:] == ["moved due", "reminder due"]


def test_a_move_right_after_a_booking_taken_back_still_tells_of_the_booking(clinic):
    made = book(clinic, by=desk())
    moved = scheduling.move(made, slot(clinic, "13:00"), by=desk(), now=NOW + MINUTE)
    back = scheduling.undo(moved, by=desk(), now=NOW + 2 * MINUTE)

    assert [row for row in messages_of(back) if row.endswith("due")] == ["moved due", "reminder due"]


def test_a_move_is_not_taken_back_when_the_old_time_is_gone(clinic):
    moved = scheduling.move(book(clinic), slot(clinic, "13:00"), by=desk(), now=NOW)
    book(clinic, "09:00", patient=clinic.ben)

    with refused(Taken):
        scheduling.undo(moved, by=desk(), now=FOUR_LATER)


def test_a_move_is_taken_back_once(clinic):
    moved = scheduling.move(book(clinic), slot(clinic, "13:00"), by=desk(), now=NOW)
    back = scheduling.undo(moved, by=desk(), now=FOUR_LATER)

    with refused(NotAllowed):
        scheduling.undo(back, by=desk(), now=FOUR_LATER)


def test_an_offer_taken_back_is_the_request_it_was(clinic):
    asked = scheduling.request(slot(clinic), patient=clinic.ada, by=PATIENT, now=NOW, source="web")
    sent(asked)
    offered = scheduling.offer(asked, slot(clinic, "13:00"), by=desk(), now=NOW)
    back = scheduling.undo(offered, by=desk(), now=FOUR_LATER)

    assert (back.status, back.start, back.offered_at) == ("requested", asked.start, None)
    assert messages_of(back) == ["request sent", "offered void"]


def test_a_confirmation_by_phone_can_be_taken_back(clinic):
    confirmed = scheduling.confirm(book(clinic), by=desk(), now=NOW)
    undone = scheduling.undo(confirmed, by=desk(), now=FOUR_LATER)

    assert (undone.status, undone.confirmed_at, undone.phone_to_confirm) == ("booked", None, False)


def test_a_cancellation_taken_back_before_it_was_said_says_nothing(clinic):
    made = book(clinic)
    sent(made)
    cancelled = scheduling.cancel(made, by=desk(), now=NOW, reason="other")
    back = scheduling.undo(cancelled, by=desk(), now=NOW + MINUTE)

    assert messages_of(back) == ["confirmation sent", "reminder void", "cancelled_by_clinic void", "reminder due"]


def test_a_step_of_the_day_can_be_taken_back_all_day_and_no_longer(clinic):
    made = book(clinic, "12:00", date="2026-03-02")
    noon = at("2026-03-02", "12:00")
    here = scheduling.check_in(made, by=desk(), now=noon)

    assert not scheduling.may_undo(here, now=noon + 13 * HOUR)
    with refused(NotAllowed):
        scheduling.undo(here, by=desk(), now=noon + 13 * HOUR)
    assert scheduling.undo(here, by=desk(), now=noon + 3 * HOUR).status == "booked"


def test_a_cancellation_of_another_day_is_booked_anew_and_not_taken_back(clinic):
    cancelled = scheduling.cancel(book(clinic), by=desk(), now=NOW, reason="other")

    assert [scheduling.may_undo(cancelled, now=now) for now in (NOW + 8 * HOUR, NOW + 24 * HOUR)] == [True, False]


def test_a_stale_undo_says_who_was_quicker(clinic):
    made = book(clinic, by=desk())
    scheduling.move(made, slot(clinic, "13:00"), by=desk(name="Maria Lopez"), now=NOW)

    with refused(Changed) as caught:
        scheduling.undo(made, by=desk(), now=FOUR_LATER)
    assert str(caught.value.message) == (
        "Maria Lopez has changed this appointment (moved, Mon, Mar 2, 8 am). Please look again; nothing you typed is lost."
    )
