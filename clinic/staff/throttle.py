"""Wrong passwords: by account and network address, without keeping either's name."""

import ipaddress
from http import HTTPStatus

from django.shortcuts import render
from django.utils.crypto import salted_hmac

from bookings import limits


def account_key(request, credentials) -> str:
    """Return what the tries for an account are counted by. A keyed hash: people type passwords into the wrong field."""
    typed = (credentials or {}).get("username") or ""
    return salted_hmac("clinic.staff.throttle", typed.strip().lower(), algorithm="sha256").hexdigest()


def network_address(request) -> str | None:
    """Return the visitor's address through our own proxies only (of IPv6 the first of its /64), or None."""
    address = limits.network_address(request).partition("/")[0]
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None


def locked_out(request, response, credentials):
    """Answer the same whether such an account exists or not."""
    return render(request, "clinic/staff/locked.html", status=HTTPStatus.TOO_MANY_REQUESTS)
