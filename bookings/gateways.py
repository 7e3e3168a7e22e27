"""Who carries text messages: nobody (the console), or Twilio's HTTP interface.

`CLINIC_SMS_URL` names the gateway: `console:`, or `twilio://SID:TOKEN@api.twilio.com/?from=%2B12125550100`
(`twilio+http://…` for rehearsals on this machine). Another carrier is one more function in GATEWAYS.
Interface: https://www.twilio.com/docs/messaging/api/message-resource
"""

import base64
import hashlib
import hmac
import http.client
import json
import logging
import urllib.parse
from collections.abc import Callable, Mapping
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse

log = logging.getLogger(__name__)

PATIENCE = 10  # seconds, for connecting and for each answer
MOST_OF_ANSWER = 64 * 1024
STOPPED = 21610
BUSY, LAST_OF_OURS = 429, 499
CREATED = range(200, 300)


class SmsRefused(Exception):
    """The gateway will not carry this message."""


class SmsStopped(SmsRefused):
    """The gateway will not carry it because the person has said STOP to it."""


class SmsUnknown(Exception):
    """The gateway did not say whether it took the message. There is no second try: it might be a second text."""


class SmsAway(Exception):
    """The gateway was not reached, or has no time now: nothing was sent, and it may be asked again."""


class Account(NamedTuple):
    """What CLINIC_SMS_URL says of a Twilio account."""

    secure: bool
    host: str
    port: int | None
    sid: str
    token: str
    sender: str


def send(phone: str, text: str, key: str) -> str:
    """Hand one text to the gateway; returns the gateway's own number for it, or "".

    `phone` is E.164; `key` is the same for every try. Raises SmsRefused, SmsUnknown, SmsAway.
    """
    scheme = settings.CLINIC_SMS_URL.partition(":")[0]
    gateway = GATEWAYS.get(scheme)
    if gateway is None:
        raise SmsRefused("CLINIC_SMS_URL names no gateway we have")
    return gateway(phone, text, key)


def _console(phone: str, text: str, key: str) -> str:
    """Nothing leaves. The log names the row; never the number, never the words."""
    log.info("Text message %s would go now.", key)
    return ""


def account() -> Account | None:
    """Return the Twilio account the settings name, or None."""
    parts = urllib.parse.urlsplit(settings.CLINIC_SMS_URL)
    if parts.scheme not in ("twilio", "twilio+http"):
        return None
    sender = urllib.parse.parse_qs(parts.query).get("from", [""])[0]
    unquote = urllib.parse.unquote
    names = unquote(parts.username or ""), unquote(parts.password or "")
    return Account(parts.scheme == "twilio", parts.hostname or "", parts.port, *names, sender)


def _twilio(phone: str, text: str, key: str) -> str:
    ours = account()
    assert ours is not None  # noqa: S101  GATEWAYS comes here by the same scheme
    fields = {"To": phone, "From": ours.sender, "Body": text, "StatusCallback": _receipt_address(key)}
    status, answer = _post(ours, f"/2010-04-01/Accounts/{ours.sid}/Messages.json", fields)
    if status in CREATED:
        return str(answer.get("sid", ""))[:64]
    raise _refusal(status, answer.get("code"))


def _receipt_address(key: str) -> str:
    """Return where receipts go. They may overtake the gateway's own answer, so that they bring our key along."""
    return f"{public_address('text-receipt')}?{urllib.parse.urlencode({'key': key})}"


def _post(ours: Account, path: str, fields: dict[str, str]) -> tuple[int, dict]:
    """Send one request and return status and JSON. Nothing but a refused connection tells that nothing was sent."""
    kind = http.client.HTTPSConnection if ours.secure else http.client.HTTPConnection
    connection = kind(ours.host, ours.port, timeout=PATIENCE)
    try:
        connection.connect()
    except OSError as error:
        raise SmsAway(type(error).__name__) from None
    try:
        connection.request("POST", path, urllib.parse.urlencode(fields), _headers(ours))
        response = connection.getresponse()
        return response.status, _read(response.read(MOST_OF_ANSWER))
    except (OSError, http.client.HTTPException) as error:
        raise SmsUnknown(type(error).__name__) from None
    finally:
        connection.close()


def _headers(ours: Account) -> dict[str, str]:
    credentials = base64.b64encode(f"{ours.sid}:{ours.token}".encode()).decode()
    return {"Authorization": f"Basic {credentials}", "Content-Type": "application/x-www-form-urlencoded"}


def _read(body: bytes) -> dict:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _refusal(status: int, code: object) -> Exception:
    """Say what an answer means: their fault may have sent it, ours has not."""
    if status == BUSY:
        return SmsAway(str(status))
    if status > LAST_OF_OURS:
        return SmsUnknown(str(status))
    return SmsStopped(str(code)) if code == STOPPED else SmsRefused(str(code or status))


GATEWAYS: dict[str, Callable[[str, str, str], str]] = {
    "console": _console,
    "twilio": _twilio,
    "twilio+http": _twilio,
}


# --- What the gateway tells us --------------------------------------------------------------------------------------


def public_address(name: str) -> str:
    """Return the full address of a page of ours, as the gateway calls it."""
    return settings.CLINIC_BASE_URL.rstrip("/") + reverse(name)


def is_signed(address: str, fields: Mapping[str, str], signature: str) -> bool:
    """Whether this request comes from the gateway: HMAC-SHA1 over the address and the sorted fields, by the account's token.

    https://www.twilio.com/docs/usage/security#validating-requests
    """
    ours = account()
    if ours is None or not ours.token:
        return False
    said = address + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    digest = hmac.new(ours.token.encode(), said.encode(), hashlib.sha1).digest()
    return hmac.compare_digest(base64.b64encode(digest), signature.encode())
