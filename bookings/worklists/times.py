"""Worklists about the time of clinicians: what they ask for, and visits that fall into their time away."""

import datetime as dt

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models import Appointment, TimeOff, TimeRequest
from bookings.models.appointments import Status
from bookings.worklists.mechanism import Column, Person, Worklist, in_words
from bookings.worklists.moves import Move, only
from bookings.worklists.visits import visit_list
from treatments.templatetags.hours import clock, short_day, short_moment

Kind = TimeRequest.Kind

# --- Visits while their clinician is away ---------------------------------------------------------------------------


def _while_away(now: dt.datetime) -> QuerySet[Appointment]:
    """Visits to come that lie in a time off of their own clinician: somebody has still to find them another time."""
    off = TimeOff.objects.filter(
        resource__clinician=OuterRef("clinician"), start__lt=OuterRef("end"), end__gt=OuterRef("start")
    )
    waiting = Appointment.objects.filter(status__in=(Status.REQUESTED, Status.BOOKED), end__gt=now)
    rows = waiting.filter(Exists(off)).select_related("patient", "treatment", "clinician", "location")
    return rows.order_by("start", "pk")


AWAY = visit_list(
    "away",
    gettext_lazy("Their clinician is away"),
    gettext_lazy("Nobody is booked with a clinician who is away."),
    _while_away,
    moves=only("move", "cancel", "decline"),
)

# --- What clinicians ask for ----------------------------------------------------------------------------------------


def in_short(asked: TimeRequest) -> str:
    """Say what a clinician asks for: “Leave, Mon, Mar 9 to Fri, Mar 13”."""
    if asked.kind == Kind.LEAVE:
        return _("Leave, %(when)s") % {"when": _span(asked)}
    if asked.kind == Kind.EXTRA:
        return _("Hours on %(day)s, %(times)s, %(place)s") % {
            "day": short_day(asked.date),
            "times": _times(asked.opens, asked.closes),
            "place": asked.location,
        }
    return _session(asked)


def _session(asked: TimeRequest) -> str:
    said = {"day": short_day(asked.date), "session": _named(asked)}
    if asked.opens is None:
        return _("%(session)s: ends, from %(day)s on") % said
    said["times"] = _times(asked.opens, asked.closes)
    return _("%(session)s: becomes %(times)s, from %(day)s on") % said


def _named(asked: TimeRequest) -> str:
    session = asked.session
    if session is None:
        return _("A session that is no more")
    times = _times(session.start, session.end)
    return f"{session.get_weekday_display()}, {times}, {session.location}"


def _times(opens: dt.time | None, closes: dt.time | None) -> str:
    return _("%(opens)s to %(closes)s") % {"opens": clock(opens), "closes": clock(closes)}


def _span(asked: TimeRequest) -> str:
    """Say a span by its days where it is whole days, else by its moments."""
    start, end = (timezone.localtime(each) for each in (asked.start, asked.end))
    last = end - dt.timedelta(microseconds=1)
    if (start.time(), end.time()) != (dt.time(0), dt.time(0)):
        return _("%(start)s to %(end)s") % {"start": short_moment(start), "end": short_moment(end)}
    if start.date() == last.date():
        return short_day(start)
    return _("%(start)s to %(end)s") % {"start": short_day(start), "end": short_day(last)}


TIMES = Worklist(
    name="time",
    title=gettext_lazy("Leave and hours to decide"),
    empty=gettext_lazy("No clinician waits for an answer about their time."),
    permission="bookings.decide_timerequest",
    found=lambda now: (
        TimeRequest.objects.filter(state=TimeRequest.State.ASKED)
        .select_related("clinician", "location", "session__location")
        .order_by("asked_at", "pk")
    ),
    columns=(
        Column(gettext_lazy("From"), lambda asked: Person(asked.clinician.name, None, "", "", "")),
        Column(gettext_lazy("Asks for"), in_short),
        Column(gettext_lazy("Note"), lambda asked: asked.note),
        Column(gettext_lazy("Asked"), lambda asked: in_words(asked.asked_at, None)),
    ),
    patients=lambda asked: (),
    moves=lambda asked, now: [
        Move("decide", gettext_lazy("Decide"), reverse("admin:time-request", args=[asked.pk]), opens_page=True)
    ],
)
