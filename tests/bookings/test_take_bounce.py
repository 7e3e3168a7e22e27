"""Mail that came back, by a mail server's report or a mail service's call."""

import hashlib
import hmac
import io
import json

import pytest
from django.core.management import call_command

from bookings.models import Message
from tests.bookings.visits import book
from tests.cast import NOW, open_clinic

pytestmark = pytest.mark.django_db

KEY = "a-key-of-ours"
REPORT = """\
From: MAILER-DAEMON@mail.example.com
To: appointments@clinic.example.com
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain

I could not deliver your message.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.com
Arrival-Date: Mon, 2 Mar 2026 13:00:00 +0000

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 no such user

--b1
{returned}
--b1--
"""
WHOLE = "Content-Type: message/rfc822\n\nMessage-ID: <{id}@clinic.example.com>\nSubject: Your appointment\n\nHello.\n"
HEADERS = "Content-Type: text/rfc822-headers\n\nMessage-ID: <{id}@clinic.example.com>\nSubject: Your appointment\n"


@pytest.fixture
def mail(time_machine, settings):
    time_machine.move_to(NOW, tick=False)
    settings.CLINIC_BOUNCE_KEY = KEY
    message = book(open_clinic()).messages.get(kind="confirmation")
    Message.objects.filter(pk=message.pk).update(state="sent", sent_at=NOW)
    return message


def report(message_id, *, action="failed", status="5.1.1", recipient="ada@example.com", returned=WHOLE):
    return REPORT.format(
        action=action, status=status, recipient=recipient, returned=returned.format(id=message_id)
    ).encode()


def take(raw):
    said = io.StringIO()
    call_command("take_bounce", stdin=io.BytesIO(raw), stdout=said)
    return said.getvalue().strip()


def fate(mail):
    mail.refresh_from_db()
    mail.patient.refresh_from_db()
    return mail.state, mail.last_error, mail.patient.email_refused_at


UNTOUCHED = ("sent", "", None)


@pytest.mark.engine
@pytest.mark.parametrize("returned", [WHOLE, HEADERS])
def test_a_report_with_the_mail_or_its_headers_is_noted(mail, returned):
    assert take(report(mail.message_id, returned=returned)) == "Noted: 5.1.1."
    assert fate(mail) == ("failed", "bounced 5.1.1", NOW)


def test_a_report_twice_says_so(mail):
    take(report(mail.message_id))
    assert take(report(mail.message_id)) == "Nothing changed: 5.1.1."


def test_a_refusal_by_policy_keeps_the_address(mail):
    take(report(mail.message_id, status="5.7.1 (delivery not authorized)"))
    assert fate(mail) == ("failed", "bounced 5.7.1", None)


@pytest.mark.parametrize(
    "values",
    [{"action": "delayed", "status": "4.4.1"}, {"action": "delivered", "status": "2.0.0"}, {"action": "delayed"}],
)
def test_a_delay_or_a_delivery_changes_nothing(mail, values):
    take(report(mail.message_id, **values))
    assert fate(mail) == UNTOUCHED


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\0garbage",
        b"Subject: Re: your appointment\n\nI will come.",
        b"Content-Type: message/delivery-status\n\nno blocks at all",
        report("not-ours"),
        report("00000000-0000-0000-0000-000000000007"),
        report("x", returned="Content-Type: message/rfc822\n"),
        report("x").replace(b"message/delivery-status", b"text/plain"),
    ],
)
def test_what_is_no_report_about_our_mail_changes_nothing_and_is_no_error(mail, raw):
    assert "hanged" in take(raw)
    assert fate(mail) == UNTOUCHED


# --- A mail service's call ------------------------------------------------------------------------------------------


def call(client, body, *, key=KEY):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signature = "sha256=" + hmac.new(key.encode(), raw, hashlib.sha256).hexdigest()
    return client.post("/messages/bounce/", raw, content_type="application/json", headers={"X-Signature": signature})


def told(mail, status):
    return {"message_id": f"<{mail.message_id}@clinic.example.com>", "status": status}


@pytest.mark.engine
def test_a_signed_call_is_noted_once(mail, client):
    answers = [call(client, told(mail, "5.1.1")).json() for _time in range(2)]
    assert answers == [{"noted": True}, {"noted": False}]
    assert fate(mail) == ("failed", "bounced 5.1.1", NOW)


def test_a_complaint_ends_reminders_by_email(mail, client):
    answers = [call(client, told(mail, "complaint")).json() for _time in range(2)]
    assert (answers, fate(mail)) == ([{"noted": True}] * 2, UNTOUCHED)
    assert mail.patient.reminders_off_at == NOW
    assert list(mail.appointment.messages.filter(kind="reminder", state="due")) == []


def test_a_call_that_is_not_signed_with_our_key_changes_nothing(mail, client):
    assert call(client, told(mail, "5.1.1"), key="another").status_code == 403
    assert client.post("/messages/bounce/", b"{}", content_type="application/json").status_code == 403
    assert fate(mail) == UNTOUCHED


def test_without_a_key_there_is_no_such_door(mail, client, settings):
    settings.CLINIC_BOUNCE_KEY = ""
    assert call(client, told(mail, "5.1.1"), key="").status_code == 404
    assert fate(mail) == UNTOUCHED


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"7", {}, {"message_id": 7, "status": "5.1.1"}])
def test_a_call_that_says_nothing_is_a_bad_request(mail, client, body):
    assert call(client, body).status_code == 400


def test_a_call_about_somebody_elses_mail_notes_nothing(mail, client):
    for status in ("5.1.1", "complaint"):
        answer = call(client, {"message_id": "<x@elsewhere.example.com>", "status": status})
        assert answer.json() == {"noted": False}


def test_too_long_a_call_is_refused_unread(mail, client):
    assert call(client, b"x" * 20_000).status_code == 413
