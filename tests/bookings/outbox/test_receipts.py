"""What carriers say later: a text arrived or did not, a mail came back. What arrived stays so."""

import datetime as dt
import itertools
import uuid
from urllib.parse import parse_qs, urlsplit

import pytest

from bookings import outbox
from bookings.models import Message
from tests.bookings.visits import book
from tests.cast import NOW
from tests.gateway import Gateway

pytestmark = pytest.mark.django_db

LATER = NOW + dt.timedelta(minutes=5)


@pytest.fixture
def text(clinic, settings):
    """A confirmation that the gateway has taken as SM1."""
    settings.CLINIC_SMS_URL = "console:"
    clinic.ada.email, clinic.ada.phone, clinic.ada.sms_consent_at = "", "+12125550123", NOW
    clinic.ada.save()
    return handed_over(book(clinic).messages.get(kind="confirmation"), provider_id="SM1")


@pytest.fixture
def mail(visit):
    return handed_over(visit.messages.get(kind="confirmation"))


def handed_over(message, **fields):
    Message.objects.filter(pk=message.pk).update(state="sent", sent_at=NOW, **fields)
    message.refresh_from_db()
    return message


def say(text, status, code="", *, key=True):
    return outbox.note_receipt(str(text.message_id) if key else "", "SM1", status, code, now=LATER)


def fate(message):
    message.refresh_from_db()
    return message.state, message.delivered_at, message.failed_at, message.last_error


DELIVERED = ("sent", LATER, None, "")
LOST = ("failed", None, LATER, "undelivered 30005")


# --- Texts ----------------------------------------------------------------------------------------------------------


@pytest.mark.engine
@pytest.mark.parametrize("key", [True, False])
def test_a_text_that_arrived_is_delivered(text, key):
    assert (say(text, "delivered", key=key), fate(text)) == (True, DELIVERED)


@pytest.mark.engine
def test_a_text_that_did_not_arrive_failed_and_the_desk_phones(text):
    assert (say(text, "undelivered", "30005"), fate(text)) == (True, LOST)
    text.appointment.refresh_from_db()
    assert text.appointment.phone_to_confirm is True


@pytest.mark.parametrize("status", ["queued", "sending", "sent", "", "nonsense"])
def test_what_is_on_its_way_changes_nothing(text, status):
    assert (say(text, status), fate(text)) == (False, ("sent", None, None, ""))


@pytest.mark.parametrize("order", list(itertools.permutations(["undelivered", "delivered", "failed"])))
def test_whatever_the_order_what_arrived_stays_so(text, order):
    for status in order:
        say(text, status, "30005")
    assert fate(text) == DELIVERED


def test_a_text_of_which_nobody_knew_whether_it_went_has_arrived_after_all(text):
    Message.objects.filter(pk=text.pk).update(
        state="failed", sent_at=None, failed_at=NOW, provider_id="", last_error="SmsUnknown"
    )
    assert say(text, "delivered") is True
    assert (fate(text), text.sent_at) == (DELIVERED, LATER)


def test_a_receipt_that_overtakes_the_gateways_answer_counts(text):
    Message.objects.filter(pk=text.pk).update(state="sending", sent_at=None, provider_id="")
    say(text, "delivered")
    assert fate(text) == ("sending", LATER, None, "")


def test_a_receipt_for_somebody_elses_text_changes_nothing(text):
    assert outbox.note_receipt(str(uuid.uuid4()), "SM1", "failed", "30005", now=LATER) is False
    assert outbox.note_receipt("", "", "failed", "30005", now=LATER) is False
    assert outbox.note_receipt("not a key", "SM2", "failed", "30005", now=LATER) is False
    assert fate(text) == ("sent", None, None, "")


def test_what_the_gateway_takes_is_found_again_by_its_receipt(text, settings):
    Message.objects.filter(pk=text.pk).update(state="due", sent_at=None, provider_id="")
    with Gateway() as gateway:
        settings.CLINIC_SMS_URL = gateway.url
        assert outbox.send_due(now=NOW, channel="sms") == {"sent": 1}
    query = parse_qs(urlsplit(gateway.texts[0]["StatusCallback"]).query)
    assert outbox.note_receipt(query["key"][0], "SM1", "delivered", "", now=LATER) is True
    assert (fate(text), text.provider_id) == (DELIVERED, "SM1")


# --- Mail -----------------------------------------------------------------------------------------------------------


def bounce(mail, status, recipient=""):
    return outbox.note_bounce(f"<{mail.message_id}@clinic.example.com>", status, recipient=recipient, now=LATER)


def refused(mail):
    mail.patient.refresh_from_db()
    return mail.patient.email_refused_at


@pytest.mark.engine
@pytest.mark.parametrize("status", ["5.1.1", "5.1.10", "5.2.1"])
def test_mail_to_no_mailbox_failed_and_nothing_more_goes_there(mail, status):
    assert bounce(mail, status) is True
    mail.appointment.refresh_from_db()
    assert fate(mail) == ("failed", None, LATER, f"bounced {status}")
    assert (refused(mail), mail.appointment.phone_to_confirm) == (LATER, True)


@pytest.mark.parametrize("status", ["5.7.1", "5.2.2", "5.1.7", "5.1.8", "5.0.0"])
def test_mail_refused_for_another_reason_failed_and_the_address_is_kept(mail, status):
    assert bounce(mail, status) is True
    assert (fate(mail)[0], refused(mail)) == ("failed", None)


@pytest.mark.parametrize("status", ["4.2.2", "2.0.0", "", "5", "5.1.1 and more", "5.1.1\n", "complaint"])
def test_any_other_status_changes_nothing(mail, status):
    assert (bounce(mail, status), fate(mail)) == (False, ("sent", None, None, ""))


def test_the_same_bounce_twice_changes_nothing_more(mail):
    assert [bounce(mail, "5.1.1"), bounce(mail, "5.1.1")] == [True, False]


@pytest.mark.parametrize("message_id", ["", "<x@example.com>", f"<{uuid.UUID(int=7)}@clinic.example.com>"])
def test_a_message_id_that_is_not_ours_changes_nothing(mail, message_id):
    assert outbox.note_bounce(message_id, "5.1.1", now=LATER) is False
    assert (fate(mail), refused(mail)) == (("sent", None, None, ""), None)


def test_an_address_that_has_been_corrected_since_is_kept(mail, time_machine):
    time_machine.move_to(NOW - dt.timedelta(hours=1))
    mail.patient.save()
    time_machine.move_to(NOW + dt.timedelta(minutes=1))
    mail.patient.email = "ada.vale@example.com"
    mail.patient.save()
    assert (bounce(mail, "5.1.1"), refused(mail)) == (True, None)


def test_a_report_about_another_address_leaves_this_one(mail):
    assert (bounce(mail, "5.1.1", "old@example.com"), refused(mail)) == (True, None)


def test_a_report_about_this_address_refuses_it(mail):
    assert (bounce(mail, "5.1.1", "ADA@example.com"), refused(mail)) == (True, LATER)


def test_a_text_is_no_mail(text):
    assert (outbox.mail_of(str(text.message_id)), bounce(text, "5.1.1")) == (None, False)
