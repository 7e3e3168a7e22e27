"""When nothing goes: paused, restored from a backup, refused for everybody, at night, or too much at once."""

import datetime as dt
import logging

import pytest
from django.core import mail

from bookings import outbox, scheduling
from bookings.models import Message, Messenger, Patient, Tick
from tests import factories
from tests.bookings.visits import book
from tests.cast import NOW, at

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
HALVES = ("09:00", "09:30", "10:00", "10:30", "11:00", "11:30")


def several(clinic, number):
    return [book(clinic, factories.PatientFactory(), time=time) for time in HALVES[:number]]


def confirmations():
    return Message.objects.filter(kind="confirmation").order_by("pk")


# --- Paused ---------------------------------------------------------------------------------------------------------


def test_while_it_is_paused_nothing_goes_and_nothing_is_lost(visit):
    outbox.pause("moving house", now=NOW)
    assert outbox.send_due(now=NOW) == {}
    assert confirmations().get().state == "due"
    outbox.release(now=NOW)
    assert outbox.send_due(now=NOW) == {"sent": 1}


def test_who_pauses_first_is_named(visit):
    first, second = factories.UserFactory(), factories.UserFactory()
    outbox.pause("moving house", now=NOW, user=first)
    outbox.pause("a second thought", now=NOW + MINUTE, user=second)
    messenger = outbox.state(now=NOW).messenger
    assert (messenger.pause_reason, messenger.paused_by, messenger.paused_at) == ("moving house", first, NOW)


def test_what_would_go_and_what_is_too_late_are_counted_apart(clinic):
    _useful, late = several(clinic, 2)
    late.messages.filter(kind="confirmation").update(useful_until=NOW)
    state = outbox.state(now=NOW)
    assert (state.due, state.too_late) == (1, 1)


# --- A restored backup ----------------------------------------------------------------------------------------------


def ticked(when):
    Tick.objects.update_or_create(name="tick", defaults={"at": when})


def seen(folder, when):
    ticked(when)
    outbox.mark_seen(folder, now=when)


def test_a_diary_older_than_what_this_machine_has_seen_is_paused(tmp_path, visit):
    seen(tmp_path, NOW)
    ticked(NOW - dt.timedelta(hours=9))  # last night's backup
    assert outbox.pause_after_restore(tmp_path, now=NOW + MINUTE) is True
    assert outbox.send_due(now=NOW + MINUTE) == {}


def test_a_diary_without_any_tick_is_older_too(tmp_path, visit):
    seen(tmp_path, NOW)
    Tick.objects.all().delete()
    assert outbox.pause_after_restore(tmp_path, now=NOW) is True


def test_released_it_is_not_paused_by_the_same_backup_again(tmp_path, visit):
    seen(tmp_path, NOW)
    ticked(NOW - dt.timedelta(hours=9))
    outbox.pause_after_restore(tmp_path, now=NOW + MINUTE)
    seen(tmp_path, NOW + MINUTE)  # the tick ends as always
    outbox.release(now=NOW + MINUTE)
    assert outbox.pause_after_restore(tmp_path, now=NOW + 2 * MINUTE) is False
    assert not outbox.is_paused()


def test_another_diary_in_the_same_place_is_not_a_backup(tmp_path, visit):
    seen(tmp_path, NOW)
    Messenger.objects.all().delete()
    Tick.objects.all().delete()
    assert outbox.pause_after_restore(tmp_path, now=NOW) is False


def test_of_two_machines_the_slower_one_suspects_nothing(tmp_path, visit):
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    seen(one, NOW)
    seen(other, NOW + MINUTE)
    assert outbox.pause_after_restore(one, now=NOW + 2 * MINUTE) is False


@pytest.mark.parametrize("words", ["", "{", '{"diary": 1}', '{"diary": "x", "at": "soon"}'])
def test_a_broken_file_pauses_nothing(tmp_path, visit, words):
    (tmp_path / "messenger-seen.json").write_text(words)
    assert outbox.pause_after_restore(tmp_path, now=NOW) is False


# --- Refused for everybody ------------------------------------------------------------------------------------------


@pytest.mark.engine
def test_554_for_all_shuts_after_three_and_nobody_is_blamed(clinic, smtp_sink, caplog):
    several(clinic, 5)
    smtp_sink.refuse("554 we do not take your mail")
    assert outbox.send_due(now=NOW) == {"refused for all": 3, "put back": 2}
    assert set(confirmations().values_list("state", "attempts")) == {("due", 0)}
    assert Patient.objects.exclude(email_refused_at=None).count() == 0
    assert [record.levelname for record in caplog.records if record.name.endswith("pausing")] == ["ERROR"]


def test_while_it_is_shut_nobody_asks_and_then_one_message_does(clinic, smtp_sink):
    several(clinic, 5)
    smtp_sink.refuse("554 we do not take your mail")
    outbox.send_due(now=NOW)
    assert outbox.send_due(now=NOW + 4 * MINUTE) == {}
    assert outbox.send_due(now=NOW + 6 * MINUTE) == {"refused for all": 1}
    assert smtp_sink.attempts == 4
    assert outbox.send_due(now=NOW + 15 * MINUTE) == {}  # ten minutes this time


def test_the_first_one_taken_opens_it_for_all(clinic, smtp_sink):
    several(clinic, 5)
    smtp_sink.refuse("554 we do not take your mail")
    outbox.send_due(now=NOW)
    smtp_sink.accept()
    assert outbox.send_due(now=NOW + 6 * MINUTE) == {"sent": 5}
    assert (Messenger.current().shut_until, Messenger.current().shut_times) == (None, 0)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("550 no such user", {"sent": 2, "refused": 1}),
        ("550 5.7.1 we do not like you", {"sent": 2, "refused for all": 1}),
        ("451 try again", {"sent": 2, "retry": 1}),
    ],
)
def test_what_one_recipient_is_told_holds_nobody_else_up(clinic, smtp_sink, answer, outcome):
    _first, second, _third = several(clinic, 3)
    smtp_sink.refuse(answer, recipient=second.patient.email)
    assert outbox.send_due(now=NOW) == outcome
    second.patient.refresh_from_db()
    assert (second.patient.email_refused_at is not None) is ("refused" in outcome)


# --- At night -------------------------------------------------------------------------------------------------------


def test_at_night_a_reminder_waits_for_the_morning_and_counts_no_attempt(visit, smtp_sink):
    outbox.send_due(now=NOW)
    assert outbox.send_due(now=at("2026-03-03", "23:00")) == {"waits for the morning": 1}
    row = visit.messages.get(kind="reminder")
    assert (row.state, row.attempts, row.lease_until) == ("due", 0, at("2026-03-04", "08:00"))


def test_what_a_person_just_did_is_answered_at_night_too(visit, smtp_sink):
    night = at("2026-03-02", "23:00")
    scheduling.cancel(visit, by=scheduling.By.patient(), now=night, reason="better")
    assert outbox.send_due(now=night) == {"sent": 1}


# --- Too much at once -----------------------------------------------------------------------------------------------


def test_after_an_outage_no_more_goes_in_a_minute_than_the_cap_the_oldest_first(clinic, settings):
    settings.CLINIC_MESSAGES_PER_MINUTE = 2
    visits = several(clinic, 5)
    for place, visit in enumerate(reversed(visits)):
        visit.messages.filter(kind="confirmation").update(due_at=NOW - dt.timedelta(hours=5 - place))
    rounds = [outbox.send_due(now=NOW + place * 2 * MINUTE)["sent"] for place in range(4)]
    assert rounds == [2, 2, 1, 0]
    assert [email.to[0] for email in mail.outbox] == [visit.patient.email for visit in reversed(visits)]


def test_what_another_sender_has_in_hand_counts_toward_the_cap(clinic, settings):
    settings.CLINIC_MESSAGES_PER_MINUTE = 3
    several(clinic, 5)
    outbox.claim(now=NOW, limit=2)
    assert outbox.send_due(now=NOW) == {"sent": 1}


def test_without_a_cap_all_goes_in_one_round(clinic, settings):
    settings.CLINIC_MESSAGES_PER_MINUTE = 0
    several(clinic, 5)
    assert outbox.send_due(now=NOW) == {"sent": 5}


def test_a_pause_is_logged_without_the_words_of_whoever_paused(visit, caplog):
    caplog.set_level(logging.WARNING)
    outbox.pause("Ada Vale complained", now=NOW, user=factories.UserFactory())
    assert [record.getMessage() for record in caplog.records] == ["Messages are paused: by a member of staff"]
