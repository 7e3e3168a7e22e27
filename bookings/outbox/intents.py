"""Writing message rows: one per intent, in the caller's transaction. Nothing is sent from here."""

import datetime as dt

from django.conf import settings

from bookings.intervals import from_minute, wall_minute
from bookings.models import Appointment, Message, Patient

# What we start, and every text message, arrives between these local hours. In minutes after midnight.
EARLIEST, LATEST = 8 * 60, 20 * 60
# A reminder that comes later than this before the visit helps nobody.
REMINDER_USEFUL_BEFORE = dt.timedelta(hours=2)
AT_ONCE, DAY_BEFORE = "now", "1d"
OUT_OF_DATE = "out of date"


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


def intend(appointment: Appointment, kind: str, *, now: dt.datetime) -> list[Message]:
    """Write what a change of this appointment must tell the patient: a row for each channel, none without one.

    By email at once, since somebody has just done something; by text within the sending hours.
    """
    due = {Message.Channel.EMAIL: now, Message.Channel.SMS: _decent(now, appointment.location.zone)}
    ways = channels(appointment.patient)
    return _write([_row(appointment, kind, AT_ONCE, channel, now=now, due=due[channel]) for channel in ways])


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
    return older.update(state=Message.State.VOID, lease_until=None, last_error=OUT_OF_DATE)


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
