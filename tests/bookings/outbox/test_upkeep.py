"""What the tick and the housekeeping put right."""

import datetime as dt

import pytest

from bookings import outbox, scheduling
from bookings.models import Message
from tests import cast
from tests.bookings.visits import book

pytestmark = pytest.mark.django_db

LEASE = dt.timedelta(seconds=120)


def only(visit, kind):
    return visit.messages.get(kind=kind)


def test_a_lease_that_ran_out_is_freed(visit):
    outbox.claim(now=cast.NOW)
    assert outbox.sweep(now=cast.NOW + LEASE)["due"] == 1
    row = only(visit, "confirmation")
    assert (row.state, row.lease_until, row.attempts) == ("due", None, 1)


def test_a_lease_that_still_runs_is_left_alone(visit):
    outbox.claim(now=cast.NOW)
    outbox.sweep(now=cast.NOW + LEASE - dt.timedelta(seconds=1))
    assert only(visit, "confirmation").state == "sending"


def test_a_row_that_keeps_killing_its_sender_is_given_up(visit):
    visit.messages.filter(kind="confirmation").update(attempts=7)
    outbox.claim(now=cast.NOW)
    outbox.sweep(now=cast.NOW + LEASE)
    visit.refresh_from_db()
    assert (only(visit, "confirmation").state, visit.phone_to_confirm) == ("dead", True)


def test_a_text_whose_sender_died_is_not_sent_again(visit):
    visit.messages.filter(kind="confirmation").update(channel="sms")
    outbox.claim(now=cast.NOW)
    outbox.sweep(now=cast.NOW + LEASE)
    visit.refresh_from_db()
    assert (only(visit, "confirmation").state, visit.phone_to_confirm) == ("failed", True)


@pytest.mark.parametrize(("now", "state"), [(("2026-03-04", "07:59"), "due"), (("2026-03-04", "08:00"), "void")])
def test_after_a_long_silence_only_useful_reminders_are_left(visit, now, state):
    outbox.sweep(now=cast.at(*now))
    assert only(visit, "reminder").state == state


def test_a_missing_reminder_is_written(visit):
    visit.messages.filter(kind="reminder").delete()
    assert outbox.reconcile(now=cast.NOW) == 1
    assert only(visit, "reminder").due_at == cast.at("2026-03-03", "10:00")


def test_nothing_is_written_when_nothing_is_missing(visit):
    assert outbox.reconcile(now=cast.NOW) == 0


def test_a_reminder_of_before_a_move_does_not_count(clinic, visit):
    slot = scheduling.Slot(clinic.consultation, cast.at("2026-03-06", "10:00"), clinic.house)
    moved = scheduling.move(visit, slot, by=scheduling.By.patient(), now=cast.NOW)
    Message.objects.filter(revision=moved.revision, kind="reminder").delete()
    assert outbox.reconcile(now=cast.NOW) == 2


def test_reminders_are_not_made_up_for_those_we_cannot_reach(clinic, visit):
    visit.messages.filter(kind="reminder").delete()
    clinic.ada.email = ""
    clinic.ada.save()
    assert outbox.reconcile(now=cast.NOW) == 0


def test_a_cancelled_visit_is_not_reminded_of(visit):
    scheduling.cancel(visit, by=scheduling.By.patient(), now=cast.NOW, reason="better")
    visit.messages.filter(kind="reminder").delete()
    assert outbox.reconcile(now=cast.NOW) == 0


def test_the_reconciler_asks_once_however_many_visits_there_are(clinic, visit, django_assert_num_queries):
    book(clinic, clinic.ben, time="11:00")
    book(clinic, clinic.ben, date="2026-03-05")
    # The plan, the treatments, and one for each step of each: two treatments with two steps, a procedure with three.
    with django_assert_num_queries(2 + 7):
        outbox.reconcile(now=cast.NOW)


def test_history_sends_nothing(clinic):
    past = book(clinic, now=cast.NOW - dt.timedelta(days=9))
    assert outbox.mark_history([past.pk], now=cast.NOW) == 1
    assert (only(past, "confirmation").state, only(past, "confirmation").last_error) == (
        "void",
        "before the diary began",
    )
    assert {row.state for row in past.messages.filter(kind="reminder")} == {"due"}
    assert outbox.send_due(now=cast.NOW) == {}


def test_links_of_long_ago_are_forgotten(visit):
    outbox.send_due(now=cast.NOW)
    assert outbox.forget(now=visit.end + dt.timedelta(days=29)) == 0
    assert outbox.forget(now=visit.end + dt.timedelta(days=30)) == 1
