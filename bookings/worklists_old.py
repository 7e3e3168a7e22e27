"""What waits for the desk: a few lists by one mechanism, and the moves a visit can make now.

A worklist is a name, a title, what it means when it is empty, a permission, rows at `now`, and columns. The next list is
a few lines at the end of this module.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from bookings import scheduling
from bookings.models import Appointment, CallbackRequest, PossibleMatch
from bookings.models.appointments import Status


class Move(NamedTuple):
    """A button: `opens_page` is a link to a form, everything else one press (POST)."""

    verb: str
    label: Any
    url: str
    opens_page: bool = False


class Column(NamedTuple):
    title: Any
    value: Callable[[Any], Any]


@dataclass(frozen=True)
class Worklist:
    name: str
    title: Any
    empty: Any
    permission: str
    rows: Callable[[dt.datetime], QuerySet]
    columns: tuple[Column, ...]
    link: Callable[[Any], str]
    moves: Callable[[Any, dt.datetime], list[Move]]
    patients: Callable[[Any], set]


PAGES = ("decline", "move", "cancel", "offer", "amend")


def moves_of(visit: Appointment, *, now: dt.datetime) -> list[Move]:
    """Return what the desk may do with a visit now, by the one table of moves."""
    verbs = scheduling.allowed(visit)
    found = [_move(visit, verb, scheduling.MOVES[verb].label) for verb in verbs]
    if visit.status == Status.REQUESTED:
        found.append(_move(visit, "offer", _("Offer another time")))
    if visit.status in (Status.REQUESTED, Status.BOOKED):
        found.append(_move(visit, "move", _("Move")))
    if scheduling.may_undo(visit, now=now):
        found.append(_move(visit, "undo", _("Undo")))
    return [*found, _move(visit, "amend", _("Change details"))]


def _move(visit: Appointment, verb: str, label: Any) -> Move:
    return Move(verb, label, reverse(f"admin:bookings_appointment_{verb}", args=[visit.pk]), verb in PAGES)


def only(*verbs: str) -> Callable[..., list[Move]]:
    """Return a function that leaves of a visit's moves those that a list is about."""
    return lambda visit, now: [move for move in moves_of(visit, now=now) if move.verb in verbs]


# --- Columns --------------------------------------------------------------------------------------------------------


def _born(patient) -> str:
    return date_format(patient.date_of_birth, "DATE_FORMAT") if patient.date_of_birth else ""


def _phone(row) -> str:
    return row.phone.as_national if row.phone else ""


def _in_words(instant: dt.datetime | None, location) -> str:
    """Say an instant on the wall clock of a place; without a place, on the clinic's."""
    if instant is None:
        return ""
    return date_format(timezone.localtime(instant, location.zone if location else None), "SHORT_DATETIME_FORMAT")


VISIT_COLUMNS = (
    Column(_("Patient"), lambda visit: visit.patient),
    Column(_("Date of birth"), lambda visit: _born(visit.patient)),
    Column(_("Phone"), lambda visit: _phone(visit.patient)),
    Column(_("Visit"), lambda visit: f"{visit.treatment}, {visit.clinician.name}"),
    Column(_("When"), lambda visit: _in_words(visit.start, visit.location)),
)


def _visits(now: dt.datetime) -> QuerySet:
    return Appointment.objects.filter(end__gt=now).select_related("patient", "treatment", "clinician", "location")


def _visit_link(visit) -> str:
    return reverse("admin:bookings_appointment_change", args=[visit.pk])


def _visit_list(name: str, title, empty, rows, *more: Column, verbs: tuple[str, ...]) -> Worklist:
    return Worklist(
        name=name,
        title=title,
        empty=empty,
        permission="bookings.change_appointment",
        rows=rows,
        columns=(*VISIT_COLUMNS, *more),
        link=_visit_link,
        moves=only(*verbs),
        patients=lambda visit: {visit.patient_id},
    )


# --- The lists ------------------------------------------------------------------------------------------------------

REQUESTS = _visit_list(
    "requests",
    _("Requests to decide"),
    _("No request waits for a decision."),
    lambda now: _visits(now).filter(status=Status.REQUESTED).order_by("decide_by", "pk"),
    Column(_("Decide by"), lambda visit: _in_words(visit.decide_by, visit.location)),
    verbs=("approve", "decline", "move"),
)

PHONE = _visit_list(
    "phone",
    _("Phone to confirm"),
    _("Everybody can be reached in writing."),
    lambda now: _visits(now).filter(status=Status.BOOKED, phone_to_confirm=True).order_by("start", "pk"),
    verbs=("confirm", "move", "cancel"),
)

CALLS = Worklist(
    name="calls",
    title=_("Calls to make"),
    empty=_("Nobody waits for a call."),
    permission="bookings.change_callbackrequest",
    rows=lambda now: (
        CallbackRequest.objects.filter(done_at=None).select_related("location").order_by("created_at", "pk")
    ),
    columns=(
        Column(_("Name"), lambda call: call.name),
        Column(_("Phone"), _phone),
        Column(_("Best time"), lambda call: call.get_best_time_display()),
        Column(_("Location"), lambda call: call.location or ""),
        Column(_("Note"), lambda call: call.note),
        Column(_("Asked"), lambda call: _in_words(call.created_at, call.location)),
    ),
    link=lambda call: reverse("admin:bookings_callbackrequest_change", args=[call.pk]),
    moves=lambda call, now: [
        Move("called", _("Called"), reverse("admin:bookings_callbackrequest_called", args=[call.pk]))
    ],
    patients=lambda call: set(),
)

MATCHES = Worklist(
    name="matches",
    title=_("Possible matches"),
    empty=_("No two entries look like one person."),
    permission="bookings.change_possiblematch",
    rows=lambda now: (
        PossibleMatch.objects.filter(decision="").select_related("patient", "known").order_by("created_at", "pk")
    ),
    columns=(
        Column(_("New entry"), lambda match: match.patient),
        Column(_("Date of birth"), lambda match: _born(match.patient)),
        Column(_("Known patient"), lambda match: match.known),
        Column(_("Date of birth"), lambda match: _born(match.known)),
        Column(_("They share"), lambda match: match.reason),
    ),
    link=lambda match: reverse("admin:bookings_possiblematch_change", args=[match.pk]),
    moves=lambda match, now: [],
    patients=lambda match: {match.patient_id, match.known_id},
)

WORKLISTS: dict[str, Worklist] = {worklist.name: worklist for worklist in (REQUESTS, PHONE, CALLS, MATCHES)}


def waiting(user, *, now: dt.datetime) -> list[tuple[Worklist, int]]:
    """Return the lists this user works on, each with how many rows wait: one statement a list."""
    return [(each, each.rows(now).count()) for each in WORKLISTS.values() if user.has_perm(each.permission)]
