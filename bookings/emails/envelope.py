"""What is around the words: who writes to whom, and headers that machines read."""

from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from bookings.emails.words import CAN_BE_STOPPED, Rendered
from bookings.models import Message


def email_of(message: Message, rendered: Rendered, *, name: str, stop_link: str = "") -> EmailMultiAlternatives:
    """Return the words as an email from `name`, the HTML beside the text."""
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    email = EmailMultiAlternatives(
        subject=rendered.subject,
        body=rendered.text,
        from_email=formataddr((name, address)),
        to=[_recipient(message)],
        reply_to=[address],
        headers=_headers(message, domain=address.partition("@")[2], stop_link=stop_link),
    )
    email.attach_alternative(rendered.html, "text/html")
    return email


def _recipient(message: Message) -> str:
    if message.appointment is not None:
        return message.appointment.patient.email
    return message.user.email if message.user is not None else ""


def _headers(message: Message, *, domain: str, stop_link: str) -> dict[str, str]:
    headers = {
        # The same for every attempt, so that a second copy collapses with the first.
        "Message-ID": f"<{message.message_id}@{domain}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if stop_link and message.kind in CAN_BE_STOPPED:
        # The mail program's own button (RFC 8058): one press, without a page.
        headers["List-Unsubscribe"] = f"<{stop_link}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
