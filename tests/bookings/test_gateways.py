"""The HTTP gateway for text messages: what it is asked, what its answers mean, and whom we believe."""

import base64
import hashlib
import hmac
import logging

import pytest

from bookings import gateways
from tests.engines import free_port
from tests.gateway import SENDER, SID, TOKEN, Gateway


@pytest.fixture
def gateway(settings):
    with Gateway() as gateway:
        settings.CLINIC_SMS_URL = gateway.url
        yield gateway


def send():
    return gateways.send("+12125550123", "Riverbend: see you Tuesday.", "a-key")


def test_a_text_is_one_request_with_our_number_and_where_to_send_the_receipt(gateway, settings):
    settings.CLINIC_BASE_URL = "https://clinic.example.com/"
    assert send() == "SM1"
    assert gateway.texts == [
        {
            "To": "+12125550123",
            "From": SENDER,
            "Body": "Riverbend: see you Tuesday.",
            "StatusCallback": "https://clinic.example.com/texts/receipt/?key=a-key",
        }
    ]
    assert gateway.paths == [f"/2010-04-01/Accounts/{SID}/Messages.json"]
    credentials = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
    assert gateway.headers[0]["Authorization"] == f"Basic {credentials}"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"code": 21610}, gateways.SmsStopped),
        (400, {"code": 21211}, gateways.SmsRefused),
        (400, {"code": 21614}, gateways.SmsRefused),
        (401, {"code": 20003}, gateways.SmsRefused),
        (404, {}, gateways.SmsRefused),
        (302, {}, gateways.SmsRefused),
        (429, {"code": 20429}, gateways.SmsAway),
        (500, {}, gateways.SmsUnknown),
        (503, {}, gateways.SmsUnknown),
    ],
)
def test_each_answer_means_one_thing(gateway, status, body, error):
    gateway.answer(status, **body)
    with pytest.raises(error) as raised:
        send()
    assert type(raised.value) is error
    assert len(gateway.texts) == 1


def test_a_gateway_that_takes_the_text_and_says_nothing_may_have_sent_it(gateway):
    gateway.break_off()
    with pytest.raises(gateways.SmsUnknown):
        send()


def test_a_gateway_that_is_not_there_has_sent_nothing(settings):
    settings.CLINIC_SMS_URL = f"twilio+http://{SID}:{TOKEN}@127.0.0.1:{free_port()}/?from=%2B12125550100"
    with pytest.raises(gateways.SmsAway):
        send()


def test_no_error_tells_the_token_the_number_or_the_words(gateway, caplog):
    caplog.set_level(logging.DEBUG)
    gateway.answer(400, code=21211, message="The number +12125550123 is not valid")
    with pytest.raises(gateways.SmsRefused) as raised:
        send()
    said = caplog.text + str(raised.value) + repr(raised.value)
    assert [word for word in (TOKEN, "5550123", "Tuesday") if word in said] == []


def test_a_name_we_do_not_know_carries_nothing(settings):
    settings.CLINIC_SMS_URL = "pigeon:"
    with pytest.raises(gateways.SmsRefused, match="names no gateway"):
        send()


def test_the_console_carries_nothing_and_says_which_row(settings, caplog):
    caplog.set_level(logging.INFO)
    settings.CLINIC_SMS_URL = "console:"
    assert send() == ""
    assert [record.getMessage() for record in caplog.records] == ["Text message a-key would go now."]


# --- Whom we believe ---------------------------------------------------------------------------------------------------


def signature(address, fields, token=TOKEN):
    said = address + "".join(f"{name}{value}" for name, value in sorted(fields.items()))
    return base64.b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode()


ADDRESS, FIELDS = "https://clinic.example.com/texts/reply/", {"From": "+12125550123", "Body": "C", "AccountSid": SID}


def test_what_the_gateway_signs_is_believed(gateway):
    assert gateways.is_signed(ADDRESS, FIELDS, signature(ADDRESS, FIELDS))


@pytest.mark.parametrize(
    ("address", "fields", "signed"),
    [
        (ADDRESS, FIELDS, ""),
        (ADDRESS, FIELDS, "ä"),
        (ADDRESS, FIELDS, signature(ADDRESS, FIELDS, token="another")),
        (ADDRESS, FIELDS | {"Body": "STOP"}, signature(ADDRESS, FIELDS)),
        ("https://evil.example.com/texts/reply/", FIELDS, signature(ADDRESS, FIELDS)),
    ],
)
def test_anything_else_is_not(gateway, address, fields, signed):
    assert not gateways.is_signed(address, fields, signed)


def test_without_an_account_nobody_is_believed(settings):
    settings.CLINIC_SMS_URL = "console:"
    assert not gateways.is_signed(ADDRESS, FIELDS, signature(ADDRESS, FIELDS, token=""))
