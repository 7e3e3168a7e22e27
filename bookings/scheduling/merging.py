"""Two entries of one person become one: visits move over, values are chosen, the other entry stays readable."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from bookings import outbox
from bookings.models import Appointment, Message, Patient, PossibleMatch
from bookings.models.appointments import Status
from bookings.scheduling.parties import By
from bookings.scheduling.refusals import NotAllowed, diary_transaction
from bookings.scheduling.writing import change, lock_appointment, record
from treatments.templatetags.hours import short_moment

# Where a value comes from, when not from the entry that stays: the other entry, or both, one after the other.
OTHER, BOTH = "other", "both"
TEXTS = ("access_needs", "alert")
CHOSEN = ("first_name", "last_name", "date_of_birth", "phone", "email", "language", "coverage", *TEXTS)
MOST_NAMED = 3
MOST_CHARACTERS = 300  # of each of TEXTS


def merge(
    patient: Patient, into: Patient, *, by: By, now: dt.datetime, take: Mapping[str, str] | None = None
) -> Patient:
    """Make `into` the one entry of a person and return it; `patient` stays, with its history, and points to it.

    `take`: by field of CHOSEN, OTHER for `patient`'s value, or BOTH for a text of TEXTS. Where `into` says nothing it
    takes what `patient` says. Whether texts were agreed to belongs to the phone number, and whether mail was refused to
    the address: they go with those. STOP, and no reminders by email, of either entry hold for the one that stays.
    Raises NotAllowed: one is merged already, or both keep time at overlapping times.
    """
    take = dict(take or {})
    _refuse_unknown(take)
    with diary_transaction():
        old, kept = _lock(patient, into)
        _refuse_merged(old, kept)
        _refuse_overlaps(old, kept)
        _write_entry(kept, _values(old, kept, take), by=by)
        _write_entry(old, {"merged_into": kept}, by=by)
        Patient.objects.filter(merged_into=old).update(merged_into=kept)  # no chains to follow
        _hand_over(old, kept, by=by, now=now)
        _settle_matches(old, kept, by=by, now=now)
    return kept


def overlaps(one: Patient, other: Patient) -> list[tuple[Appointment, Appointment]]:
    """Return the pairs of visits of two entries that keep the same time: one person cannot have been at both."""
    mine, theirs = (list(_keeping_time(each)) for each in (one, other))
    return [(a, b) for a in mine for b in theirs if a.start < b.end and b.start < a.end]


def _keeping_time(patient: Patient) -> QuerySet[Appointment]:
    rows = Appointment.objects.keeping_time().filter(patient=patient)
    return rows.select_related("treatment", "location").order_by("start", "pk")


# --- Looking again --------------------------------------------------------------------------------------------------


def _refuse_unknown(take: Mapping[str, str]) -> None:
    for name, source in take.items():
        if name not in CHOSEN or source not in (OTHER, BOTH) or (source == BOTH and name not in TEXTS):
            raise TypeError(f"merge() cannot take {name} from {source}")


def _lock(patient: Patient, into: Patient) -> tuple[Patient, Patient]:
    """Lock both in order of pk, so that two merges of the same two wait for each other, and return them fresh."""
    rows = Patient.objects.filter(pk__in=[patient.pk, into.pk]).order_by("pk")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(no_key=True, of=("self",))
    found = {row.pk: row for row in rows}
    return found[patient.pk], found[into.pk]


def _refuse_merged(old: Patient, kept: Patient) -> None:
    if old.pk == kept.pk:
        raise NotAllowed(_("These are one entry already."))
    for each in (old, kept):
        if each.merged_into_id is not None:
            message = _("%(name)s has been merged into another entry already. Please look at that one.")
            raise NotAllowed(message % {"name": each})


def _refuse_overlaps(old: Patient, kept: Patient) -> None:
    pairs = overlaps(old, kept)
    if not pairs:
        return
    visits = "; ".join(f"{_said(one)} / {_said(other)}" for one, other in pairs[:MOST_NAMED])
    message = _(
        "Both have visits at the same time, so that they cannot be one person yet. Move or cancel one: %(visits)s."
    )
    raise NotAllowed(message % {"visits": visits})


def _said(visit: Appointment) -> str:
    when = short_moment(visit.local_start)
    return f"{visit.reference}, {when}, {visit.treatment}"


# --- The entries ----------------------------------------------------------------------------------------------------


def _values(old: Patient, kept: Patient, take: Mapping[str, str]) -> dict[str, Any]:
    """Return what the kept entry says from now on."""
    values = {name: _value(name, old, kept, take.get(name, "")) for name in CHOSEN}
    values["sms_consent_at"] = _consent(old, kept, values["phone"])
    values["email_refused_at"] = _refusal(old, kept, values["email"])
    values |= _wishes(old, kept)
    values["privacy_notice_at"] = kept.privacy_notice_at or old.privacy_notice_at
    values["created_at"] = min(old.created_at, kept.created_at)
    return values


def _value(name: str, old: Patient, kept: Patient, source: str) -> Any:
    mine, theirs = getattr(kept, name), getattr(old, name)
    if source == BOTH and mine and theirs and mine != theirs:
        return _joined(mine, theirs)
    return theirs if source == OTHER or not mine else mine


def _joined(mine: str, theirs: str) -> str:
    """Say both. What staff must know is never cut short."""
    text = f"{mine}; {theirs}"
    if len(text) > MOST_CHARACTERS:
        raise NotAllowed(_("Both alerts or needs together are too long. Shorten one of them, or choose one."))
    return text


def _consent(old: Patient, kept: Patient, phone: Any) -> dt.datetime | None:
    """Return when texts to this number were agreed to: not to another one, and not if that was taken back."""
    owners = [each for each in (kept, old) if phone and each.phone == phone]
    if any(_took_back(each) for each in owners):
        return None
    return max((each.sms_consent_at for each in owners if each.sms_consent_at), default=None)


def _wishes(old: Patient, kept: Patient) -> dict[str, Any]:
    """Return what was asked of our messages, the stricter of the two: one way rather than both, and no rather than yes."""
    chosen = [each.message_channel for each in (kept, old) if each.message_channel != Patient.MessageChannel.BOTH]
    values: dict[str, Any] = {"message_channel": chosen[0] if chosen else Patient.MessageChannel.BOTH}
    for name in ("reminders_off_at", "sms_stopped_at"):
        values[name] = max((at for each in (kept, old) if (at := getattr(each, name))), default=None)
    return values


def _took_back(patient: Patient) -> bool:
    agreed = patient.history.filter(phone=patient.phone, sms_consent_at__isnull=False)
    return patient.sms_consent_at is None and agreed.exists()


def _refusal(old: Patient, kept: Patient, email: str) -> dt.datetime | None:
    """Return when mail to this address was refused, whichever entry it was sent for."""
    refused = [each.email_refused_at for each in (kept, old) if each.email == email and each.email_refused_at]
    return max(refused, default=None) if email else None


def _write_entry(patient: Patient, values: Mapping[str, Any], *, by: By) -> None:
    """Write an entry, and in its history who did it."""
    told_to_history = {"_history_user": by.user, "_change_reason": "merge"}
    for name, value in {**values, **told_to_history}.items():
        setattr(patient, name, value)
    patient.save()


# --- Their visits and messages --------------------------------------------------------------------------------------


def _hand_over(old: Patient, kept: Patient, *, by: By, now: dt.datetime) -> None:
    """Give the visits and messages to the kept entry. Time, place and status stay, so that nobody is told."""
    for visit in Appointment.objects.filter(patient=old).order_by("pk"):
        current = lock_appointment(visit, version=None)
        current = change(current, new_revision=False, patient=kept, undo_until=None)
        record(current, "merge", by=by, now=now, before=current.status, entry=old.pk)
    Message.objects.filter(patient=old).update(patient=kept)
    _reach(kept, now=now)


def _reach(kept: Patient, *, now: dt.datetime) -> None:
    """Remind of what could not be reminded of before; phone where nobody can be written to any more."""
    ahead = Appointment.objects.filter(patient=kept, status=Status.BOOKED, start__gt=now).order_by("pk")
    if not outbox.can_reach(kept):
        ahead.filter(confirmed_at=None).update(phone_to_confirm=True)
        return
    same = {"appointment": OuterRef("pk"), "revision": OuterRef("revision"), "kind": Message.Kind.REMINDER}
    silent = ahead.exclude(Exists(Message.objects.filter(**same)))
    for visit in silent.select_related("patient", "location"):
        outbox.intend_reminders(visit, now=now)


# --- What else looked alike -----------------------------------------------------------------------------------------


def _settle_matches(old: Patient, kept: Patient, *, by: By, now: dt.datetime) -> None:
    """Decide what is now decided, and ask about the kept entry what was asked about the other."""
    between = Q(patient=old, known=kept) | Q(patient=kept, known=old)
    decided = {"decision": PossibleMatch.Decision.SAME, "decided_at": now, "decided_by": by.user}
    PossibleMatch.objects.filter(between).update(**decided)
    asked = PossibleMatch.objects.filter(Q(patient=old) | Q(known=old), decision="").order_by("pk")
    for match in asked:
        _ask_about(match, old, kept)


def _ask_about(match: PossibleMatch, old: Patient, kept: Patient) -> None:
    """Point an open question at the kept entry. Where the same is asked or answered there already, that one stands."""
    third = match.known_id if match.patient_id == old.pk else match.patient_id
    same = Q(patient=kept, known=third) | Q(patient=third, known=kept)
    if PossibleMatch.objects.filter(same).exists():
        match.delete()
        return
    side = "patient" if match.patient_id == old.pk else "known"
    setattr(match, side, kept)
    match.save(update_fields=[side])
