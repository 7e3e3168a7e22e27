"""The gateway's two doors: signed requests are believed, all others change nothing."""

import base64
import hashlib
import hmac
import logging

import pytest

from bookings import limits
from bookings.models import Message, RateCount, TextReply
from tests.bookings.visits import book
from tests.cast import NOW, open_clinic

pytestmark = pytest.mark.django_db

PHONE = "+12125550123"
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


@pytest.fixture(autouse=True)
def _gateway(settings, time_machine):
    time_machine.move_to(NOW, tick=False)
    settings.CLINIC_SMS_URL = "twilio://AC1:token@api.twilio.com/?from=%2B12125550100"
    settings.CLINIC_BASE_URL = "https://clinic.example.com"


@pytest.fixture
def text(_gateway):
    clinic = open_clinic()
    clinic.ada.phone, clinic.ada.sms_consent_at = PHONE, NOW
    clinic.ada.save()
    message = book(clinic).messages.get(kind="confirmation", channel="sms")
    Message.objects.filter(pk=message.pk).update(state="sent", sent_at=NOW, provider_id="SM1")
    message.refresh_from_db()
    return message


def post(client, path, fields, *, signature=None, query=""):
    address = f"https://clinic.example.com{path}{query}"
    said = address + "".join(f"{name}{value}" for name, value in sorted(fields.items()))
    ours = base64.b64encode(hmac.new(b"token", said.encode(), hashlib.sha1).digest()).decode()
    return client.post(path + query, fields, headers={"X-Twilio-Signature": ours if signature is None else signature})


def reply(client, words, *, number="SM7", phone=PHONE, **kwargs):
    return post(client, "/texts/reply/", {"MessageSid": number, "From": phone, "Body": words}, **kwargs)


def receipt(client, text, status, **kwargs):
    fields = {"MessageSid": "SM1", "MessageStatus": status, "ErrorCode": "30005"}
    return post(client, "/texts/receipt/", fields, query=f"?key={text.message_id}", **kwargs)


def test_a_signed_receipt_is_written_down(client, text):
    assert receipt(client, text, "undelivered").status_code == 204
    text.refresh_from_db()
    assert (text.state, text.last_error) == ("failed", "undelivered 30005")


def test_a_receipt_without_our_key_is_found_by_the_gateways_number(client, text):
    fields = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    assert post(client, "/texts/receipt/", fields).status_code == 204
    text.refresh_from_db()
    assert text.delivered_at == NOW


@pytest.mark.engine
def test_a_signed_yes_confirms_and_is_thanked(client, text):
    answer = reply(client, "C")
    text.appointment.refresh_from_db()
    assert (text.appointment.confirmed_at, answer["Content-Type"]) == (NOW, "text/xml; charset=utf-8")
    assert answer.content.decode() == EMPTY.replace(
        "></R", "><Message>Riverbend: thank you, see you then.</Message></R"
    )


@pytest.mark.engine
def test_the_same_reply_again_changes_nothing(client, text):
    reply(client, "Running late")
    assert reply(client, "Running late").content.decode() == EMPTY
    assert TextReply.objects.count() == 1


@pytest.mark.parametrize("signature", ["", "bm8=", "ä"])
def test_without_the_gateways_signature_nothing_is_written(client, text, signature):
    answers = [reply(client, "STOP", signature=signature), receipt(client, text, "failed", signature=signature)]
    text.refresh_from_db()
    text.patient.refresh_from_db()
    assert [answer.status_code for answer in answers] == [403, 403]
    assert (text.state, text.patient.sms_stopped_at, TextReply.objects.count()) == ("sent", None, 0)
    assert RateCount.objects.count() == 0


def test_a_signature_for_one_door_opens_no_other(client, text):
    fields = {"MessageSid": "SM7", "From": PHONE, "Body": "STOP"}
    said = "https://clinic.example.com/texts/receipt/" + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    signature = base64.b64encode(hmac.new(b"token", said.encode(), hashlib.sha1).digest()).decode()
    assert reply(client, "STOP", signature=signature).status_code == 403


def test_a_reply_without_a_number_is_refused(client, text):
    assert reply(client, "C", number="").status_code == 400


def test_too_much_is_refused_unread(client, text):
    assert reply(client, "x" * 20_000).status_code == 413


def test_a_flood_from_one_phone_is_left_unread_but_for_a_stop(client, text):
    for _time in range(30):
        limits.count("text-reply", PHONE, now=NOW)
    assert reply(client, "and another thing").content.decode() == EMPTY
    assert TextReply.objects.count() == 0
    reply(client, "STOP")
    text.patient.refresh_from_db()
    assert text.patient.sms_stopped_at == NOW


@pytest.mark.parametrize("phone", ["", "12345", "nobody", "+1 (212) 555-0123"])
def test_what_is_no_phone_belongs_to_nobody(client, text, phone):
    assert reply(client, "STOP", phone=phone).status_code == 200
    text.patient.refresh_from_db()
    assert (text.patient.sms_stopped_at, TextReply.objects.get().patient) == (None, None)


def test_odd_words_are_kept_as_they_can_be(client, text):
    reply(client, "a\0b \N{GRINNING FACE}", number="SM8")
    reply(client, "  ", number="SM9")
    assert list(TextReply.objects.order_by("pk").values_list("words", flat=True)) == [
        "ab \N{GRINNING FACE}",
        "(no words)",
    ]


def test_no_log_line_has_the_phone_or_the_words(client, text, caplog):
    caplog.set_level(logging.DEBUG)
    reply(client, "My secret")
    reply(client, "My secret", signature="no")
    said = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith("django.db"))
    assert [word for word in ("secret", "5550123") if word in said] == []


@pytest.mark.parametrize("path", ["/texts/reply/", "/texts/receipt/"])
def test_the_doors_take_posts_only(client, path):
    assert client.get(path).status_code == 405
