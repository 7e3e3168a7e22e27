"""What the gateway of text messages tells us: what became of a text, and what somebody has answered.

Only the gateway knows the account's token, with which it signs each request; nothing else is read or written down.
"""

import re
from http import HTTPStatus
from xml.sax.saxutils import escape

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bookings import gateways, limits, replies, sms
from bookings.outbox import receipts

MOST_BYTES = 16 * 1024
REPLIES_PER_HOUR = 30
PHONE = re.compile(r"\+[1-9]\d{5,14}")


@csrf_exempt
@require_POST
def receipt(request):
    """A text arrived, or did not. Statuses on the way there change nothing."""
    refusal = _refusal(request, "text-receipt")
    if refusal is not None:
        return refusal
    said = request.POST
    receipts.note_receipt(
        request.GET.get("key", ""),
        said.get("MessageSid", ""),
        said.get("MessageStatus", ""),
        said.get("ErrorCode", "")[:10],
        now=timezone.now(),
    )
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@csrf_exempt
@require_POST
def reply(request):
    """Somebody has answered by text."""
    refusal = _refusal(request, "text-reply")
    if refusal is not None:
        return refusal
    number, words, now = request.POST.get("MessageSid", ""), request.POST.get("Body", ""), timezone.now()
    if not number:
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    phone = request.POST.get("From", "")
    phone = phone if PHONE.fullmatch(phone) else ""
    if replies.meaning_of(words) != replies.Meaning.STOP and _is_flood(phone, now=now):
        return _answer("")
    return _answer(replies.take(number, phone, words, now=now))


def _refusal(request, name: str) -> HttpResponse | None:
    """Say no to what is too long, or not signed by the gateway for this address."""
    # Django reads no more than the length that the request claims.
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    address = gateways.public_address(name)
    query = request.META.get("QUERY_STRING", "")
    signature = request.headers.get("X-Twilio-Signature", "")
    if gateways.is_signed(f"{address}?{query}" if query else address, request.POST.dict(), signature):
        return None
    return HttpResponse(status=HTTPStatus.FORBIDDEN)


def _is_flood(phone: str, *, now) -> bool:
    """Whether one phone writes without end. A STOP is heard all the same."""
    return limits.count("text-reply", phone, now=now) > REPLIES_PER_HOUR


def _answer(words: str) -> HttpResponse:
    """Return TwiML: a text to answer with, or none."""
    text = f"<Message>{escape(sms.plainly(words))}</Message>" if words else ""
    return HttpResponse(
        f'<?xml version="1.0" encoding="UTF-8"?><Response>{text}</Response>', content_type="text/xml; charset=utf-8"
    )
