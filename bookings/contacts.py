"""How a patient is reached, and what they agreed to: one way to change it, for the patient and for staff.

Whoever may read a mailbox or a phone holds the links that were sent there. So a new address or number closes every link
that went to the old one.
"""

import datetime as dt
from contextlib import suppress
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from bookings import outbox
from bookings.models import Appointment, ManageLink, Message, Patient
from bookings.models.appointments import Status
from bookings.outbox.intents import OURS_TO_START, channels, row_of
from bookings.outbox.plan import reminders_of, steps_for

# What is written down as it is said, and what is said as yes or no and written down as a moment.
WRITTEN = ("email", "phone", "language", "access_needs", "message_channel")
AGREED = ("texts", "reminders")
ADDRESSES = ("email", "phone")
OTHER_WAY = "another way was chosen"
State = Message.State


class Changed(Exception):
    """Somebody else has changed this patient meanwhile. `message` may be shown to anybody; nothing was written."""

    message = _(
        "Your details have changed since you opened this page. Nothing you typed is lost: look again, and save."
    )

    def __init__(self):
        super().__init__(str(self.message))


def change(
    patient: Patient,
    *,
    now: dt.datetime,
    by_patient: bool = True,
    seen: str | None = None,
    keep: int | None = None,
    **details: Any,
) -> Patient:
    """Change how a patient is reached and return the fresh row; what is the same already is not written again.

    `details`: any of WRITTEN, and of AGREED as yes or no. `seen`: the fingerprint of what the page showed; raises Changed
    when it shows something else by now. `keep`: the link (pk) by which the patient is here, which stays open.
    """
    unknown = details.keys() - {*WRITTEN, *AGREED}
    if unknown:
        raise TypeError(f"change() cannot change {', '.join(sorted(unknown))}")
    with transaction.atomic():
        current = _lock(patient)
        if seen is not None and seen != fingerprint(current):
            raise Changed
        values = _values(current, details, now=now)
        if values:
            _write(current, values, by_patient=by_patient)
            _close_links(current, values, keep=keep, now=now)
            _follow(current, values, now=now)
    return current


def stop_texts(patient: Patient, stopped_at: dt.datetime | None, *, now: dt.datetime) -> Patient:
    """Write down a STOP that came by text, or with None that it is taken back; what waits goes another way from now on."""
    with transaction.atomic():
        current = _lock(patient)
        _write(current, {"sms_stopped_at": stopped_at}, by_patient=True)
        _follow(current, {}, now=now)
    return current


def fingerprint(patient: Patient) -> str:
    """Return what stands for all that can be changed here, for a hidden field: the same values, the same digits."""
    said = [str(getattr(patient, name)) for name in (*WRITTEN, "sms_consent_at", "sms_stopped_at", "reminders_off_at")]
    return salted_hmac("bookings.contacts", repr([patient.pk, *said]), algorithm="sha256").hexdigest()


def agreed(patient: Patient) -> dict[str, bool]:
    """Return what of AGREED holds now."""
    texts = bool(patient.sms_consent_at and not patient.sms_stopped_at)
    return {"texts": texts, "reminders": patient.reminders_off_at is None}


# --- Writing --------------------------------------------------------------------------------------------------------


def _lock(patient: Patient) -> Patient:
    """Return the row as it is now, locked; the one it was merged into, when somebody has just done that."""
    rows = Patient.objects.filter(pk=patient.pk)
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(no_key=True, of=("self",))
    current = rows.get()
    return _lock(Patient(pk=current.merged_into_id)) if current.merged_into_id else current


def _values(current: Patient, details: dict[str, Any], *, now: dt.datetime) -> dict[str, Any]:
    """Return the fields that change, consents with their moment.

    Leave to text belongs to the number: a new number has it from now on, or not at all.
    """
    new = {name: details[name] for name in WRITTEN if name in details and details[name] != getattr(current, name)}
    before = agreed(current)
    after = before | {name: bool(details[name]) for name in AGREED if name in details}
    if not new.get("phone", current.phone):
        after["texts"] = False
    if after["texts"] != before["texts"] or ("phone" in new and after["texts"]):
        new |= {"sms_consent_at": now, "sms_stopped_at": None} if after["texts"] else {"sms_consent_at": None}
    if after["reminders"] != before["reminders"]:
        new["reminders_off_at"] = None if after["reminders"] else now
    if "email" in new:
        new["email_refused_at"] = None
    return new


def _write(current: Patient, values: dict[str, Any], *, by_patient: bool) -> None:
    """Write the fields, and in the history that it was the patient: not whoever is signed in on this computer."""
    told_to_history = {"_history_user": None, "_change_reason": "by the patient"} if by_patient else {}
    for name, value in {**values, **told_to_history}.items():
        setattr(current, name, value)
    current.save(update_fields=list(values))


def _close_links(current: Patient, values: dict[str, Any], *, keep: int | None, now: dt.datetime) -> None:
    """Revoke what was sent to an address that is theirs no more; a link that stops mail goes with the email alone."""
    if not values.keys() & set(ADDRESSES):
        return
    purposes = [ManageLink.Purpose.MANAGE] + ([ManageLink.Purpose.UNSUBSCRIBE] if "email" in values else [])
    open_links = ManageLink.objects.filter(appointment__patient=current, revoked_at=None, purpose__in=purposes)
    open_links.exclude(pk=keep).update(revoked_at=now)


# --- What is still to be sent ---------------------------------------------------------------------------------------


def _follow(current: Patient, values: dict[str, Any], *, now: dt.datetime) -> None:
    """Let what we start ourselves go the ways that are open now; the desk phones those whom nothing reaches.

    A new address gets a new link for each visit ahead, because the links of the old messages are closed.
    """
    visits = _visits_ahead(current, now=now)
    _withdraw(current)
    _give_back(current, now=now)
    for visit in visits:
        _add_reminders(visit, now=now)
        if values.keys() & set(ADDRESSES):
            outbox.send_link(visit, now=now)
    if visits and not outbox.can_reach(current):
        outbox.hand_to_desk([visit.pk for visit in visits])


def _visits_ahead(current: Patient, *, now: dt.datetime) -> list[Appointment]:
    """Return the visits ahead, locked: the diary's verbs lock patient, visit and messages in this order, too."""
    ahead = Appointment.objects.expected().filter(patient=current, start__gt=now).order_by("pk")
    if connection.features.has_select_for_update:
        ahead = ahead.select_for_update(no_key=True, of=("self",))
    return list(ahead.select_related("patient", "treatment", "location"))


def _withdraw(current: Patient) -> None:
    waiting = Message.objects.filter(appointment__patient=current, state=State.DUE, kind__in=OURS_TO_START)
    gone = waiting.exclude(channel__in=channels(current, Message.Kind.REMINDER))
    gone.update(state=State.VOID, lease_until=None, last_error=OTHER_WAY)


def _give_back(current: Patient, *, now: dt.datetime) -> None:
    """What was withdrawn here for another choice is due again when that choice is taken back in time."""
    withdrawn = Message.objects.filter(state=State.VOID, last_error=OTHER_WAY, due_at__gt=now)
    mine = withdrawn.filter(appointment__patient=current, revision=F("appointment__revision"))
    mine.filter(channel__in=channels(current, Message.Kind.REMINDER)).update(state=State.DUE, last_error="")


def _add_reminders(visit: Appointment, *, now: dt.datetime) -> None:
    """Write the reminders of a way that has just been opened."""
    ways = (
        channels(visit.patient, Message.Kind.REMINDER) if visit.status == Status.BOOKED and not visit.held_since else []
    )
    for step, due, until in reminders_of(visit, steps_for(visit.treatment), now=now) if ways else []:
        for way in (way for way in ways if step.goes_by(way)):
            row = row_of(visit, Message.Kind.REMINDER, step.name, way, now=now, due=due, until=until)
            with suppress(IntegrityError), transaction.atomic():  # the reconciler writes what is missing, too
                if not Message.objects.filter(intent=row.intent).exists():
                    row.save()
