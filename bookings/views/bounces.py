"""What a mail service tells us of mail that came back: one signed request for each.

The body is JSON, {"message_id": "<…@…>", "status": "5.1.1"}, signed with CLINIC_BOUNCE_KEY; the status of somebody who
reported us as unwanted is "complaint". A mail server of one's own pipes its reports to `manage.py take_bounce`.
"""

import hashlib
import hmac
import json
from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bookings import contacts
from bookings.outbox import receipts

MOST_BYTES = 16 * 1024
COMPLAINT = "complaint"


@csrf_exempt
@require_POST
def bounce(request):
    """Note a bounce or a complaint; the same one a second time changes nothing."""
    key = settings.CLINIC_BOUNCE_KEY
    if not key:
        raise Http404
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if not is_signed(request.body, request.headers.get("X-Signature", ""), key):
        return HttpResponse(status=HTTPStatus.FORBIDDEN)
    said = _read(request.body)
    if said is None:
        return JsonResponse({"error": "message_id and status must be text"}, status=HTTPStatus.BAD_REQUEST)
    return JsonResponse({"noted": _note(*said, now=timezone.now())})


def is_signed(body: bytes, signature: str, key: str) -> bool:
    """Whether `signature` is `sha256=` and the HMAC-SHA256 of the body in hexadecimal digits."""
    digest = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"sha256={digest}".encode(), signature.encode())


def _read(body: bytes) -> tuple[str, str] | None:
    try:
        said = json.loads(body)
    except ValueError:
        return None
    values = [said.get(name) for name in ("message_id", "status")] if isinstance(said, dict) else []
    return (values[0], values[1]) if values and all(isinstance(value, str) for value in values) else None


def _note(message_id: str, status: str, *, now) -> bool:
    if status != COMPLAINT:
        return receipts.note_bounce(message_id, status, now=now)
    message = receipts.mail_of(message_id)
    if message is None or message.appointment is None:
        return False
    contacts.change(message.appointment.patient, reminders=False, now=now)
    return True
