"""What the sender does with rows that are due, on good days and on bad ones."""

import datetime as dt

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core import mail
from django.db import OperationalError

from bookings import outbox, scheduling
from bookings.models import ManageLink, Message
from bookings.outbox import sending
from tests import cast, factories
from tests.bookings.visits import book, repeat_confirmation
from tests.engines import free_port
from tests.processes import ProcessFailed, run_together

pytestmark = pytest.mark.django_db

LEASE = dt.timedelta(seconds=120)
PATIENT = scheduling.By.patient()


def states(visit):
    return dict(visit.messages.values_list("kind", "state"))


def only(visit, kind="confirmation"):
    return visit.messages.get(kind=kind)


# --- Claiming -------------------------------------------------------------------------------------------------------


@pytest.mark.engine
def test_a_claim_takes_what_is_due_and_nothing_else(visit):
    assert [row.kind for row in outbox.claim(now=cast.NOW)] == ["confirmation"]
    assert states(visit) == {"confirmation": "sending", "reminder": "due"}


@pytest.mark.engine
def test_what_is_claimed_is_not_claimed_again(visit):
    outbox.claim(now=cast.NOW)
    assert outbox.claim(now=cast.NOW) == []


def test_a_claim_takes_the_oldest_first_and_no_more_than_its_limit(clinic):
    times = ["09:00", "09:30", "10:00"]
    visits = [
        book(clinic, factories.PatientFactory(), time=time, now=cast.NOW - dt.timedelta(minutes=place))
        for place, time in enumerate(times)
    ]
    claimed = outbox.claim(now=cast.NOW, limit=2)
    assert [row.appointment for row in claimed] == [visits[2], visits[1]]


# --- A good day -----------------------------------------------------------------------------------------------------


@pytest.mark.engine
def test_a_confirmation_goes_out_once(visit, smtp_sink):
    assert outbox.send_due(now=cast.NOW) == {"sent": 1}
    assert outbox.send_due(now=cast.NOW) == {}
    assert [each.recipients for each in smtp_sink.deliveries] == [["ada@example.com"]]
    assert states(visit) == {"confirmation": "sent", "reminder": "due"}


def test_the_reminder_goes_out_when_its_time_comes(visit, smtp_sink):
    outbox.send_due(now=cast.NOW)
    due = cast.at("2026-03-03", "10:00")
    assert outbox.send_due(now=due - dt.timedelta(seconds=60)) == {}
    assert outbox.send_due(now=due) == {"sent": 1}
    assert [each.subject for each in smtp_sink.deliveries] == [
        "Your appointment on Wednesday, March 4",
        "Reminder: Wednesday, March 4",
    ]


def test_a_batch_shares_one_connection(clinic, smtp_sink):
    for time in ("09:00", "09:30", "10:00", "10:30"):
        book(clinic, factories.PatientFactory(), time=time)
    assert outbox.send_due(now=cast.NOW) == {"sent": 4}
    assert len(smtp_sink.connections) == 1


def test_more_than_a_batch_goes_out_in_one_round(visit):
    repeat_confirmation(visit, 44)
    assert outbox.send_due(now=cast.NOW) == {"sent": 45}


@pytest.mark.parametrize(("copies", "calls"), [(18, 0), (19, 1), (60, 1)])
def test_help_is_called_once_when_a_batch_was_full(copies, calls, visit):
    repeat_confirmation(visit, copies)
    called = []
    outbox.send_due(now=cast.NOW, call_help=lambda: called.append(Message.objects.filter(state="sent").count()))
    assert called == [20] * calls


def test_nobody_is_called_to_a_server_that_is_away(visit, settings):
    repeat_confirmation(visit, 60)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    called = []
    outbox.send_due(now=cast.NOW, call_help=lambda: called.append(1))
    assert called == []


def test_a_round_that_has_no_time_left_gives_its_rows_back(visit):
    claimed = outbox.claim(now=cast.NOW)
    assert send_claimed(claimed, end=cast.NOW) == {"put back": 1}
    assert (only(visit).state, only(visit).attempts) == ("due", 0)


def test_each_attempt_mints_a_link_and_keeps_only_its_hash(visit):
    outbox.send_due(now=cast.NOW)
    token = mail.outbox[0].body.partition("/appointments/")[2].partition("/")[0]
    link = ManageLink.objects.get()
    assert (len(token), link.appointment, token in link.token_hash) == (43, visit, False)


# --- What changed meanwhile -----------------------------------------------------------------------------------------


@pytest.mark.engine
def test_a_visit_cancelled_between_claim_and_send_is_not_confirmed(visit, smtp_sink):
    claimed = outbox.claim(now=cast.NOW)
    scheduling.cancel(visit, by=PATIENT, now=cast.NOW, reason="better")
    send_claimed(claimed)
    assert [each.subject for each in smtp_sink.deliveries] == []
    assert states(visit) == {"confirmation": "void", "reminder": "void", "cancelled": "due"}


def send_claimed(claimed, *, end=cast.NOW + dt.timedelta(seconds=20)):
    """Go on where `send_due` goes on once it has claimed."""
    return sending._send_batch(claimed, clock=lambda: cast.NOW, end=end)


@pytest.mark.engine
def test_a_row_that_another_sender_took_over_is_left_to_it(visit, smtp_sink):
    slow = outbox.claim(now=cast.NOW)
    later = cast.NOW + LEASE
    outbox.sweep(now=later)
    outbox.claim(now=later)
    send_claimed(slow)
    assert smtp_sink.deliveries == []
    assert only(visit).state == "sending"


def test_an_address_that_was_taken_away_gets_nothing(clinic, visit):
    clinic.ada.email = ""
    clinic.ada.save()
    assert outbox.send_due(now=cast.NOW) == {"void": 1}
    visit.refresh_from_db()
    assert (only(visit).last_error, mail.outbox) == ("no way to reach the patient", [])
    assert visit.phone_to_confirm


def test_a_corrected_address_gets_the_message(clinic, visit):
    clinic.ada.email = "ada.vale@example.com"
    clinic.ada.save()
    outbox.send_due(now=cast.NOW)
    assert mail.outbox[0].to == ["ada.vale@example.com"]


def test_a_reminder_that_comes_too_late_is_not_sent(visit):
    outbox.send_due(now=cast.NOW)
    late = cast.at("2026-03-04", "08:30")
    assert outbox.send_due(now=late) == {"void": 1}
    assert only(visit, "reminder").last_error == "too late to be of use"


# --- Bad servers ----------------------------------------------------------------------------------------------------


def test_a_temporary_answer_is_tried_again_at_growing_distances(visit, smtp_sink):
    smtp_sink.refuse("451 try again later")
    now, pauses = cast.NOW, []
    for _attempt in range(5):
        assert outbox.send_due(now=now) == {"retry": 1}
        pauses.append(only(visit).lease_until - now)
        assert outbox.send_due(now=now + pauses[-1] - dt.timedelta(seconds=30)) == {}
        now += pauses[-1] + dt.timedelta(seconds=5)
    shares = [pause / dt.timedelta(minutes=minutes) for pause, minutes in zip(pauses, (1, 5, 15, 60, 60), strict=True)]
    assert all(1 <= share < 1.3 for share in shares)
    smtp_sink.accept()
    assert outbox.send_due(now=now) == {"sent": 1}


def test_after_eight_temporary_answers_the_desk_takes_over(visit, smtp_sink):
    smtp_sink.refuse("451 try again later")
    visit.messages.filter(kind="confirmation").update(attempts=7)
    assert outbox.send_due(now=cast.NOW) == {"dead": 1}
    visit.refresh_from_db()
    assert (only(visit).state, only(visit).last_error) == ("dead", "SMTPDataError 451")
    assert visit.phone_to_confirm


def test_a_refused_address_is_work_for_the_desk_and_stops_nobody_else(clinic, visit, smtp_sink):
    other = book(clinic, clinic.ben, time="11:00")
    smtp_sink.refuse("550 no such user", recipient="ada@example.com")
    assert outbox.send_due(now=cast.NOW) == {"refused": 1, "sent": 1}
    clinic.ada.refresh_from_db()
    assert (only(visit).state, only(other).state, clinic.ada.email_refused_at is not None) == ("failed", "sent", True)
    visit.refresh_from_db()
    other.refresh_from_db()
    assert (visit.phone_to_confirm, other.phone_to_confirm) == (True, False)


def test_an_address_refused_for_now_is_tried_again(clinic, visit, smtp_sink):
    smtp_sink.refuse("450 mailbox busy", recipient="ada@example.com")
    assert outbox.send_due(now=cast.NOW) == {"retry": 1}
    clinic.ada.refresh_from_db()
    assert (only(visit).state, clinic.ada.email_refused_at) == ("due", None)


@pytest.mark.parametrize("answer", ["421 closing", "server gone"])
def test_a_server_that_is_away_ends_the_round_and_costs_one_row_one_attempt(clinic, smtp_sink, settings, answer):
    visits = [book(clinic), book(clinic, clinic.ben, time="11:00")]
    if answer == "server gone":
        settings.EMAIL_PORT = free_port()
    else:
        smtp_sink.refuse(answer)
    assert outbox.send_due(now=cast.NOW) == {"server away": 1, "put back": 1}
    assert [(only(visit).state, only(visit).attempts) for visit in visits] == [("due", 1), ("due", 0)]


def test_a_message_is_never_given_up_because_the_server_is_away(visit, smtp_sink, settings):
    settings.EMAIL_PORT = free_port()
    visit.messages.filter(kind="confirmation").update(attempts=30)
    outbox.send_due(now=cast.NOW)
    assert (only(visit).state, only(visit).lease_until - cast.NOW < dt.timedelta(minutes=7)) == ("due", True)


def test_a_row_that_cannot_be_written_is_dead_and_the_others_go(clinic, visit, smtp_sink):
    lost = factories.LocationFactory(time_zone="Mars/Olympus")
    type(visit).objects.filter(pk=visit.pk).compare_and_set(location=lost)
    other = book(clinic, clinic.ben, time="11:00")
    assert outbox.send_due(now=cast.NOW) == {"dead": 1, "sent": 1}
    assert (only(visit).last_error, only(other).state) == ("ZoneInfoNotFoundError", "sent")


def test_what_goes_wrong_is_logged_without_anything_about_the_person(visit, smtp_sink, caplog):
    smtp_sink.refuse("550 ada@example.com is unknown here", recipient="ada@example.com")
    outbox.send_due(now=cast.NOW)
    said = caplog.text + only(visit).last_error
    assert ("ada@" in said.lower(), "Vale" in said) == (False, False)


@pytest.mark.parametrize("trouble", ["DatabaseIsGone", "TimeIsUp"])
def test_trouble_that_is_not_the_rows_own_stops_the_sender_and_costs_the_row_nothing(visit, settings, trouble):
    settings.EMAIL_BACKEND = f"tests.bookings.outbox.backends.{trouble}"
    with pytest.raises((OperationalError, SoftTimeLimitExceeded)):
        outbox.send_due(now=cast.NOW)
    assert only(visit).state == "sending"


def test_a_patient_who_has_confirmed_is_not_called_for_a_lost_reminder(visit, smtp_sink):
    outbox.send_due(now=cast.NOW)
    scheduling.confirm(visit, by=PATIENT, now=cast.NOW)
    smtp_sink.refuse("550 no such user", recipient="ada@example.com")
    assert outbox.send_due(now=cast.at("2026-03-03", "10:00")) == {"refused": 1}
    visit.refresh_from_db()
    assert not visit.phone_to_confirm


# --- Texts ----------------------------------------------------------------------------------------------------------


def text_to_ada(clinic, settings, url):
    settings.CLINIC_SMS_URL = url
    clinic.ada.email, clinic.ada.phone, clinic.ada.sms_consent_at = "", "+12125550123", cast.NOW
    clinic.ada.save()
    return book(clinic, clinic.ada)


def test_a_text_goes_to_the_gateway(clinic, settings):
    visit = text_to_ada(clinic, settings, "console:")
    assert outbox.send_due(now=cast.NOW) == {"sent": 1}
    assert only(visit).state == "sent"


def test_a_gateway_we_do_not_have_refuses(clinic, settings):
    visit = text_to_ada(clinic, settings, "pigeon:")
    assert outbox.send_due(now=cast.NOW) == {"refused": 1}
    clinic.ada.refresh_from_db()
    assert (only(visit).state, clinic.ada.email_refused_at) == ("failed", None)


# --- Real processes -------------------------------------------------------------------------------------------------


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_two_senders_send_each_message_once(clinic, smtp_sink):
    for place in range(12):
        book(clinic, factories.PatientFactory(), date=f"2026-03-{4 + place % 3:02}", time=f"{9 + place // 3:02}:00")
    sent = run_together("tests.bookings.outbox.senders:send", [{}, {}, {}], EMAIL_URL=smtp_sink.url)
    assert sum(sent) == 12
    assert len({each.message["Message-ID"] for each in smtp_sink.deliveries}) == len(smtp_sink.deliveries) == 12


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_many_senders_together_keep_the_pace_of_one(visit, smtp_sink):
    repeat_confirmation(visit, 99)
    pace = {"EMAIL_URL": smtp_sink.url, "CLINIC_MESSAGES_PER_MINUTE": "30"}
    assert sum(run_together("tests.bookings.outbox.senders:send", [{}] * 4, **pace)) == 30


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_a_sender_killed_after_its_claim_delays_the_message_and_loses_nothing(visit, smtp_sink):
    with pytest.raises(ProcessFailed):
        run_together("tests.bookings.outbox.senders:claim_and_die", [{}])
    assert only(visit).state == "sending"
    outbox.sweep(now=cast.NOW + LEASE - dt.timedelta(seconds=1))
    assert outbox.send_due(now=cast.NOW + LEASE - dt.timedelta(seconds=1)) == {}
    outbox.sweep(now=cast.NOW + LEASE)
    assert outbox.send_due(now=cast.NOW + LEASE) == {"sent": 1}
    assert len(smtp_sink.deliveries) == 1


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_a_sender_killed_after_the_server_took_the_mail_sends_at_most_a_copy_that_collapses(visit, smtp_sink):
    with pytest.raises(ProcessFailed):
        run_together("tests.bookings.outbox.senders:send_and_die", [{}], EMAIL_URL=smtp_sink.url)
    later = cast.NOW + LEASE + dt.timedelta(minutes=1)  # its clock ran on while it worked
    outbox.sweep(now=later)
    assert outbox.send_due(now=later) == {"sent": 1}
    assert len({each.message["Message-ID"] for each in smtp_sink.deliveries}) == 1
    assert len(smtp_sink.deliveries) == 2
