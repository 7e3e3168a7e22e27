"""Counts that keep abuse out, in the database, under keys that name nobody.

A key is hashed with the secret key before it is kept. Windows are fixed: a count begins anew with each full window.
"""

import datetime as dt
import ipaddress

from django.conf import settings
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from bookings.models import Appointment, Patient, RateCount, UrgentStop

HOUR = 3600
DAYS_KEPT = 2


def address_hash(request) -> str:
    """Return 64 hex digits that stand for the visitor's address, or "" when it is unknown.

    Behind proxies of ours (settings.CLINIC_PROXY_COUNT) the address is that many from the right of X-Forwarded-For:
    what stands further left was written by the visitor. An IPv6 address counts by its /64, which one household has.
    """
    address = network_address(request)
    return _hashed("address", address) if address else ""


def network_address(request) -> str:
    """Return the visitor's address as the proxies of ours saw it; an IPv6 address as its /64; "" when it is unknown."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.CLINIC_PROXY_COUNT:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        # Fewer hops than proxies: somebody reached us past them, so that no header can be believed.
        address = hops[-settings.CLINIC_PROXY_COUNT] if len(hops) >= settings.CLINIC_PROXY_COUNT else address
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 6 and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found.ipv4_mapped or found) if found.version == 6 else str(found)


def count(scope: str, key: str, *, now: dt.datetime, window_seconds: int = HOUR) -> int:
    """Count one more and return how many there are in this window. An empty key is never counted: 0."""
    if not key:
        return 0
    row, _made = RateCount.objects.get_or_create(
        scope=scope, key_hash=_hashed(scope, key), window_start=_window(now, window_seconds)
    )
    RateCount.objects.filter(pk=row.pk).update(count=F("count") + 1)
    row.refresh_from_db(fields=["count"])
    return row.count


def too_many(scope: str, key: str, *, limit: int, now: dt.datetime, window_seconds: int = HOUR) -> bool:
    """Whether this window already holds `limit` of them. Counts nothing."""
    rows = RateCount.objects.filter(
        scope=scope, key_hash=_hashed(scope, key), window_start=_window(now, window_seconds), count__gte=limit
    )
    return bool(key) and rows.exists()


def contact_is_full(patient: Patient, *, now: dt.datetime) -> bool:
    """Whether this email address or phone already has settings.CLINIC_UPCOMING_PER_CONTACT visits ahead."""
    upcoming = Appointment.objects.expected().filter(start__gte=now)
    same_email = upcoming.filter(patient__email__iexact=patient.email) if patient.email else upcoming.none()
    same_phone = upcoming.filter(patient__phone=patient.phone) if patient.phone else upcoming.none()
    return max(same_email.count(), same_phone.count()) >= settings.CLINIC_UPCOMING_PER_CONTACT


def count_urgent_stop(*, now: dt.datetime) -> None:
    """Note that the urgent signs sent somebody elsewhere today: a number, and nothing about them."""
    today = timezone.localdate(now, timezone.get_default_timezone())
    stop, _made = UrgentStop.objects.get_or_create(date=today)
    UrgentStop.objects.filter(pk=stop.pk).update(count=F("count") + 1)


def forget_old(*, now: dt.datetime) -> int:
    """Delete counts whose window is long over; returns how many."""
    deleted, _by_model = RateCount.objects.filter(window_start__lt=now - dt.timedelta(days=DAYS_KEPT)).delete()
    return deleted


def _hashed(scope: str, key: str) -> str:
    return salted_hmac(f"bookings.limits.{scope}", key, algorithm="sha256").hexdigest()


def _window(now: dt.datetime, seconds: int) -> dt.datetime:
    began = int(now.timestamp()) // seconds * seconds
    return dt.datetime.fromtimestamp(began, dt.UTC)
