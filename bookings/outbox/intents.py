"""Writing message rows: one per intent, in the caller's transaction. Nothing is sent from here."""

import datetime as dt
from collections.abc import Iterable

from django.conf import settings

from bookings.models import Appointment, Message, NextStep, Patient
from bookings.outbox.hours import decent
from bookings.outbox.plan import (
    due_of,
    first_steps,
    invitation_due,
    preparation_due,
    reminders_of,
    steps_for,
    useful_until,
)
from treatments.models import Treatment

AT_ONCE = "now"
OUT_OF_DATE = "out of date"
Kind, Channel, State = Message.Kind, Message.Channel, Message.State
# What we start ourselves: within the sending hours only, and not by email to those who want no reminders.
OURS_TO_START = frozenset({Kind.REMINDER, Kind.PREPARATION, Kind.MISSED, Kind.AFTERCARE, Kind.INVITATION})
# What says nothing new about time, place or status.
NOT_NOTICES = OURS_TO_START | {Kind.DELAYED, Kind.LINK}
OUT = (State.SENT, State.SENDING)


def intent_of(appointment: Appointment, kind: str, step: str, channel: str) -> str:
    """Return the one name of what is to be said: unique in the outbox, so that it is said once."""
    return f"{appointment.pk}/{kind}/{step}/{channel}/r{appointment.revision}"


def channels(patient: Patient, kind: str = Kind.CONFIRMATION) -> list[Message.Channel]:
    """Return how we may write to this patient: the way they chose where it works, else the other one.

    Email needs an address its server has not refused, and for what we start the patient's leave; a text message needs a
    phone, consent, no STOP since, and a gateway.
    """
    works = {
        Channel.EMAIL: bool(patient.email and not patient.email_refused_at),
        Channel.SMS: bool(
            settings.CLINIC_SMS_URL and patient.phone and patient.sms_consent_at and not patient.sms_stopped_at
        ),
    }
    open_ways = [way for way, is_open in works.items() if is_open]
    ways = [way for way in open_ways if patient.message_channel in (way, Patient.MessageChannel.BOTH)] or open_ways
    no_email = kind in OURS_TO_START and patient.reminders_off_at
    return [way for way in ways if not (no_email and way == Channel.EMAIL)]


def can_reach(patient: Patient) -> bool:
    """Whether any message can reach them; if not, the desk phones."""
    return bool(channels(patient))


def can_tell(appointment: Appointment) -> bool:
    """Whether a message about this visit would be written and can arrive; if not, the desk phones."""
    return appointment.held_since is None and can_reach(appointment.patient)


def intend(
    appointment: Appointment, kind: str, *, now: dt.datetime, due: dt.datetime | None = None, step: str = AT_ONCE
) -> list[Message]:
    """Write what a change of this appointment must tell the patient: a row for each channel, none without one.

    By email at `due` (without one, when that kind is due), since somebody has just done something; by text within the
    sending hours. `step` tells apart what is said more than once in one revision. Nothing is written of an imported visit
    that is not released yet.
    """
    if appointment.held_since is not None:
        return []
    due = due or due_of(kind, appointment, now=now)
    until = useful_until(kind, appointment, now=now, due=due)
    at = {Channel.EMAIL: due, Channel.SMS: decent(due, appointment.location.zone)}
    ways = channels(appointment.patient, kind)
    return _write([row_of(appointment, kind, step, way, now=now, due=at[way], until=until) for way in ways])


def invite(wish: NextStep, *, now: dt.datetime) -> list[Message]:
    """Write the invitation to book what a clinician wants next. Where a treatment is not booked online the desk calls."""
    treatment = wish.treatment
    if treatment is None or treatment.policy == Treatment.Policy.CONSULTATION:
        return []
    return intend(wish.appointment, Kind.INVITATION, now=now, due=invitation_due(wish, now=now))


def notice_due(now: dt.datetime) -> dt.datetime:
    """Return when patients hear of what staff do at `now`: a little later, so that a slip can be taken back in silence."""
    return now + dt.timedelta(seconds=settings.CLINIC_NOTICE_DELAY_SECONDS)


def was_told(appointment: Appointment, *, since: int) -> bool:
    """Whether a notice of revision `since` or later went out, or is going out this moment."""
    return _notices(appointment).filter(revision__gte=since, state__in=OUT).exists()


def last_notice_lost(appointment: Appointment, *, before: int) -> bool:
    """Whether the newest notice of a revision earlier than `before` was withdrawn before it went out."""
    earlier = _notices(appointment).filter(revision__lt=before).order_by("-revision", "-pk")
    return earlier.values_list("state", flat=True).first() == State.VOID


def _notices(appointment: Appointment):
    return Message.objects.filter(appointment=appointment).exclude(kind__in=NOT_NOTICES)


def intend_reminders(appointment: Appointment, *, now: dt.datetime, but: Iterable[str] = ()) -> list[Message]:
    """Write what a booked visit is told of by itself: the reminders of its plan that are still to come, its preparation.

    `but`: names of steps that are written already.
    """
    if appointment.start <= now or appointment.held_since is not None:
        return []
    ways = channels(appointment.patient, Kind.REMINDER)
    rows = []
    for step, due, until in reminders_of(appointment, steps_for(appointment.treatment), now=now) if ways else []:
        if step.name not in but:
            chosen = [way for way in ways if step.goes_by(way)]
            kept = {"now": now, "due": due, "until": until}
            rows += [row_of(appointment, Kind.REMINDER, step.name, way, **kept) for way in chosen]
    return _write(rows) + _intend_preparation(appointment, now=now)


def _intend_preparation(appointment: Appointment, *, now: dt.datetime) -> list[Message]:
    """Tell once how to prepare; the link in that message says the dates of the day, even after a move."""
    first = first_steps(treatment=appointment.treatment_id).get(appointment.treatment_id)
    if first is None:
        return []
    told = Message.objects.filter(appointment=appointment, kind=Kind.PREPARATION).values_list("state", "revision")
    if any(state != State.VOID or revision == appointment.revision for state, revision in told):
        return []
    return intend(appointment, Kind.PREPARATION, now=now, due=preparation_due(appointment, first, now=now))


def void_unsent(appointment: Appointment, *, now: dt.datetime) -> int:
    """Withdraw the unsent rows of older revisions; returns how many.

    A sender that holds one of them looks again before it sends.
    """
    older = Message.objects.unsent().filter(appointment=appointment, revision__lt=appointment.revision)
    return _withdraw(older.exclude(kind=Kind.LINK))


def void_delays(appointments: Iterable[Appointment]) -> int:
    """Withdraw what was not yet sent about running late; returns how many rows."""
    return _withdraw(Message.objects.unsent().filter(appointment__in=list(appointments), kind=Kind.DELAYED))


def _withdraw(rows) -> int:
    return rows.update(state=State.VOID, lease_until=None, last_error=OUT_OF_DATE)


def row_of(
    appointment: Appointment,
    kind: str,
    step: str,
    channel: str,
    *,
    now: dt.datetime,
    due: dt.datetime,
    until: dt.datetime,
) -> Message:
    """Return the row of an intent, not yet written."""
    return Message(
        intent=intent_of(appointment, kind, step, channel),
        kind=kind,
        channel=channel,
        appointment=appointment,
        patient_id=appointment.patient_id,
        revision=appointment.revision,
        created_at=now,
        due_at=due,
        useful_until=until,
    )


def _write(rows: list[Message]) -> list[Message]:
    """Insert the rows that can still be of use. An intent that exists already is an error: a verb said it twice."""
    useful = [row for row in rows if row.useful_until is None or row.due_at < row.useful_until]
    return Message.objects.bulk_create(useful) if useful else []
