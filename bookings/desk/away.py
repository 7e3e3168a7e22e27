"""Somebody is off today: who is hit, where they can go, and telling all of them."""

import datetime as dt
from collections import defaultdict
from typing import Any, NamedTuple

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from bookings import access, outbox, scheduling
from bookings.desk import rescheduling, settling
from bookings.desk.rescheduling import CANCEL, KEEP, OTHER, SAME, Proposal
from bookings.forms.closures import AwayForm, zone_of
from bookings.models import Appointment, Message, TimeOff
from bookings.outbox.intents import channels
from bookings.scheduling.closures import to_settle

OUTCOMES_KEY = "time_off_outcomes"
OUTCOMES_OF = 3  # times off a session remembers
NOTICES = (Message.Kind.MOVED, Message.Kind.CANCELLED_BY_CLINIC)
LOST = (Message.State.VOID, Message.State.DEAD)
MOST_VISITS = 40  # on one page; the next ones follow when these are settled


class Line(NamedTuple):
    """A visit that is hit, and what can be chosen for it. `refusal`: why the last choice failed."""

    visit: Appointment
    ways: list[str]
    proposal: Proposal
    chosen: str
    same_value: str
    other_value: str
    is_here: bool
    refusal: str


class Settled(NamedTuple):
    """What became of a visit. `ways`: how the patient hears of it; empty when somebody must phone."""

    visit: Appointment
    what: str
    ways: list[str]


@require_http_methods(["GET", "HEAD", "POST"])
def start(request):
    """Say who or what is away and until when; one press writes it and leads to the visits it hits."""
    _require(request, "bookings.add_timeoff")
    now = timezone.now()
    form = AwayForm(request.POST if request.method == "POST" else None, initial=_asked_for(request.GET), now=now)
    if request.method == "POST" and form.is_valid():
        try:
            off = _block(request, form.span(), now=now)
        except scheduling.Refused as refusal:
            form.add_error(None, str(refusal.message))
        else:
            return redirect("admin:away-resolve", off.pk)
    return _page(request, "admin/away/start.html", title=_("Away or closed"), form=form)


@require_http_methods(["GET", "HEAD", "POST"])
def resolve(request, pk: int):
    """Show whom a time off hits with a proposal for each; a press moves and cancels as chosen."""
    _require(request, "bookings.change_appointment")
    off = get_object_or_404(
        TimeOff.objects.select_related("resource__location", "resource__clinician", "location"), pk=pk
    )
    now = timezone.now()
    if request.method == "POST":
        outcomes = settling.settle(off, request.POST, by=scheduling.By.staff(request.user), now=now)
        _remember(request, off, outcomes)
        return redirect("admin:away-resolve", off.pk)
    return _resolve_page(request, off, now=now)


# --- Writing down ---------------------------------------------------------------------------------------------------


def _asked_for(query) -> dict[str, str]:
    """Return what an address may fill in: a clinician or a location by its public name, a room or device by number."""
    names = (f"{kind}={query[kind]}" for kind in ("clinician", "location", "resource") if kind in query)
    return {"who": next(names, "")}


def _block(request, span: dict[str, Any], *, now: dt.datetime) -> TimeOff:
    """Write the time off. Sent twice, or written before: the one that covers it stands."""
    known = TimeOff.objects.filter(
        resource=span["resource"], location=span["location"], start__lte=span["start"], end__gte=span["end"]
    ).first()
    if known is not None:
        messages.info(request, _("That was written down before."))
        return known
    off, _hit = scheduling.block(**span, by=scheduling.By.staff(request.user), now=now)
    messages.success(request, _("Time off is written. Nobody can book into it any more."))
    return off


# --- Who is hit, and what became of them ----------------------------------------------------------------------------


def _resolve_page(request, off: TimeOff, *, now: dt.datetime):
    hit = to_settle(off, now=now)
    shown = hit[:MOST_VISITS]
    outcomes = _outcomes(request, off)
    lines = _lines(shown, off, outcomes, every=request.GET.get("all", ""), now=now)
    settled = _settled(outcomes, {visit.pk for visit in hit})
    access.shows_patients(request, [visit.patient_id for visit in [*shown, *(row.visit for row in settled)]])
    context = {
        "title": _("Who is hit, and where they can go"),
        "off": off,
        "zone": zone_of(off.resource, off.location),
        "hit": hit,
        "lines": lines,
        "settled": settled,
        "to_phone": [row for row in settled if not row.ways],
        "later": len(hit) - len(shown),
        "notice_due": outbox.notice_due(now),
        "every": [
            (SAME, _("same clinician")),
            (OTHER, _("another clinician")),
            (CANCEL, _("cancel")),
            (KEEP, _("later")),
        ],
    }
    return _page(request, "admin/away/resolve.html", **context)


def _lines(visits: list[Appointment], off: TimeOff, outcomes: dict, *, every: str, now: dt.datetime) -> list[Line]:
    proposals = rescheduling.propose(visits, until=off.end, now=now)
    return [
        _line(visit, proposals.get(visit.pk, rescheduling.NOTHING), outcomes.get(str(visit.pk)), every)
        for visit in visits
    ]


def _line(visit: Appointment, proposal: Proposal, outcome: list | None, every: str) -> Line:
    offered = {KEEP, CANCEL} | {name for name in (SAME, OTHER) if getattr(proposal, name)}
    return Line(
        visit=visit,
        ways=_ways(visit),
        proposal=proposal,
        chosen=every if every in offered else proposal.best,
        same_value=settling.value_of(proposal.same) if proposal.same else "",
        other_value=settling.value_of(proposal.other) if proposal.other else "",
        is_here=visit.status not in rescheduling.MOVABLE,
        refusal=outcome[1] if outcome and outcome[0] == settling.REFUSED else "",
    )


def _ways(visit: Appointment) -> list[str]:
    return [str(way.label) for way in channels(visit.patient)]


def _settled(outcomes: dict, hit: set[int]) -> list[Settled]:
    """Return what was moved and canceled in this session, as it is now; what is hit again is not among them."""
    done = {int(pk): what for pk, (what, _words) in outcomes.items() if what != settling.REFUSED}
    visits = Appointment.objects.filter(pk__in=set(done) - hit)
    told = _told(list(done))
    return [
        Settled(
            visit=visit,
            what=done[visit.pk],
            ways=told[visit.pk],
        )
        for visit in visits.select_related("patient", "treatment", "clinician", "location")
    ]


def _told(visits: list[int]) -> dict[int, list[str]]:
    """Return the channels by which a message of the last change goes out or went, by visit (pk)."""
    told: dict[int, list[str]] = defaultdict(list)
    rows = Message.objects.filter(appointment__in=visits, kind__in=NOTICES, revision=F("appointment__revision"))
    for pk, channel in rows.exclude(state__in=LOST).values_list("appointment_id", "channel"):
        told[pk].append(str(Message.Channel(channel).label))
    return told


def _remember(request, off: TimeOff, outcomes: list[settling.Outcome]) -> None:
    """Keep in the session what became of each visit: the page can be left and read again, to phone people."""
    kept = request.session.get(OUTCOMES_KEY, {})
    mine = kept.pop(str(off.pk), {}) | {str(each.pk): [each.what, each.words] for each in outcomes}
    others = dict(list(kept.items())[-(OUTCOMES_OF - 1) :])
    request.session[OUTCOMES_KEY] = others | {str(off.pk): mine}


def _outcomes(request, off: TimeOff) -> dict[str, list]:
    return request.session.get(OUTCOMES_KEY, {}).get(str(off.pk), {})


def _require(request, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _page(request, template: str, **context):
    return TemplateResponse(request, template, admin.site.each_context(request) | context)
