"""Which rows a change of the diary writes, when they are due, and when they are withdrawn."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from bookings import outbox, scheduling
from bookings.models import Message
from bookings.outbox.hours import days_before
from tests import cast
from tests.bookings.visits import book

pytestmark = pytest.mark.django_db


def rows(**chosen):
    return list(Message.objects.filter(**chosen).order_by("pk").values_list("intent", "state"))


def test_a_booking_writes_its_confirmation_and_its_reminder(visit):
    assert rows() == [
        (f"{visit.pk}/confirmation/now/email/r0", "due"),
        (f"{visit.pk}/reminder/1d/email/r0", "due"),
    ]


def test_a_confirmation_is_due_at_once_and_useful_until_the_start(visit):
    message = visit.messages.get(kind="confirmation")
    assert (message.due_at, message.useful_until) == (cast.NOW, visit.start)


def test_a_reminder_is_due_the_day_before_and_useful_until_two_hours_before(visit):
    message = visit.messages.get(kind="reminder")
    assert (message.due_at, message.useful_until) == (cast.at("2026-03-03", "10:00"), cast.at("2026-03-04", "08:00"))


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (("2026-03-04", "10:30"), ("2026-03-03", "10:30")),
        (("2026-03-04", "06:00"), ("2026-03-03", "08:00")),
        (("2026-03-04", "20:45"), ("2026-03-03", "19:59")),
        (("2026-03-01", "09:00"), ("2026-02-28", "09:00")),
        # Both nights of the clock change: the same wall time, so 23 or 25 hours before.
        (("2026-03-08", "09:00"), ("2026-03-07", "09:00")),
        (("2026-11-01", "09:00"), ("2026-10-31", "09:00")),
    ],
)
def test_a_reminder_keeps_the_wall_time_within_the_sending_hours(visit, start, due):
    visit.start = cast.at(*start)
    assert days_before(visit, 1) == cast.at(*due)


def test_a_visit_booked_too_late_for_a_reminder_has_none(clinic):
    visit = book(clinic, date="2026-03-03", time="10:00", now=cast.at("2026-03-02", "10:00"))
    assert rows() == [(f"{visit.pk}/confirmation/now/email/r0", "due")]


def test_what_can_help_nobody_any_more_is_not_written(visit):
    assert outbox.intend(visit, Message.Kind.MOVED, now=visit.start) == []


def test_one_intent_cannot_be_written_twice(visit):
    with pytest.raises(IntegrityError), transaction.atomic():
        outbox.intend(visit, Message.Kind.CONFIRMATION, now=cast.NOW)


def test_without_a_way_to_reach_the_patient_there_are_no_rows(clinic):
    clinic.ada.email = ""
    clinic.ada.phone = "+12125550123"
    clinic.ada.sms_consent_at = cast.NOW
    clinic.ada.save()
    book(clinic, clinic.ada)
    assert rows() == []
    assert not outbox.can_reach(clinic.ada)


def test_an_address_its_server_refused_gets_no_rows(clinic):
    clinic.ada.email_refused_at = cast.NOW
    clinic.ada.save()
    book(clinic, clinic.ada)
    assert rows() == []


def test_texts_go_with_consent_and_a_gateway_and_only_then(clinic, settings):
    settings.CLINIC_SMS_URL = "console:"
    clinic.ada.phone = "+12125550123"
    clinic.ada.sms_consent_at = cast.NOW
    clinic.ada.save()
    clinic.ben.phone = "+12125550124"
    clinic.ben.save()
    by_ada, by_ben = book(clinic, clinic.ada), book(clinic, clinic.ben, time="11:00")
    kinds = ["confirmation/now", "reminder/1d"]
    assert [intent for intent, _state in rows(channel="sms")] == [f"{by_ada.pk}/{kind}/sms/r0" for kind in kinds]
    assert [intent for intent, _state in rows(appointment=by_ben)] == [f"{by_ben.pk}/{kind}/email/r0" for kind in kinds]


@pytest.mark.parametrize(
    ("booked", "due"),
    [
        (("2026-03-02", "07:59"), ("2026-03-02", "08:00")),
        (("2026-03-02", "08:00"), ("2026-03-02", "08:00")),
        (("2026-03-02", "19:59"), ("2026-03-02", "19:59")),
        (("2026-03-02", "20:00"), ("2026-03-03", "08:00")),
        (("2026-03-02", "23:30"), ("2026-03-03", "08:00")),
    ],
)
def test_a_text_waits_for_the_morning_and_an_email_does_not(clinic, settings, booked, due):
    settings.CLINIC_SMS_URL = "console:"
    clinic.ada.phone, clinic.ada.sms_consent_at = "+12125550123", cast.NOW
    clinic.ada.save()
    visit = book(clinic, clinic.ada, date="2026-03-05", now=cast.at(*booked))
    due_at = dict(visit.messages.filter(kind="confirmation").values_list("channel", "due_at"))
    assert due_at == {"sms": cast.at(*due), "email": cast.at(*booked)}


def test_a_move_withdraws_what_is_unsent_and_tells_the_new_time(clinic, visit):
    slot = scheduling.Slot(clinic.consultation, cast.at("2026-03-05", "14:00"), clinic.house)
    scheduling.move(visit, slot, by=scheduling.By.patient(), now=cast.NOW + dt.timedelta(minutes=1))
    assert rows() == [
        (f"{visit.pk}/confirmation/now/email/r0", "void"),
        (f"{visit.pk}/reminder/1d/email/r0", "void"),
        (f"{visit.pk}/moved/now/email/r1", "due"),
        (f"{visit.pk}/reminder/2d/email/r1", "due"),
        (f"{visit.pk}/reminder/1d/email/r1", "due"),
    ]


def test_a_cancellation_withdraws_the_reminder_and_tells_once(visit):
    for minute in (1, 2):
        scheduling.cancel(
            visit, by=scheduling.By.patient(), now=cast.NOW + dt.timedelta(minutes=minute), reason="better"
        )
    assert rows(state="due") == [(f"{visit.pk}/cancelled/now/email/r1", "due")]


def test_what_was_sent_stays_sent_when_the_visit_changes(visit):
    visit.messages.filter(kind="confirmation").update(state="sent")
    scheduling.cancel(visit, by=scheduling.By.patient(), now=cast.NOW, reason="better")
    assert visit.messages.get(kind="confirmation").state == "sent"


def test_a_request_is_answered_and_then_approved_with_a_reminder(clinic):
    clinic.consultation.policy = "request"
    clinic.consultation.save()
    visit = book(clinic)
    assert rows() == [(f"{visit.pk}/request/now/email/r0", "due")]
    scheduling.approve(visit, by=scheduling.By.system(), now=cast.NOW)
    assert rows(state="due") == [
        (f"{visit.pk}/approved/now/email/r1", "due"),
        (f"{visit.pk}/reminder/1d/email/r1", "due"),
    ]


def test_a_booking_that_fails_leaves_no_rows(clinic, visit):
    with pytest.raises(scheduling.Refused):
        book(clinic, clinic.ada)
    assert len(rows()) == 2
