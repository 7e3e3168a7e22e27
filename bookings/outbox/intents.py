"""Writing message rows: one per intent, in the caller's transaction. Nothing is sent from here."""

import datetime as dt
from collections.abc import Iterable

from django.conf import settings

from bookings.intervals import from_minute, wall_minute
from bookings.models import Appointment, Message, Patient

# What we start, and every text message, arrives between these local hours. In minutes after midnight.
EARLIEST, LATEST = 8 * 60, 20 * 60
# A reminder that comes later than this before the visit helps nobody.
REMINDER_USEFUL_BEFORE = dt.timedelta(hours=2)
AT_ONCE, DAY_BEFORE = "now", "1d"
OUT_OF_DATE = "out of date"
# What says nothing about time, place or status.
NOT_NOTICES = (Message.Kind.REMINDER, Message.Kind.DELAYED)
OUT = (Message.State.SENT, Message.State.SENDING)


def intent_of(appointment: Appointment, kind: str, step: str, channel: str) -> str:
    """Return the one name of what is to be said: unique in the outbox, so that it is said once."""
    return f"{appointment.pk}/{kind}/{step}/{channel}/r{appointment.revision}"


def channels(patient: Patient) -> list[Message.Channel]:
    """Return how we may write to this patient: a working email address; a phone, consent and a gateway."""
    ways: list[Message.Channel] = []
    if patient.email and not patient.email_refused_at:
        ways.append(Message.Channel.EMAIL)
    if settings.CLINIC_SMS_URL and patient.phone and patient.sms_consent_at:
        ways.append(Message.Channel.SMS)
    return ways


def can_reach(patient: Patient) -> bool:
    """Whether any message can reach them; if not, the desk phones."""
    return bool(channels(patient))


def intend(
    appointment: Appointment, kind: str, *, now: dt.datetime, due: dt.datetime | None = None, step: str = AT_ONCE
) -> list[Message]:
    """Write what a change of this appointment must tell the patient: a row for each channel, none without one.

    By email at once (or at `due`), since somebody has just done something; by text within the sending hours. `step` tells
    apart what is said more than once in one revision.
    """
    due = due or now
    at = {Message.Channel.EMAIL: due, Message.Channel.SMS: _decent(due, appointment.location.zone)}
    ways = channels(appointment.patient)
    return _write([_row(appointment, kind, step, channel, now=now, due=at[channel]) for channel in ways])


def notice_due(now: dt.datetime) -> dt.datetime:
    """Return when patients hear of what staff do at `now`: a little later, so that a slip can be taken back in silence."""
    return now + dt.timedelta(seconds=settings.CLINIC_NOTICE_DELAY_SECONDS)


def was_told(appointment: Appointment, *, since: int) -> bool:
    """Whether a notice of revision `since` or later went out, or is going out this moment."""
    return _notices(appointment).filter(revision__gte=since, state__in=OUT).exists()


def last_notice_lost(appointment: Appointment, *, before: int) -> bool:
    """Whether the newest notice of a revision earlier than `before` was withdrawn before it went out."""
    earlier = _notices(appointment).filter(revision__lt=before).order_by("-revision", "-pk")
    return earlier.values_list("state", flat=True).first() == Message.State.VOID


def _notices(appointment: Appointment):
    return Message.objects.filter(appointment=appointment).exclude(kind__in=NOT_NOTICES)


def intend_reminders(appointment: Appointment, *, now: dt.datetime) -> list[Message]:
    """Write the reminder of the day before; none when that time has passed."""
    due = reminder_due(appointment)
    if due <= now:
        return []
    kind, ways = Message.Kind.REMINDER, channels(appointment.patient)
    return _write([_row(appointment, kind, DAY_BEFORE, channel, now=now, due=due) for channel in ways])


def reminder_due(appointment: Appointment) -> dt.datetime:
    """Return when to remind: the day before at the visit's own wall time, not before 8 am nor after 8 pm, local."""
    local = appointment.local_start
    minutes = min(max(local.hour * 60 + local.minute, EARLIEST), LATEST)
    return from_minute(wall_minute(local.date() - dt.timedelta(days=1), minutes, appointment.location.zone))


def void_unsent(appointment: Appointment, *, now: dt.datetime) -> int:
    """Withdraw the unsent rows of older revisions; returns how many.

    A sender that holds one of them looks again before it sends.
    """
    older = Message.objects.unsent().filter(appointment=appointment, revision__lt=appointment.revision)
    return _withdraw(older)


def void_delays(appointments: Iterable[Appointment]) -> int:
    """Withdraw what was not yet sent about running late; returns how many rows."""
    return _withdraw(Message.objects.unsent().filter(appointment__in=list(appointments), kind=Message.Kind.DELAYED))


def _withdraw(rows) -> int:
    return rows.update(state=Message.State.VOID, lease_until=None, last_error=OUT_OF_DATE)


def _row(appointment, kind, step, channel, *, now, due) -> Message:
    early = REMINDER_USEFUL_BEFORE if kind == Message.Kind.REMINDER else dt.timedelta(0)
    return Message(
        intent=intent_of(appointment, kind, step, channel),
        kind=kind,
        channel=channel,
        appointment=appointment,
        patient_id=appointment.patient_id,
        revision=appointment.revision,
        created_at=now,
        due_at=due,
        useful_until=appointment.start - early,
    )


def _write(rows: list[Message]) -> list[Message]:
    """Insert the rows that can still be of use. An intent that exists already is an error: a verb said it twice."""
    useful = [row for row in rows if row.useful_until is None or row.due_at < row.useful_until]
    return Message.objects.bulk_create(useful) if useful else []


def _decent(instant: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """Return the instant, or the next 8 am when it falls outside the sending hours."""
    local = instant.astimezone(zone)
    minutes = local.hour * 60 + local.minute
    if EARLIEST <= minutes < LATEST:
        return instant
    date = local.date() + dt.timedelta(days=0 if minutes < EARLIEST else 1)
    return from_minute(wall_minute(date, EARLIEST, zone))
