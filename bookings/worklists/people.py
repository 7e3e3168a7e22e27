"""Worklists of people: who asked for a call, whom no message reached, and entries that may be one person."""

import datetime as dt

from django.db.models import Exists, F, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bookings.models import Appointment, CallbackRequest, Message, PossibleMatch, TextReply
from bookings.worklists.mechanism import Column, Person, Worklist, in_words, person
from bookings.worklists.moves import Move, only
from bookings.worklists.visits import what, who

UNREACHED_FOR = dt.timedelta(days=30)
LOST = (Message.State.FAILED, Message.State.DEAD)

# --- Asked for a call -----------------------------------------------------------------------------------------------


def _caller(call: CallbackRequest) -> Person:
    return Person(call.name, None, call.phone, "", reverse("admin:bookings_callbackrequest_change", args=[call.pk]))


def _called(call: CallbackRequest, now: dt.datetime) -> list[Move]:
    return [Move("called", _("Called"), reverse("admin:bookings_callbackrequest_called", args=[call.pk]))]


CALLS = Worklist(
    name="calls",
    title=_("Asked for a call"),
    empty=_("Nobody waits for a call."),
    permission="bookings.change_callbackrequest",
    found=lambda now: (
        CallbackRequest.objects.filter(done_at=None).select_related("location").order_by("created_at", "pk")
    ),
    columns=(
        Column(_("Name"), _caller),
        Column(_("Best time"), lambda call: call.get_best_time_display()),
        Column(_("Location"), lambda call: call.location or ""),
        Column(_("Note"), lambda call: call.note),
        Column(_("Asked"), lambda call: in_words(call.created_at, call.location)),
    ),
    patients=lambda call: (),
    moves=_called,
)

# --- Answered by text -----------------------------------------------------------------------------------------------


def _writer(reply: TextReply) -> Person:
    if reply.patient is None:
        return Person(str(_("Nobody we know by this phone, or several")), None, reply.phone, "", "")
    return person(reply.patient, reverse("admin:patient", args=[reply.patient_id]))


REPLIES = Worklist(
    name="replies",
    title=_("Answered by text"),
    empty=_("Every text that came back was understood."),
    permission="bookings.change_callbackrequest",
    found=lambda now: TextReply.objects.exclude(words="").select_related("patient").order_by("at", "pk"),
    columns=(
        Column(_("Patient"), _writer),
        Column(_("It says"), lambda reply: reply.words),
        Column(_("Came in"), lambda reply: in_words(reply.at, None)),
    ),
    patients=lambda reply: {reply.patient_id} - {None},
    moves=lambda reply, now: [],
    is_ticked=True,
)

# --- Could not be reached -------------------------------------------------------------------------------------------


def _unreached(now: dt.datetime) -> QuerySet[Message]:
    """The last message of each visit that did not get through, whatever became of it; not what was withdrawn.

    Whoever has confirmed since then was reached.
    """
    lost = Message.objects.filter(state__in=LOST, failed_at__gt=now - UNREACHED_FOR, appointment__isnull=False)
    newer = Message.objects.filter(state__in=LOST, appointment=OuterRef("appointment"), pk__gt=OuterRef("pk"))
    rows = lost.exclude(Exists(newer)).exclude(appointment__confirmed_at__gte=F("failed_at"))
    about = [f"appointment__{name}" for name in ("patient", "treatment", "clinician", "location")]
    return rows.select_related(*about).order_by("failed_at", "pk")


def _state_of(visit: Appointment) -> str:
    return f"{in_words(visit.start, visit.location)}, {visit.get_status_display()}"


UNREACHED = Worklist(
    name="unreached",
    title=_("Could not be reached"),
    empty=_("Every message got through."),
    permission="bookings.change_appointment",
    found=_unreached,
    columns=(
        Column(_("Patient"), lambda message: who(message.appointment)),
        Column(_("Visit"), lambda message: what(message.appointment)),
        Column(_("When"), lambda message: _state_of(message.appointment)),
        Column(_("Not delivered"), lambda message: f"{message.get_kind_display()}, {message.get_channel_display()}"),
        Column(_("Given up"), lambda message: in_words(message.failed_at, message.appointment.location)),
    ),
    patients=lambda message: {message.appointment.patient_id},
    moves=lambda message, now: only("confirm", "move", "cancel")(message.appointment, now),
    visit=lambda message: message.appointment,
    is_ticked=True,
)

# --- One person twice -----------------------------------------------------------------------------------------------


def _decide(match: PossibleMatch, now: dt.datetime) -> list[Move]:
    different = reverse("admin:bookings_possiblematch_different", args=[match.pk])
    return [
        Move("merge", _("Compare and merge"), reverse("admin:merge", args=[match.pk]), opens_page=True),
        Move("different", _("Different people"), different),
    ]


def _entry(patient) -> Person:
    return person(patient, reverse("admin:patient", args=[patient.pk]))


MATCHES = Worklist(
    name="matches",
    title=_("Possible matches"),
    empty=_("No two entries look like one person."),
    permission="bookings.change_possiblematch",
    found=lambda now: (
        PossibleMatch.objects.filter(decision="").select_related("patient", "known").order_by("created_at", "pk")
    ),
    columns=(
        Column(_("New entry"), lambda match: _entry(match.patient)),
        Column(_("Known patient"), lambda match: _entry(match.known)),
        Column(_("They share"), lambda match: match.reason),
        Column(_("Found"), lambda match: in_words(match.created_at, None)),
    ),
    patients=lambda match: {match.patient_id, match.known_id},
    moves=_decide,
)
