"""/.well-known/security.txt: whom to tell of a hole, by RFC 9116 (https://www.rfc-editor.org/rfc/rfc9116)."""

import datetime as dt
from email.utils import parseaddr

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

# The RFC recommends less than a year: whoever reads an old copy knows that it is old.
GOOD_FOR = dt.timedelta(days=180)
AS_IT_IS = ("mailto:", "tel:", "https://")
A_DAY = 86_400  # seconds


@require_safe
def security_txt(request):
    response = HttpResponse(text(now=timezone.now()), content_type="text/plain; charset=utf-8")
    patch_cache_control(response, public=True, max_age=A_DAY)
    return response


@require_safe
def old_address(request):
    """Where it stood before it had a folder; scanners still ask there."""
    return redirect("security-txt")


def text(*, now: dt.datetime) -> str:
    """Return the file; it is the same for all of a day (UTC)."""
    midnight = now.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: {contact()}",
        f"Expires: {midnight + GOOD_FOR:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {settings.CLINIC_BASE_URL.rstrip('/')}{reverse('security-txt')}",
    ]
    return "\n".join(lines) + "\n"


def contact() -> str:
    """Return the address as a URI: CLINIC_SECURITY_CONTACT, else that of the sender of messages, which somebody reads."""
    said = settings.CLINIC_SECURITY_CONTACT.strip() or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return said if said.startswith(AS_IT_IS) else f"mailto:{said}"
