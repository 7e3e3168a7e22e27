"""Whose page this is: the link this session has opened, the visit it shows, and whether the date of birth was given.

The link is the key: whoever has it may see when and where, and say yes, move or cancel. What the visit is for, with whom
and all else about the person stand behind the date of birth. What was given for one link is worth nothing for another.
"""

import datetime as dt
from functools import wraps
from http import HTTPStatus
from typing import NamedTuple

from django.shortcuts import redirect, render
from django.utils import timezone

from bookings import links
from bookings.models import Appointment, ManageLink
from bookings.views.own_person import entries_of

LINK, CHOSEN, VERIFIED, WANTED = "manage_link", "manage_visit", "manage_verified", "manage_wanted"
# A session lasts as long as a form may rest; what stands behind the date of birth is closed sooner.
VERIFIED_FOR = dt.timedelta(hours=2)


class OwnVisit(NamedTuple):
    """What a session is on: the link it came by, the visit it shows, and whether its person gave the date of birth."""

    link: ManageLink
    appointment: Appointment
    verified: bool

    @property
    def is_of_link(self) -> bool:
        """Whether this is the visit the link was made for, and not another one of the same person."""
        return self.appointment.pk == self.link.appointment_id


def with_appointment(view):
    """Give the view the appointment this session is on, or answer as if there were none.

    `request.own_visit` says by which link, and whether the date of birth was given.
    """

    @wraps(view)
    def page(request, *args, **kwargs):
        now = timezone.now()
        own = own_visit(request, now=now)
        if own is None:
            return nothing_here(request)
        request.own_visit = own
        return view(request, own.appointment, *args, now=now, **kwargs)

    return page


def verified_only(view):
    """For views under `with_appointment`: whoever has not given the date of birth is asked for it, and led back here."""

    @wraps(view)
    def page(request, appointment, *args, **kwargs):
        if request.own_visit.verified:
            return view(request, appointment, *args, **kwargs)
        if request.method in ("GET", "HEAD") and not request.resolver_match.kwargs:
            request.session[WANTED] = request.resolver_match.url_name
        return redirect("appointments-birth")

    return page


def own_visit(request, *, now: dt.datetime) -> OwnVisit | None:
    """Return what this session is on, or None without a good link: never opened, over, revoked."""
    link = links.find_again(request.session.get(LINK), now=now)
    if link is None:
        return None
    verified = _is_verified(request.session.get(VERIFIED), link, now=now)
    chosen = _chosen(request.session.get(CHOSEN), link) if verified else None
    return OwnVisit(link, chosen or link.appointment, verified)


# --- What the session remembers -------------------------------------------------------------------------------------


def remember_link(request, link: ManageLink) -> None:
    """The session is on this link's visit now, under a new key. A date of birth given for another link does not count."""
    request.session.cycle_key()
    request.session[LINK] = link.pk
    _drop(request, CHOSEN, WANTED)


def remember_verified(request, link: ManageLink, *, now: dt.datetime) -> str:
    """The person of this link gave their date of birth; return the name of the page they wanted."""
    request.session.cycle_key()
    request.session[VERIFIED] = _mark(link) | {"at": int(now.timestamp())}
    return request.session.pop(WANTED, "appointments")


def remember_choice(request, appointment: Appointment) -> None:
    """The session is on another visit of the same person."""
    request.session[CHOSEN] = appointment.pk


def go_on(request, link: ManageLink) -> None:
    """The session is on another visit of the same person, which it has just made. What was given stays given.

    The key stays: a button pressed twice comes twice with the same one.
    """
    own = request.own_visit
    request.session[LINK] = link.pk
    if own.verified:
        request.session[VERIFIED] = request.session[VERIFIED] | _mark(link)
    _drop(request, CHOSEN, WANTED)


def forget(request) -> None:
    """Close the page on a computer that others use, too."""
    _drop(request, LINK, CHOSEN, VERIFIED, WANTED)
    request.session.cycle_key()


def nothing_here(request):
    """One answer whatever was wrong: no link, an unknown one, an old one, too many tries."""
    return render(request, "bookings/manage/nothing_here.html", status=HTTPStatus.NOT_FOUND)


def _drop(request, *names: str) -> None:
    for name in names:
        request.session.pop(name, None)


def _mark(link: ManageLink) -> dict[str, int]:
    """What a date of birth was given for: after a merge of entries it may be another person's."""
    return {"link": link.pk, "appointment": link.appointment_id, "patient": link.appointment.patient_id}


def _is_verified(mark: dict | None, link: ManageLink, *, now: dt.datetime) -> bool:
    if not mark or now.timestamp() - mark["at"] > VERIFIED_FOR.total_seconds():
        return False
    return {name: mark[name] for name in ("link", "appointment", "patient")} == _mark(link)


def _chosen(pk: int | None, link: ManageLink) -> Appointment | None:
    """Return the other visit this session has chosen, if it is still the same person's."""
    if pk is None:
        return None
    rows = Appointment.objects.select_related("location", "treatment", "clinician", "patient")
    return rows.filter(pk=pk, patient__in=entries_of(link)).first()
